// @ts-check
// The page that follows one topic by all four transports: what it says of them holds, and holds over a killed server.
import assert from 'node:assert/strict';

import { consoleTest, openConsole, violations } from '../support/console.mjs';
import { seconds } from '../support/deadline.mjs';

const names = /** @type {const} */ (['sse', 'websocket', 'longpoll', 'poll']);

/** @param {import('playwright-core').Page} page */
function columns(page) {
  return page.evaluate((names) => {
    const read = (/** @type {string} */ name) => {
      const figure = (/** @type {string} */ which) => document.querySelector(`[data-testid=transport-${name}] [data-figure=${which}]`);
      const [events = 0, published = 0] = (figure('events')?.textContent ?? '').split(' of ').map((text) => Number(text.replaceAll(',', '')));
      return {
        events,
        published,
        requests: Number(figure('requests')?.textContent?.replaceAll(',', '')),
        bytes: Number(figure('bytes')?.querySelector('[data-bytes]')?.getAttribute('data-bytes')),
        median: figure('median')?.textContent ?? '',
        p95: figure('p95')?.textContent ?? '',
      };
    };
    return Object.fromEntries(names.map((name) => [name, read(name)]));
  }, names);
}

/** Waits until every column has at least so many events. @param {import('playwright-core').Page} page @param {number} count */
const reached = (page, count) =>
  page.waitForFunction(
    ({ names, count }) => names.every((name) => Number.parseInt(document.querySelector(`[data-testid=transport-${name}] [data-figure=events]`)?.textContent?.replaceAll(',', '') ?? '', 10) >= count),
    { names, count },
    { timeout: seconds(60) },
  );

/** Stops publishing, and waits until nobody lacks anything. @param {import('playwright-core').Page} page */
async function settled(page) {
  await page.getByRole('button', { name: 'Stop', exact: true }).click();
  await page.getByRole('button', { name: 'Start anew' }).waitFor();
  await page.waitForFunction(
    (names) => {
      const texts = names.map((name) => document.querySelector(`[data-testid=transport-${name}] [data-figure=events]`)?.textContent ?? '');
      return new Set(texts).size === 1 && /^(.+) of \1$/.test(texts[0] ?? '');
    },
    names,
    { timeout: seconds(60) },
  );
  return columns(page);
}

consoleTest('TheFourTransportsBringTheSameEventsAtTheirOwnCost', async (scope) => {
  const server = await scope.server({ args: ['--poll-interval', '1s'] });
  const { page, errors, at, state } = await openConsole(scope, server, '/transports');
  await at('rate').focus();
  for (let i = 0; i < 15; ++i) await page.keyboard.press('ArrowRight');
  await page.locator('output').filter({ hasText: /^20$/ }).waitFor();
  await at('compare').focus();
  await page.keyboard.press('Enter');
  for (const name of names) await state(name === 'poll' ? 'polling' : 'live', `state-${name}`);
  await reached(page, 60);
  assert.deepEqual(await violations(page), []);
  const { sse, websocket, longpoll, poll } = await settled(page);

  const { published } = sse;
  assert(published >= 60);
  for (const column of [sse, websocket, longpoll, poll]) {
    assert.deepEqual([column.events, column.published], [published, published]);
    // Each event's data has the run and a time: more than thirty bytes.
    assert(column.bytes > 30 * published, `${column.bytes} bytes for ${published} events`);
    for (const text of [column.median, column.p95]) assert.match(text, /^\d[\d.,]* (ms|s)$/);
  }
  assert.deepEqual([sse.requests, websocket.requests], [1, 1]);
  assert(poll.requests > sse.requests, 'a poll asks again and again');
  assert(longpoll.requests > poll.requests, 'a long poll asks after every answer');
  assert(sse.bytes < websocket.bytes && sse.bytes < poll.bytes, 'an event stream says least beside the data');
  assert.deepEqual(errors, []);

  await page.getByRole('button', { name: 'Start anew' }).click();
  await page.waitForFunction((before) => Number.parseInt(document.querySelector('[data-testid=transport-sse] [data-figure=events]')?.textContent?.replaceAll(',', '') ?? '', 10) < before, published);
});

consoleTest('OverAKilledServerNoTransportLosesAnything', async (scope) => {
  const server = await scope.server({ args: ['--poll-interval', '500ms', '--retry', '200ms'] });
  const { page, errors, at, state } = await openConsole(scope, server, '/transports', { colorScheme: 'dark', viewport: { width: 380, height: 720 } });
  await at('compare').click();
  await reached(page, 5);
  await server.kill();
  for (const name of names) await state('offline', `state-${name}`);
  await server.start();
  const { sse } = await columns(page);
  await reached(page, sse.events + 10);
  await settled(page);
  assert.deepEqual(await violations(page), []);
  assert((await page.evaluate(() => document.querySelector('main')?.scrollWidth ?? 0)) <= 380);
  assert.deepEqual(errors, []);
});
