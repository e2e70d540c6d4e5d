// @ts-check
// Chromium, with nothing kept from one run to the next.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import http from 'node:http';
import { chromium } from 'playwright-core';

import { seconds, within } from './deadline.mjs';
import { test } from './test.mjs';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const hasBrowser = existsSync(executablePath);

/**
 * A test that needs Chromium, and is skipped where there is none.
 * @param {string} name
 * @param {(scope: import('./test.mjs').Scope) => unknown} body
 * @param {{timeout?: number}} [options] timeout in seconds
 */
export function browserTest(name, body, { timeout = 90 } = {}) {
  test(
    name,
    (scope) => {
      if (!hasBrowser) return scope.context.skip('there is no Chromium here; CHROMIUM names another place');
      return body(scope);
    },
    { timeout },
  );
}

/**
 * @param {import('./test.mjs').Scope} scope
 * @param {{ignoreHTTPSErrors?: boolean, ignoreDefaultArgs?: string[]}} [options] ignoreHTTPSErrors: for certificates of the test's own;
 *     ignoreDefaultArgs: which of Playwright's own flags are left out
 */
export async function openBrowser(scope, options = {}) {
  const context = await chromium.launchPersistentContext(scope.tempDir(), {
    ...options,
    executablePath,
    headless: true,
    timeout: seconds(30),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  context.setDefaultTimeout(seconds(15));
  scope.closing({ close: () => within(context.close(), 'the browser closes', seconds(20)) });
  return context;
}

/**
 * A page of this server that is nothing but an origin.
 * @param {import('playwright-core').BrowserContext} browser
 * @param {string} url
 */
export async function blankPage(browser, url) {
  const page = await browser.newPage();
  // Only the server's page at / may connect anywhere by its Content-Security-Policy.
  const session = await browser.newCDPSession(page);
  await session.send('Page.setBypassCSP', { enabled: true });
  const answer = await page.goto(`${url}/healthz`);
  assert.equal(answer?.status(), 200);
  return page;
}

/**
 * A second origin with one page.
 * @param {import('./test.mjs').Scope} scope
 * @param {() => string} [body] what is in the page; nothing by default
 */
export async function otherOrigin(scope, body = () => '') {
  const site = http.createServer((_, response) => {
    response.setHeader('Content-Type', 'text/html');
    response.end(`<!doctype html><html lang="en"><title>other</title><body>${body()}`);
  });
  await new Promise((resolve) => site.listen(0, '127.0.0.1', () => resolve(undefined)));
  scope.defer(() => {
    site.closeAllConnections();
    site.close();
  });
  const { port } = /** @type {import('node:net').AddressInfo} */ (site.address());
  return `http://127.0.0.1:${port}`;
}

/** The page is shown or hidden, as far as it can tell. @param {import('playwright-core').Page} page @param {boolean} shown */
export async function show(page, shown) {
  await page.evaluate((state) => {
    Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => state });
    document.dispatchEvent(new Event('visibilitychange'));
  }, shown ? 'visible' : 'hidden');
}

/**
 * Starts the page's own EventSource; everything it says is kept in `window.seen`.
 * @param {import('playwright-core').Page} page
 * @param {string} url
 * @param {{withCredentials?: boolean, types?: string[]}} [options]
 */
export async function listen(page, url, { withCredentials = false, types = [] } = {}) {
  await page.evaluate(
    ({ url, withCredentials, types }) => {
      const source = new EventSource(url, { withCredentials });
      /** @type {any} */
      const seen = { events: [], opened: 0, errors: 0, source };
      Object.assign(window, { seen });
      for (const type of ['message', 'system', 'recovery', 'gap', 'drain', ...types]) {
        source.addEventListener(type, (event) => seen.events.push({ type: event.type, data: event.data, id: event.lastEventId }));
      }
      source.onopen = () => ++seen.opened;
      source.onerror = () => ++seen.errors;
    },
    { url, withCredentials, types },
  );
  await page.waitForFunction(() => /** @type {any} */ (window).seen.events.length > 0);
}

/** @param {import('playwright-core').Page} page @returns {Promise<{events: {type: string, data: string, id: string}[], opened: number, errors: number, state: number}>} */
export function seen(page) {
  return page.evaluate(() => {
    const { events, opened, errors, source } = /** @type {any} */ (window).seen;
    return { events, opened, errors, state: source.readyState };
  });
}

/** Waits until an event with this id has come. @param {import('playwright-core').Page} page @param {string} id */
export async function reaches(page, id) {
  await page.waitForFunction((id) => /** @type {any} */ (window).seen.events.some((/** @type {any} */ each) => each.id === id && each.type !== 'system'), id);
}
