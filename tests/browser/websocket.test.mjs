// @ts-check
// A browser's own WebSocket, over reconnects of its page's making.
import assert from 'node:assert/strict';

import { blankPage, browserTest, openBrowser, otherOrigin } from '../support/browser.mjs';
import { publish } from '../support/client.mjs';

/**
 * Opens the page's own WebSocket; what it says is kept in `window.seen`, and it comes back with its cursor.
 * @param {import('playwright-core').Page} page
 * @param {string} url
 */
async function follow(page, url) {
  await page.evaluate((url) => {
    /** @type {any} */
    const seen = { events: [], controls: [], codes: [], opened: 0 };
    Object.assign(window, { seen });
    let cursor = 'latest';
    const open = () => {
      const socket = new WebSocket(`${url}?after=${cursor}`);
      seen.socket = socket;
      socket.onmessage = ({ data }) => {
        const message = JSON.parse(data);
        if (message.type) {
          seen.controls.push(message.type);
          if (message.type === 'system') {
            ++seen.opened;
            if (cursor === 'latest') cursor = message.data.cursor;
          }
          return;
        }
        cursor = message.cursor;
        seen.events.push(message.data);
      };
      socket.onclose = ({ code }) => {
        seen.codes.push(code);
        if (code !== 1000) setTimeout(open, 100);
      };
    };
    open();
  }, url);
  await page.waitForFunction(() => /** @type {any} */ (window).seen.opened > 0);
}

/** @param {import('playwright-core').Page} page @returns {Promise<{events: string[], codes: number[], controls: string[]}>} */
const seen = (page) => page.evaluate(() => {
  const { events, codes, controls } = /** @type {any} */ (window).seen;
  return { events, codes, controls };
});

browserTest('APageFollowsATopicOverKillDrainAndItsEnd', async (scope) => {
  const server = await scope.server();
  const browser = await openBrowser(scope);
  const page = await blankPage(browser, server.url);
  await follow(page, `${server.url.replace('http', 'ws')}/v1/topics/t`);
  await publish(server, 't', '1');
  await page.waitForFunction(() => /** @type {any} */ (window).seen.events.length === 1);
  await server.killAndRestart();
  await publish(server, 't', '2');
  await page.waitForFunction(() => /** @type {any} */ (window).seen.events.length === 2);
  await server.stop();
  await page.waitForFunction(() => /** @type {any} */ (window).seen.codes.includes(1001));
  await server.start();
  await publish(server, 't', '3');
  await publish(server, 't', 'grüße 😀', { headers: { 'Weir-Close': 'true' } });
  await page.waitForFunction(() => /** @type {any} */ (window).seen.codes.at(-1) === 1000);
  const { events, codes, controls } = await seen(page);
  assert.deepEqual(events, ['1', '2', '3', 'grüße 😀']);
  assert.equal(codes[0], 1006, 'a kill is a break');
  assert(controls.includes('drain'), `${controls}`);
  assert(!controls.includes('gap'), `${controls}`);
}, { timeout: 60 });

browserTest('APageOfAnotherOriginMayConnectOnlyIfItIsNamed', async (scope) => {
  const origin = await otherOrigin(scope);
  const closed = await scope.server();
  const open = await scope.server({ args: ['--cors-origin', origin] });
  const browser = await openBrowser(scope);
  const page = await browser.newPage();
  await page.goto(origin);
  const outcome = (/** @type {string} */ url) => page.evaluate((url) => new Promise((resolve) => {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/ws`);
    socket.onopen = () => resolve('open');
    socket.onclose = ({ code }) => resolve(code);
  }), url);
  assert.equal(await outcome(closed.url), 1006);
  assert.equal(await outcome(open.url), 'open');
}, { timeout: 60 });

browserTest('APagesRequestsAreAnsweredAndCompressionIsItsOwnAffair', async (scope) => {
  const server = await scope.server({ args: ['--websocket-compression'] });
  const browser = await openBrowser(scope);
  const page = await blankPage(browser, server.url);
  const text = 'to be or not to be '.repeat(1000);
  const got = await page.evaluate(({ url, text }) => new Promise((resolve) => {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/topics/t`, ['weir.v1']);
    socket.onopen = () => socket.send(JSON.stringify({ type: 'publish', id: 1, event: { topic: 't', data: text } }));
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      if (message.type === undefined) resolve({ same: message.data === text, extensions: socket.extensions, protocol: socket.protocol });
    };
  }), { url: server.url, text });
  assert.deepEqual(got, { same: true, extensions: 'permessage-deflate; server_no_context_takeover; client_no_context_takeover', protocol: 'weir.v1' });
}, { timeout: 60 });
