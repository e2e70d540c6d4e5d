// @ts-check
// What tests of the page of tasks look at, and how it is held against the server.
import assert from 'node:assert/strict';

import { eventually, seconds } from './deadline.mjs';
import { get, make, say } from './task_feed.mjs';

/** @typedef {import('playwright-core').Page} Page */
/** @typedef {import('./server.mjs').Server} Server */

/** One task of each state, for `demo`. @param {Server} server */
export async function withTasks(server) {
  for (const id of ['waits', 'moves', 'done', 'broke']) await make(server, { id, productName: `Product that ${id}`, owner: 'demo', data: { row: 7 } });
  for (const id of ['moves', 'done', 'broke']) await say(server, `${id}/progress`, { progress: 30, currentStage: 'parse', product: { generatedName: `A better name of what ${id}` } });
  await say(server, 'moves/progress', { progress: 41.5, currentStage: 'describe' });
  await say(server, 'done/complete', { characteristics: [{ name: 'Colour', value: 'green' }], result: { pages: [1, 2] } });
  await say(server, 'broke/fail', { errorMessage: 'row 7 is empty' });
}

/** The page's card of a task, while it is so. @param {Page} page @param {string} id @param {string} [status] */
export const card = (page, id, status) => page.locator(`[data-testid=task][data-id="${id}"]${status ? `[data-status=${status}]` : ''}`);

/** What the page shows of the feed. @param {Page} page */
const shown = (page) =>
  page.evaluate(() => {
    const texts = (/** @type {string} */ list) =>
      [...document.querySelectorAll(`[data-testid=${list}] [data-testid=task]`)].map((each) => {
        const { id, status, progress, attempt } = /** @type {HTMLElement} */ (each).dataset;
        return `${id} ${status} ${progress} ${attempt} ${each.querySelector('[data-testid=stage]')?.textContent}`;
      });
    const totals = ['pending', 'processing', 'stalled', 'completed', 'failed', 'cancelled'].map((status) => `${status} ${document.querySelector(`[data-testid=stat-${status}]`)?.textContent}`);
    return { active: texts('active'), ended: texts('ended'), totals };
  });

/** Waits until each of the pages shows what the server says at that moment. @param {Server} server @param {Page[]} pages @param {string} [owner] */
export async function showTheServers(server, pages, owner = 'demo') {
  let difference = '';
  const same = eventually(
    async () => {
      const { activeTasks, completedTasks, totals } = await get(server, `?user=${owner}`);
      const texts = (/** @type {any[]} */ tasks) => tasks.map(({ id, status, progress, attempt, currentStage }) => `${id} ${status} ${progress} ${attempt} ${currentStage ?? ''}`);
      const { active: _, ...counted } = totals;
      const wanted = { active: texts(activeTasks), ended: texts(completedTasks), totals: Object.entries(counted).map(([status, count]) => `${status} ${count}`) };
      for (const page of pages) {
        try {
          assert.deepEqual(await shown(page), wanted);
        } catch (error) {
          difference = String(error);
          return false;
        }
      }
      return true;
    },
    'the pages show what the server says',
    seconds(30),
  );
  await same.catch((error) => {
    throw new Error(`${error.message}: ${difference}`);
  });
}
