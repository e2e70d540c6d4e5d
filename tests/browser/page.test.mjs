// @ts-check
// The console's overview, which stands at `/`, as a person sees it.
import assert from 'node:assert/strict';

import { publishMany } from '../support/client.mjs';
import { openConsole } from '../support/console.mjs';
import { seconds } from '../support/deadline.mjs';
import { browserTest } from '../support/browser.mjs';

/**
 * @param {string} name
 * @param {(scope: import('../support/test.mjs').Scope, open: Awaited<ReturnType<typeof openOverview>>) => Promise<void>} body
 */
function pageTest(name, body) {
  browserTest(name, async (scope) => body(scope, await openOverview(scope)));
}

/** @param {import('../support/test.mjs').Scope} scope */
async function openOverview(scope) {
  const server = await scope.server({ args: ['--demo', '--retry', '200ms'] });
  const opened = await openConsole(scope, server, '/');
  const { page, at } = opened;
  const row = (/** @type {string} */ text) => page.locator('[data-testid=events] [role=option]').filter({ hasText: text });
  const shown = () => page.locator('[data-testid=events] [role=option]').allInnerTexts();
  const publish = async (/** @type {string} */ topic, /** @type {string} */ data) => {
    await at('publish-topic').fill(topic);
    await at('publish-data').fill(data);
    await at('publish-send').click();
    await row(data).first().waitFor();
  };
  return { server, ...opened, row, shown, publish };
}

pageTest('TheOverviewShowsThatItIsLiveAndWhatThisMachineDoes', async (_, { page, errors, at, state }) => {
  await state('live', 'stream-state');
  for (const name of ['metric-cpu', 'metric-memory', 'metric-load', 'metric-network']) {
    await at(name).filter({ hasText: /\d/ }).waitFor();
  }
  await at('last-id').filter({ hasText: /[0-9a-f]{16}-\d+/ }).waitFor();
  const first = await at('last-id').innerText();
  await page.waitForFunction((before) => document.querySelector('[data-testid=last-id]')?.textContent !== before, first);
  assert.deepEqual(errors, []);
});

pageTest('WhatIsPublishedThereArrivesThere', async (_, { errors, state, publish, shown }) => {
  await state('live', 'stream-state');
  await publish('playground/hello', 'first from the page');
  await publish('playground/other', '<b>second</b> & "quoted"');
  const all = await shown();
  assert(all.some((each) => each.includes('<b>second</b> & "quoted"')), 'as text, not as markup');
  assert(all.findIndex((each) => each.includes('second')) < all.findIndex((each) => each.includes('first from')), 'the newest first');
  assert.deepEqual(errors, []);
});

pageTest('WhenTheServerIsKilledThePageSaysSoAndComesBackWithEverything', async (_, { server, errors, state, publish, shown, row, at }) => {
  await state('live', 'stream-state');
  await publish('playground/hello', 'before-the-kill');
  await server.kill();
  await state('offline', 'stream-state');
  await server.start();
  await publishMany(server, Array.from({ length: 10 }, (_, i) => ({ topic: 'playground/hello', data: `missed-${i}.` })));
  await state('live', 'stream-state');
  await row('missed-9.').waitFor({ timeout: seconds(20) });
  const all = await shown();
  for (let i = 0; i < 10; ++i) assert.equal(all.filter((each) => each.includes(`missed-${i}.`)).length, 1, `missed-${i} once`);
  assert.equal(all.filter((each) => each.includes('before-the-kill')).length, 1);
  await at('notice').filter({ hasText: 'Resumed' }).waitFor();
  assert.deepEqual(errors, []);
});

pageTest('WhoDisconnectsGetsWhatCameMeanwhileWhenTheyConnectAgain', async (_, { server, at, state, row, shown, errors }) => {
  await state('live', 'stream-state');
  await at('toggle').click();
  await state('not connected', 'stream-state');
  await publishMany(server, Array.from({ length: 3 }, (_, i) => ({ topic: 'playground/away', data: `meanwhile-${i}.` })));
  await at('toggle').click();
  await row('meanwhile-2.').waitFor();
  const all = await shown();
  for (let i = 0; i < 3; ++i) assert.equal(all.filter((each) => each.includes(`meanwhile-${i}.`)).length, 1);
  assert.deepEqual(errors, []);
});

pageTest('AReloadedPageIsLiveAgain', async (_, { page, errors, state, publish }) => {
  await state('live', 'stream-state');
  await page.reload();
  await state('live', 'stream-state');
  await publish('playground/hello', 'after the reload');
  assert.deepEqual(errors, []);
});

pageTest('TwoPagesSeeTheSame', async (_, { server, browser, state, publish }) => {
  await state('live', 'stream-state');
  const second = await browser.newPage();
  await second.goto(`${server.url}/`);
  await second.locator('[data-testid=stream-state]').filter({ hasText: 'live' }).waitFor();
  await publish('playground/hello', 'for both');
  await second.locator('[data-testid=events] [role=option]').filter({ hasText: 'for both' }).waitFor();
});
