// @ts-check
// The client in Chromium's pages.
import { readFileSync } from 'node:fs';

import { blankPage, browserTest as inChromium, openBrowser, show } from '../../../../tests/support/browser.mjs';
import { eventually, seconds } from '../../../../tests/support/deadline.mjs';
import { request } from '../../../../tests/support/client.mjs';

export { blankPage, openBrowser, show };

/** @typedef {Awaited<ReturnType<typeof blankPage>>} Page */
/** @typedef {Awaited<ReturnType<typeof openBrowser>>} BrowserContext */
/** @typedef {import('../../../../tests/support/test.mjs').Scope} Scope */

export const bundle = readFileSync(new URL('../../dist/weir-client.min.js', import.meta.url), 'utf8');

/** @param {string} name @param {(scope: Scope) => Promise<void>} body */
export const browserTest = (name, body) => inChromium(name, body, { timeout: 120 });

/**
 * A page of this server in which `window.weir` is the client's module.
 * @param {BrowserContext} browser
 * @param {string} url
 */
export async function clientPage(browser, url) {
  const page = await blankPage(browser, url);
  await addClient(page);
  return page;
}

/** @param {Page} page */
export async function addClient(page) {
  await page.evaluate(async (text) => {
    const place = URL.createObjectURL(new Blob([text], { type: 'text/javascript' }));
    Object.assign(window, { weir: await import(place) });
  }, bundle);
}

/** @typedef {{data: string, id?: string}} Seen */

/**
 * Connects a client in the page. What it says is kept in `window.seen`, the client in `window.client`.
 * @param {Page} page
 * @param {string} url
 * @param {import('../../dist/index.js').SSEClientOptions} [options]
 */
export async function follow(page, url, options = {}) {
  await page.evaluate(
    ({ url, options }) => {
      const { SSEClient } = /** @type {any} */ (window).weir;
      const client = new SSEClient(url, { retry: 50, backoffMax: 200, ...options });
      const seen = { events: /** @type {any[]} */ ([]), gaps: 0, opened: /** @type {string[]} */ ([]), errors: /** @type {string[]} */ ([]) };
      Object.assign(window, { client, seen });
      client.on('*', (/** @type {unknown} */ _, /** @type {any} */ event) => seen.events.push({ data: event.data, id: event.id }));
      client.on('gap', () => ++seen.gaps);
      client.on('open', (/** @type {any} */ event) => seen.opened.push(event.transport));
      client.on('error', (/** @type {any} */ event) => seen.errors.push(event.error.code));
      client.connect();
    },
    { url, options },
  );
  // From here on nothing that is published is missed.
  await page.waitForFunction(() => /** @type {any} */ (window).client.state === 'OPEN' && /** @type {any} */ (window).client.lastEventId !== '');
}

/** @param {Page} page @returns {Promise<{events: Seen[], gaps: number, opened: string[], errors: string[]}>} */
export const seen = (page) => page.evaluate(() => /** @type {any} */ (window).seen);

/** Waits until an event with this id has come. @param {Page} page @param {string | undefined} id */
export async function reaches(page, id) {
  try {
    await page.waitForFunction((id) => /** @type {any} */ (window).seen.events.some((/** @type {any} */ each) => each.id === id), id);
  } catch (error) {
    const story = await page.evaluate(() => JSON.stringify([/** @type {any} */ (window).seen, /** @type {any} */ (window).client.status, /** @type {any} */ (window).client.lastEventId, document.visibilityState]));
    throw new Error(`${id} has not come; the page has ${story}`, { cause: error });
  }
}

/** Waits until the server has so many streams. @param {import('../../../../tests/support/raw.mjs').Address} server @param {number} count */
export async function streams(server, count) {
  let last = -1;
  await eventually(async () => (last = (await request(server, 'GET', '/stats')).json.active_connections) === count, `${count} streams, not ${last}`, seconds(15));
}
