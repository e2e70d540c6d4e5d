// @ts-check
// The page at `/`, as a person sees it.
import assert from 'node:assert/strict';

import { publishMany } from '../support/client.mjs';
import { seconds } from '../support/deadline.mjs';
import { hasBrowser, openBrowser } from '../support/browser.mjs';
import { test } from '../support/test.mjs';

/**
 * @param {string} name
 * @param {(scope: import('../support/test.mjs').Scope, open: Awaited<ReturnType<typeof openPage>>) => Promise<void>} body
 */
function pageTest(name, body) {
  test(
    name,
    async (scope) => {
      if (!hasBrowser) return scope.context.skip('there is no Chromium here; CHROMIUM names another place');
      await body(scope, await openPage(scope));
    },
    { timeout: 90 },
  );
}

/** @param {import('../support/test.mjs').Scope} scope */
async function openPage(scope) {
  const server = await scope.server({ args: ['--demo', '--retry', '200ms'] });
  const browser = await openBrowser(scope);
  const page = await browser.newPage();
  /** @type {string[]} */
  const errors = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('console', (message) => {
    // A broken connection is what some of these tests are about.
    if (message.type() === 'error' && !/net::ERR_/.test(message.text())) errors.push(message.text());
  });
  await page.goto(`${server.url}/`);
  const at = (/** @type {string} */ id) => page.locator(`[data-testid=${id}]`);
  const state = (/** @type {string} */ value) => at('state').filter({ hasText: new RegExp(`^\\s*${value}\\s*$`) }).waitFor();
  const shown = () => page.locator('[data-testid=events] li').allInnerTexts();
  const publish = async (/** @type {string} */ topic, /** @type {string} */ data) => {
    await at('publish-topic').fill(topic);
    await at('publish-data').fill(data);
    await at('publish-send').click();
    await page.locator('[data-testid=events] li').filter({ hasText: data }).first().waitFor();
  };
  return { server, browser, page, errors, at, state, shown, publish };
}

pageTest('ThePageShowsThatItIsLiveAndWhatThisMachineDoes', async (_, { page, errors, at, state }) => {
  await state('live');
  for (const name of ['metric-cpu', 'metric-memory', 'metric-load', 'metric-network']) {
    await at(name).filter({ hasText: /\d/ }).waitFor();
  }
  await at('last-id').filter({ hasText: /[0-9a-f]{16}-\d+/ }).waitFor();
  const first = await at('last-id').innerText();
  await page.waitForFunction((before) => document.querySelector('[data-testid=last-id]')?.textContent !== before, first);
  assert.deepEqual(errors, []);
});

pageTest('WhatIsPublishedThereArrivesThere', async (_, { errors, state, publish, shown }) => {
  await state('live');
  await publish('playground/hello', 'first from the page');
  await publish('playground/other', '<b>second</b> & "quoted"');
  const all = await shown();
  assert(all.some((each) => each.includes('<b>second</b> & "quoted"')), 'as text, not as markup');
  assert(all.findIndex((each) => each.includes('second')) < all.findIndex((each) => each.includes('first from')), 'the newest first');
  assert.deepEqual(errors, []);
});

pageTest('WhenTheServerIsKilledThePageSaysSoAndComesBackWithEverything', async (_, { server, page, errors, state, publish, shown }) => {
  await state('live');
  await publish('playground/hello', 'before-the-kill');
  await server.kill();
  await state('(reconnecting|offline)');
  await server.start();
  await publishMany(server, Array.from({ length: 10 }, (_, i) => ({ topic: 'playground/hello', data: `missed-${i}.` })));
  await state('live');
  await page.locator('[data-testid=events] li').filter({ hasText: 'missed-9.' }).waitFor({ timeout: seconds(20) });
  const all = await shown();
  for (let i = 0; i < 10; ++i) assert.equal(all.filter((each) => each.includes(`missed-${i}.`)).length, 1, `missed-${i} once`);
  assert.equal(all.filter((each) => each.includes('before-the-kill')).length, 1);
  assert.deepEqual(errors, []);
});

pageTest('AReloadedPageIsLiveAgain', async (_, { page, errors, state, publish }) => {
  await state('live');
  await page.reload();
  await state('live');
  await publish('playground/hello', 'after the reload');
  assert.deepEqual(errors, []);
});

pageTest('TwoPagesSeeTheSame', async (_, { server, browser, state, publish }) => {
  await state('live');
  const second = await browser.newPage();
  await second.goto(`${server.url}/`);
  await second.locator('[data-testid=state]').filter({ hasText: 'live' }).waitFor();
  await publish('playground/hello', 'for both');
  await second.locator('[data-testid=events] li').filter({ hasText: 'for both' }).waitFor();
});
