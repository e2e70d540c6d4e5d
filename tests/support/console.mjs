// @ts-check
// The console in Chromium.

import { openBrowser } from './browser.mjs';

/**
 * Opens a page of the console. Whatever the browser complains about is kept in `errors`, but for broken connections, which
 * some tests are about.
 * @param {import('./test.mjs').Scope} scope
 * @param {import('./server.mjs').Server} server
 * @param {string} path
 * @param {{colorScheme?: 'light' | 'dark', viewport?: {width: number, height: number}, language?: 'en' | 'ru'}} [options]
 */
export async function openConsole(scope, server, path, { colorScheme = 'light', viewport = { width: 1280, height: 800 }, language = 'en' } = {}) {
  const browser = await openBrowser(scope);
  const page = await browser.newPage();
  await page.emulateMedia({ colorScheme });
  await page.setViewportSize(viewport);
  await page.addInitScript((language) => {
    if (!localStorage.getItem('weir.language')) localStorage.setItem('weir.language', language);
  }, language);
  /** @type {string[]} */
  const errors = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error' && !/net::ERR_/.test(message.text())) errors.push(message.text());
  });
  await page.goto(`${server.url}${path}`);
  const at = (/** @type {string} */ id) => page.locator(`[data-testid=${id}]`);
  /** Waits until the indicator says this word. */
  const state = (/** @type {string} */ value, id = 'state') => at(id).filter({ hasText: new RegExp(`^\\s*${value}\\s*$`) }).waitFor();
  return { browser, page, errors, at, state };
}
