// @ts-check
// Chromium's own EventSource.
import assert from 'node:assert/strict';

import { publish, publishMany, request } from '../support/client.mjs';
import { seconds } from '../support/deadline.mjs';
import { blankPage, browserTest, listen, openBrowser, otherOrigin, reaches, seen } from '../support/browser.mjs';

const control = ['system', 'recovery', 'gap', 'drain', 'heartbeat'];

browserTest('ABrowserReceivesWhatIsPublished', async (scope) => {
  const server = await scope.server();
  const page = await blankPage(await openBrowser(scope), server.url);
  await listen(page, '/v1/topics/t', { types: ['paid'] });
  const one = await publish(server, 't', 'a\nb\r\nc ünï 🦦');
  const two = await publish(server, 't', '{}', { headers: { 'Weir-Event': 'paid' } });
  await reaches(page, two.cursor);
  const { events, opened } = await seen(page);
  assert.equal(opened, 1);
  assert.deepEqual(events.filter((each) => !control.includes(each.type)), [
    { type: 'message', data: 'a\nb\nc ünï 🦦', id: one.cursor },
    { type: 'paid', data: '{}', id: two.cursor },
  ]);
});

browserTest('OverKillsAndRestartsNothingIsLostOrRepeated', async (scope) => {
  const server = await scope.server({ args: ['--retry', '100ms'] });
  const page = await blankPage(await openBrowser(scope), server.url);
  await listen(page, '/v1/topics/t');
  /** @type {string[]} */
  const acknowledged = [];
  for (let round = 0; round < 4; ++round) {
    acknowledged.push((await publish(server, 't', 'live')).cursor);
    await reaches(page, acknowledged.at(-1) ?? '');
    await server.killAndRestart();
    acknowledged.push(...(await publishMany(server, Array.from({ length: 25 }, (_, i) => ({ topic: 't', data: `${round}.${i}` })))).map((each) => each.cursor));
    await reaches(page, acknowledged.at(-1) ?? '');
  }
  const { events, opened } = await seen(page);
  assert.deepEqual(events.filter((each) => each.type === 'message').map((each) => each.id), acknowledged);
  assert(opened >= 5, `${opened}`);
  assert(!events.some((each) => each.type === 'gap'));
  assert(events.some((each) => each.type === 'recovery'));
});

browserTest('AfterADrainTheBrowserComesBack', async (scope) => {
  const server = await scope.server({ args: ['--drain-timeout', '500ms', '--retry', '100ms'] });
  const page = await blankPage(await openBrowser(scope), server.url);
  await listen(page, '/v1/topics/t');
  const first = await publish(server, 't', '1');
  await reaches(page, first.cursor);
  await server.stop();
  await page.waitForFunction(() => /** @type {any} */ (window).seen.events.some((/** @type {any} */ each) => each.type === 'drain'));
  await server.start();
  const second = await publish(server, 't', '2');
  await reaches(page, second.cursor);
  const { events, state } = await seen(page);
  assert.equal(state, 1);
  assert.deepEqual(events.filter((each) => each.type === 'message').map((each) => each.id), [first.cursor, second.cursor]);
});

browserTest('AtTheEndOfAClosedTopicTheBrowserStops', async (scope) => {
  const server = await scope.server({ args: ['--retry', '50ms'] });
  const page = await blankPage(await openBrowser(scope), server.url);
  await listen(page, '/v1/topics/run');
  await publish(server, 'run', 'done', { headers: { 'Weir-Close': 'true' } });
  await page.waitForFunction(() => /** @type {any} */ (window).seen.source.readyState === EventSource.CLOSED);
  assert.deepEqual((await seen(page)).events.filter((each) => each.type === 'message').map((each) => each.data), ['done']);
});

browserTest('AnotherOriginNeedsToBeAllowed', async (scope) => {
  const origin = await otherOrigin(scope);
  const closed = await scope.server();
  const open = await scope.server({ args: ['--cors-origin', origin, '--cors-credentials', '--retry', '100ms'] });
  const browser = await openBrowser(scope);
  const page = await browser.newPage();
  await page.goto(origin);
  const refused = await page.evaluate(
    (url) =>
      new Promise((resolve) => {
        const source = new EventSource(url);
        source.onerror = () => resolve(source.readyState);
        source.onopen = () => resolve('open');
      }),
    `${closed.url}/v1/topics/t`,
  );
  assert.equal(refused, 2, 'a server that does not name the origin cannot be read');

  await listen(page, `${open.url}/v1/topics/t`, { withCredentials: true });
  const first = await publish(open, 't', '1');
  await reaches(page, first.cursor);
  await open.killAndRestart();
  const second = await publish(open, 't', '2');
  await reaches(page, second.cursor);
  assert.deepEqual((await seen(page)).events.filter((each) => each.type === 'message').map((each) => each.id), [first.cursor, second.cursor]);
});

browserTest('ALongIdGoesThroughAPreflight', async (scope) => {
  const origin = await otherOrigin(scope);
  const server = await scope.server({ args: ['--cors-origin', origin, '--cors-credentials'] });
  const browser = await openBrowser(scope);
  const page = await browser.newPage();
  await page.goto(origin);
  // What a reconnecting EventSource does with an id of more than 128 bytes: the header makes it ask first.
  const text = await page.evaluate(async (url) => {
    const abort = new AbortController();
    const answer = await fetch(url, { credentials: 'include', signal: abort.signal, headers: { 'Last-Event-ID': 'x'.repeat(200), Accept: 'text/event-stream' } });
    const reader = /** @type {ReadableStream<Uint8Array>} */ (answer.body).getReader();
    let text = '';
    while (!text.includes('event: gap')) text += new TextDecoder().decode((await reader.read()).value);
    abort.abort();
    return text;
  }, `${server.url}/v1/topics/t`);
  assert.match(text, /event: gap/);
  const posted = await page.evaluate(
    async (url) => (await fetch(url, { method: 'POST', body: 'x', headers: { 'Idempotency-Key': 'k', 'Weir-Event': 'e', 'Content-Type': 'application/json' } })).status,
    `${server.url}/v1/topics/t`,
  );
  assert.equal(posted, 200);
});

browserTest('AReloadedPageLeavesNothingBehind', async (scope) => {
  const server = await scope.server();
  const page = await blankPage(await openBrowser(scope), server.url);
  for (let i = 0; i < 5; ++i) {
    await listen(page, '/v1/topics/t');
    await page.reload();
  }
  await listen(page, '/v1/topics/t');
  const end = Date.now() + seconds(10);
  while ((await request(server, 'GET', '/stats')).json.active_connections !== 1) assert(Date.now() < end, 'one stream is left');
});
