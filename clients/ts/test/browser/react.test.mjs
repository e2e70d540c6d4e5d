// @ts-check
// The hooks in Chromium, under React's strict mode.
import assert from 'node:assert/strict';

import { bellOf, bellSays, openBell, showsTitles, toolOf } from '../../../../tests/support/bell.mjs';
import { publish, request } from '../../../../tests/support/client.mjs';
import { notify } from '../../../../tests/support/inbox.mjs';
import { blankPage, browserTest, openBrowser, streams } from '../support/page.mjs';
import { reactApp } from '../support/react_app.mjs';
import { ViewServer } from '../support/view_server.mjs';

const script = reactApp();

/** @typedef {import('../support/page.mjs').Page} Page */

/** @param {import('../../../../tests/support/test.mjs').Scope} scope @param {string} url */
async function app(scope, url) {
  const page = await blankPage(await openBrowser(scope), url);
  /** @type {string[]} */
  const complaints = [];
  page.on('console', (message) => ['error', 'warning'].includes(message.type()) && !message.text().startsWith('Failed to load resource') && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.evaluate(await script);
  await page.waitForFunction(() => 'setShown' in window);
  return { page, complaints };
}

/** @param {Page} page @param {string} kind @param {object} props */
const render = (page, kind, props) => page.evaluate((shown) => /** @type {any} */ (window).setShown(shown), { kind, props });
/** @param {Page} page */
const unmount = (page) => page.evaluate(() => /** @type {any} */ (window).setShown(null));

/** Waits until the component shows what `ask` wants. @param {Page} page @param {string} id @param {string} ask of `shown` */
async function shows(page, id, ask) {
  try {
    return await page.waitForFunction(({ id, ask }) => {
      const text = document.getElementById(id)?.textContent;
      return text && new Function('shown', `return ${ask}`)(JSON.parse(text)) && JSON.parse(text);
    }, { id, ask }).then((handle) => handle.jsonValue());
  } catch (error) {
    throw new Error(`${id} never was ${ask} but ${await page.evaluate((id) => document.getElementById(id)?.textContent, id)}`, { cause: error });
  }
}

browserTest('UseSSEShowsTheLastEventAndTheConnection', async (scope) => {
  const server = await scope.server();
  const { page, complaints } = await app(scope, server.url);
  await render(page, 'Stream', { url: '/v1/topics/a' });
  assert.deepEqual(await shows(page, 'stream', 'shown.isConnected'), { data: null, isConnected: true, state: 'OPEN', transport: 'sse' });
  await streams(server, 1);
  await publish(server, 'a', '{"n":1}');
  await shows(page, 'stream', 'shown.data?.n === 1');
  await publish(server, 'a', 'text');
  await shows(page, 'stream', 'shown.data === "text"');
  // Another address is another stream, and the first is gone.
  await render(page, 'Stream', { url: '/v1/topics/b' });
  await shows(page, 'stream', 'shown.data === null && shown.isConnected');
  await streams(server, 1);
  await publish(server, 'b', '2');
  await shows(page, 'stream', 'shown.data === 2');
  assert.deepEqual(await page.evaluate(() => /** @type {any} */ (window).events), [{ n: 1 }, 'text', 2], 'every event, once');
  await page.evaluate(() => /** @type {any} */ (window).disconnectNow());
  await shows(page, 'stream', 'shown.state === "CLOSED" && !shown.isConnected');
  await streams(server, 0);
  await page.evaluate(() => /** @type {any} */ (window).connectAgain());
  await shows(page, 'stream', 'shown.isConnected');
  await render(page, 'Stream', { url: null });
  await shows(page, 'stream', 'shown.state === "DISCONNECTED"');
  await streams(server, 0);
  assert.deepEqual(complaints, []);
});

browserTest('UnderStrictModeThereIsOneConnectionAndNoneAfterUnmounting', async (scope) => {
  const server = await scope.server();
  const { page, complaints } = await app(scope, server.url);
  await render(page, 'Stream', { url: '/v1/topics/a' });
  await shows(page, 'stream', 'shown.isConnected');
  const opened = (await request(server, 'GET', '/v1/stats')).json;
  await streams(server, 1);
  // Rendering again with new objects for the same options changes nothing.
  for (let i = 0; i < 5; ++i) await render(page, 'Stream', { url: '/v1/topics/a', options: { retry: 100 } });
  await publish(server, 'a', '1');
  await shows(page, 'stream', 'shown.data === 1');
  assert.deepEqual((await request(server, 'GET', '/v1/stats')).json.subscribers, opened.subscribers);
  await unmount(page);
  await streams(server, 0);
  assert.deepEqual(complaints, []);
});

browserTest('UseSSEShowsWhyItIsNotConnected', async (scope) => {
  const server = await scope.server();
  const { page } = await app(scope, server.url);
  await render(page, 'Stream', { url: '/v1/subscribe' });
  const { error, isConnected } = /** @type {any} */ (await shows(page, 'stream', 'shown.state === "CLOSED"'));
  assert.equal(isConnected, false);
  assert.match(error, /^bad-/);
});

browserTest('UseViewKeepsAResource', async (scope) => {
  const view = await ViewServer.start(scope);
  view.change({ unread: 1 });
  const server = await scope.server();
  const { page, complaints } = await app(scope, server.url);
  await render(page, 'View', { url: view.url });
  await shows(page, 'view', 'shown.status === "live" && shown.state.unread === 1');
  for (let i = 2; i <= 50; ++i) view.change({ unread: i });
  await shows(page, 'view', 'shown.state.unread === 50');
  assert.equal(view.asked('').length, 1);
  await unmount(page);
  await view.left();
  assert.deepEqual(complaints, []);
});

browserTest('UsePresenceKeepsWhoIsThere', async (scope) => {
  const config = '[[namespace]]\nname = "rooms"\ntopics = ["rooms/**"]\npresence = "events"\n';
  const server = await scope.server({ config, args: ['--presence-window', '100ms', '--retry', '100ms'] });
  const { page, complaints } = await app(scope, server.url);
  await render(page, 'Presence', { topic: 'rooms/1' });
  await shows(page, 'presence', 'shown.total === 1');
  const guest = await scope.subscribe(server, '/v1/topics/rooms/1');
  const { client_id: id } = await guest.welcome();
  await shows(page, 'presence', `shown.total === 2 && shown.ids.includes(${JSON.stringify(id)})`);
  guest.close();
  await shows(page, 'presence', `shown.total === 1 && !shown.ids.includes(${JSON.stringify(id)})`);
  await server.killAndRestart();
  await shows(page, 'presence', 'shown.total === 1');
  await unmount(page);
  await streams(server, 0);
  await render(page, 'Presence', { topic: 'elsewhere' });
  await shows(page, 'presence', 'shown.error === "presence-off"');
  assert.deepEqual(complaints, []);
});

browserTest('TheBellIsAComponentThatSharesItsInboxWithTheHook', async (scope) => {
  const server = await scope.server();
  await notify(server, { user: 'alice', title: 'for alice', actionUrl: '/orders/17' });
  await notify(server, { user: 'bob', title: 'for bob' });
  const { page, complaints } = await app(scope, server.url);
  await render(page, 'Bell', { options: { user: 'alice', share: false }, texts: { title: 'Alarms' } });
  await shows(page, 'inbox', 'shown.status === "live" && shown.unread === 1');
  await bellSays(page, { status: 'live', unread: 1 });
  await streams(server, 1);
  assert.equal(await bellOf(page).getAttribute('aria-label'), 'Alarms, 1 unread');
  await openBell(page);
  await page.getByText('at the foot').waitFor();
  await toolOf(page, 'for alice', 'open').click();
  await shows(page, 'inbox', 'shown.unread === 0');
  assert.equal(await page.evaluate(() => /** @type {any} */ (window).navigated), '/orders/17', 'the application goes there in its own way');
  // Another user is another inbox, in the same bell.
  await render(page, 'Bell', { options: { user: 'bob', share: false } });
  await bellSays(page, { status: 'live', unread: 1 });
  await openBell(page);
  await showsTitles(page, ['for bob']);
  await streams(server, 1);
  await unmount(page);
  await streams(server, 0);
  assert.deepEqual(complaints, []);
});
