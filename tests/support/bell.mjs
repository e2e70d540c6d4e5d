// @ts-check
// The bell in a page: of the console, or of anybody who has one script tag.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';

import { blankPage } from './browser.mjs';
import { repository } from './server.mjs';

/** @typedef {import('playwright-core').Page} Page */

/** @param {Page} page */
export const bellOf = (page) => page.locator('weir-bell .bell');

/** Waits until the bell says so. @param {Page} page @param {{status?: string, unread?: number}} what */
export async function bellSays(page, { status, unread }) {
  const wanted = `weir-bell${status === undefined ? '' : `[data-status="${status}"]`}${unread === undefined ? '' : `[data-unread="${unread}"]`}`;
  try {
    await page.locator(wanted).waitFor();
  } catch (error) {
    throw new Error(`${wanted} has not come; it is ${await page.evaluate(() => JSON.stringify({ ...document.querySelector('weir-bell')?.dataset }))}`, { cause: error });
  }
}

/** Opens the list. @param {Page} page */
export async function openBell(page) {
  await bellOf(page).click();
  await page.locator('weir-bell .panel:not([hidden])').waitFor();
}

/** The titles in the open list, as they stand. @param {Page} page */
export const shownTitles = (page) => page.locator('weir-bell .items .item__title').allTextContents();

/** Waits until the open list has these. @param {Page} page @param {readonly string[]} titles */
export async function showsTitles(page, titles) {
  try {
    await page.waitForFunction((wanted) => JSON.stringify([...(document.querySelector('weir-bell')?.shadowRoot?.querySelectorAll('.items .item__title') ?? [])].map(({ textContent }) => textContent)) === wanted, JSON.stringify(titles));
  } catch (error) {
    throw new Error(`the list is never ${titles}, but ${await shownTitles(page)}`, { cause: error });
  }
}

/** The button of an item. @param {Page} page @param {string} title @param {string} act */
export const toolOf = (page, title, act) => page.locator('weir-bell .item').filter({ hasText: title }).locator(`[data-act=${act}]`);

/**
 * A page of nobody's with the bell of this server: one script tag, one element. What is shown for a moment is kept in `window.toasts`.
 * @param {import('playwright-core').BrowserContext} browser
 * @param {{url: string}} server
 * @param {Record<string, string>} [attributes]
 */
export async function bellPage(browser, server, attributes = {}) {
  const page = await blankPage(browser, server.url);
  await page.evaluate(
    async ({ url, attributes }) => {
      document.documentElement.lang = 'en';
      document.title = 'A page';
      const main = document.createElement('main');
      const heading = document.createElement('h1');
      heading.textContent = 'A page';
      const bell = document.createElement('weir-bell');
      for (const [name, value] of Object.entries(attributes)) bell.setAttribute(name, value);
      main.append(heading, bell);
      document.body.replaceChildren(main);
      const script = document.createElement('script');
      script.src = `${url}/weir-bell.js`;
      const loaded = new Promise((resolve, reject) => Object.assign(script, { onload: resolve, onerror: reject }));
      document.head.append(script);
      await loaded;
      /** @type {string[]} */
      const toasts = [];
      Object.assign(window, { toasts });
      new MutationObserver((records) => {
        for (const { addedNodes } of records) for (const node of addedNodes) if (node instanceof Element && node.classList.contains('toast')) toasts.push(`${node.getAttribute('data-kind')}: ${node.querySelector('.item__title, .toast__title')?.textContent}`);
      }).observe(/** @type {ShadowRoot} */ (bell.shadowRoot), { childList: true, subtree: true });
    },
    { url: server.url, attributes },
  );
  return page;
}

/** The tags by which a document of ours has a page show the bell, one text for each place, with this server in them. @param {string} file @param {{url: string}} server */
export function documentedTags(file, server) {
  const blocks = readFileSync(path.join(repository, file), 'utf8').matchAll(/^```html\n(.*?)^```$/gms);
  const tags = [...blocks].map(([, html = '']) => html).filter((html) => html.includes('/weir-bell.js'));
  assert(tags.length > 0, `${file} shows no tag of the bell`);
  return tags.map((html) => html.replace(/https?:\/\/[^/"]+(?=\/weir-bell\.js)/, server.url));
}

/** What was shown for a moment so far. @param {Page} page @returns {Promise<string[]>} */
export const toastsOf = (page) => page.evaluate(() => /** @type {any} */ (window).toasts);

/** Waits until so many were shown. @param {Page} page @param {number} count */
export const toastsCome = (page, count) => page.waitForFunction((count) => /** @type {any} */ (window).toasts.length >= count, count);
