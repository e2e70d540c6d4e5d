// @ts-check
// One client in a page: networks that come and go, clocks that are wrong, pages that nobody looks at, workers, other origins.
import assert from 'node:assert/strict';

import { otherOrigin } from '../../../../tests/support/browser.mjs';
import { publish, publishMany } from '../../../../tests/support/client.mjs';
import { eventually } from '../../../../tests/support/deadline.mjs';
import { Middlebox } from '../support/middlebox.mjs';
import { addClient, browserTest, bundle, clientPage, follow, openBrowser, reaches, seen, show, streams } from '../support/page.mjs';
import { ScriptedServer } from '../support/scripted_server.mjs';

/** @param {import('../support/page.mjs').Page} page */
const ids = async (page) => (await seen(page)).events.map((each) => each.id);

browserTest('BackOnlineThePageIsBackAtOnce', async (scope) => {
  const server = await scope.server();
  const browser = await openBrowser(scope);
  const page = await clientPage(browser, server.url);
  // Of itself the client would come back after hours.
  await follow(page, '/v1/topics/t', { retry: 3_600_000, backoffMax: 3_600_000 });
  const one = await publish(server, 't', '1');
  await reaches(page, one.cursor);
  await browser.setOffline(true);
  await page.waitForFunction(() => !navigator.onLine);
  await server.killAndRestart();
  const two = await publish(server, 't', '2');
  await page.waitForFunction(() => /** @type {any} */ (window).client.state === 'CONNECTING');
  await browser.setOffline(false);
  await reaches(page, two.cursor);
  assert.deepEqual(await ids(page), [one.cursor, two.cursor]);
});

browserTest('OverKillsAndRestartsAPageLosesAndRepeatsNothing', async (scope) => {
  const server = await scope.server({ args: ['--retry', '100ms'] });
  const page = await clientPage(await openBrowser(scope), server.url);
  await follow(page, '/v1/topics/t');
  /** @type {string[]} */
  const published = [];
  for (let round = 0; round < 4; ++round) {
    published.push((await publish(server, 't', 'live')).cursor);
    await reaches(page, published.at(-1));
    await server.killAndRestart();
    published.push(...(await publishMany(server, Array.from({ length: 25 }, (_, i) => ({ topic: 't', data: `${round}.${i}` })))).map(({ cursor }) => cursor));
    await reaches(page, published.at(-1));
  }
  assert.deepEqual(await ids(page), published);
  assert.equal((await seen(page)).gaps, 0);
});

browserTest('AClockThatIsWrongChangesNothing', async (scope) => {
  const server = await scope.server();
  const page = await clientPage(await openBrowser(scope), server.url);
  await follow(page, '/v1/topics/t', { heartbeat: 1 });
  // A year ahead, then two years back, as somebody sets the calendar.
  for (const years of [1, -2]) {
    await page.evaluate((shift) => {
      const now = Date.now.bind(Date);
      Date.now = () => now() + shift;
    }, years * 31_557_600_000);
    const heartbeats = await page.evaluate(() => {
      const client = /** @type {any} */ (window).client;
      return new Promise((resolve) => {
        let left = 3;
        client.on('heartbeat', () => --left === 0 && resolve(client.serverTime()));
      });
    });
    assert(Math.abs(Number(heartbeats) - Date.now()) < 60_000, 'the server\'s time is known');
    const { cursor } = await publish(server, 't', 'x');
    await reaches(page, cursor);
  }
  assert.deepEqual(await seen(page).then(({ opened, errors }) => [opened, errors]), [['sse'], []], 'on one connection');
});

browserTest('AfterASleepTheStreamIsTakenUpAnew', async (scope) => {
  const server = await scope.server();
  const page = await clientPage(await openBrowser(scope), server.url);
  await follow(page, '/v1/topics/t');
  const one = await publish(server, 't', '1');
  await reaches(page, one.cursor);
  // The lid is closed and opened an hour later: the calendar has gone on, and no timer has.
  await show(page, false);
  await page.evaluate(() => {
    const now = Date.now.bind(Date);
    Date.now = () => now() + 3_600_000;
  });
  await show(page, true);
  await page.waitForFunction(() => /** @type {any} */ (window).seen.opened.length === 2);
  const two = await publish(server, 't', '2');
  await reaches(page, two.cursor);
  assert.deepEqual(await ids(page), [one.cursor, two.cursor]);
  assert.deepEqual((await seen(page)).opened, ['sse', 'sse'], 'by the same transport');
});

browserTest('NothingPollsWhileNobodyLooksAndAllIsThereWhenSomebodyDoes', async (scope) => {
  const server = await scope.server({ args: ['--poll-interval', '50ms'] });
  const box = await Middlebox.start(scope, server);
  const otherBox = await Middlebox.start(scope, server);
  const browser = await openBrowser(scope);
  const page = await clientPage(browser, box.url);
  const other = await clientPage(browser, otherBox.url);
  for (const each of [page, other]) await follow(each, '/v1/topics/t', { transports: ['poll'] });
  await show(page, false);
  // One that was on its way may still be answered; what the other page does shows that time passes.
  const passes = (/** @type {number} */ polls) => {
    const until = otherBox.seen.poll + polls;
    return eventually(() => otherBox.seen.poll >= until, 'the other page polls');
  };
  await passes(3);
  const polls = box.seen.poll;
  const { cursor } = await publish(server, 't', '1');
  await passes(20);
  assert.equal(box.seen.poll, polls);
  assert.deepEqual(await ids(page), []);
  await show(page, true);
  await reaches(page, cursor);
});

browserTest('WhereStreamsAreHeldBackTheBrowsersWebSocketIsUsed', async (scope) => {
  const server = await scope.server();
  const box = await Middlebox.start(scope, server, { sse: 'hold' });
  const page = await clientPage(await openBrowser(scope), box.url);
  await follow(page, '/v1/topics/t', { openTimeout: 1_000, probeInterval: 300 });
  const one = await publish(server, 't', '1');
  await reaches(page, one.cursor);
  assert.equal((await seen(page)).opened.at(-1), 'websocket');
  box.treat({ sse: 'pass' });
  await page.waitForFunction(() => /** @type {any} */ (window).client.transport === 'sse' && /** @type {any} */ (window).client.state === 'OPEN');
  const two = await publish(server, 't', '2');
  await reaches(page, two.cursor);
  assert.deepEqual(await ids(page), [one.cursor, two.cursor]);
});

browserTest('AWorkerCanFollowToo', async (scope) => {
  const server = await scope.server();
  const page = await clientPage(await openBrowser(scope), server.url);
  await page.evaluate(
    ({ bundle, url }) => {
      const place = URL.createObjectURL(new Blob([bundle], { type: 'text/javascript' }));
      const code = `import { SSEClient } from '${place}';
        new SSEClient('${url}', { share: true }).on('system', () => postMessage('open')).on('message', (data) => postMessage(data)).connect();`;
      const worker = new Worker(URL.createObjectURL(new Blob([code], { type: 'text/javascript' })), { type: 'module' });
      const told = /** @type {any[]} */ ([]);
      worker.onmessage = ({ data }) => told.push(data);
      Object.assign(window, { told, worker });
    },
    { bundle, url: `${server.url}/v1/topics/t` },
  );
  await page.waitForFunction(() => /** @type {any} */ (window).told.includes('open'));
  await publish(server, 't', '{"n":1}');
  await page.waitForFunction(() => /** @type {any} */ (window).told.some((/** @type {any} */ each) => each.n === 1));
});

browserTest('AnotherOriginIsFollowedWithATokenAndPublishedTo', async (scope) => {
  const origin = await otherOrigin(scope);
  const server = await scope.server({ args: ['--cors-origin', origin, '--retry', '100ms'] });
  const page = await (await openBrowser(scope)).newPage();
  await page.goto(origin);
  await addClient(page);
  await follow(page, `${server.url}/v1/topics/t`, { token: 'ignored by an open server' });
  const { cursor } = await page.evaluate((url) => /** @type {any} */ (window).weir.publish('t', { n: 1 }, { server: url, event: 'ü', key: 'k' }), server.url);
  await reaches(page, cursor);
  await server.killAndRestart();
  const two = await publish(server, 't', '2');
  await reaches(page, two.cursor);
  assert.deepEqual(await ids(page), [cursor, two.cursor]);
});

browserTest('ARedirectToAnotherOriginTakesNoTokenAlong', async (scope) => {
  const cors = { 'Content-Type': 'text/event-stream', 'Access-Control-Allow-Origin': '*', 'Access-Control-Allow-Headers': 'authorization' };
  const other = await ScriptedServer.start(scope, { headers: cors, body: 'data: there\n\n', open: true });
  const server = await ScriptedServer.start(scope, { headers: { 'Content-Type': 'text/html' }, body: '<!doctype html>' }, { status: 307, headers: { Location: `${other.url}/moved` } });
  const page = await (await openBrowser(scope)).newPage();
  await page.goto(server.url);
  // The browser asks for an icon by itself; the script of the server is for the page.
  await server.asked(1);
  await addClient(page);
  await page.evaluate((url) => {
    const { SSEClient } = /** @type {any} */ (window).weir;
    Object.assign(window, { there: new Promise((resolve) => new SSEClient(url, { token: 'secret', transports: ['sse'] }).on('message', resolve).connect()) });
  }, `${server.url}/stream`);
  assert.equal(await page.evaluate(() => /** @type {any} */ (window).there), 'there');
  const sent = server.requests.filter(({ url }) => url.startsWith('/stream'));
  assert.equal(sent[0]?.headers.authorization, 'Bearer secret');
  assert(other.requests.length > 0);
  assert(other.requests.every(({ headers }) => headers.authorization === undefined));
});

browserTest('APageThatComesBackFromTheCacheGoesOnWhereItWas', async (scope) => {
  // Weir's own pages are not to be stored, and so are not kept.
  const origin = await otherOrigin(scope);
  const server = await scope.server({ args: ['--cors-origin', origin] });
  const browser = await openBrowser(scope, { ignoreDefaultArgs: ['--disable-back-forward-cache'] });
  for (const share of [false, true]) {
    const topic = `t${share}`;
    const page = await browser.newPage();
    await page.goto(origin);
    await addClient(page);
    await follow(page, `${server.url}/v1/topics/${topic}`, { share });
    const one = await publish(server, topic, '1');
    await reaches(page, one.cursor);
    await page.evaluate(() => window.addEventListener('pageshow', ({ persisted }) => Object.assign(window, { persisted })));
    await page.goto(`${origin}/other`);
    await streams(server, 0);
    const two = await publish(server, topic, '2');
    // (goBack() waits for a load, and a page that was kept does not load.)
    await page.evaluate(() => setTimeout(() => history.back()));
    await page.waitForFunction(() => /** @type {any} */ (window).persisted);
    await reaches(page, two.cursor);
    assert.deepEqual(await ids(page), [one.cursor, two.cursor]);
    const three = await publish(server, topic, '3');
    await reaches(page, three.cursor);
    await page.close();
    await streams(server, 0);
  }
});

browserTest('APageThatIsLeftLeavesNoStream', async (scope) => {
  const server = await scope.server();
  const page = await clientPage(await openBrowser(scope), server.url);
  await follow(page, '/v1/topics/t');
  await streams(server, 1);
  await page.goto(`${server.url}/healthz?other`);
  await streams(server, 0);
});
