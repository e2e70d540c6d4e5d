// @ts-check
// The page of tasks: cards that a worker moves, over a server that is killed, in several tabs, by the keyboard alone.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import path from 'node:path';

import { consoleTest, openConsole, violations } from '../support/console.mjs';
import { within } from '../support/deadline.mjs';
import { repository } from '../support/server.mjs';
import { get, make, say } from '../support/task_feed.mjs';
import { card, showTheServers, withTasks } from '../support/task_pages.mjs';

/** @typedef {import('playwright-core').Page} Page */

const stream = (/** @type {Page} */ page, /** @type {string} */ state) => page.locator(`[data-testid=stream-state][data-state=${state}]`).waitFor();
const quick = ['--retry', '200ms'];

consoleTest('AnEmptyFeedIsLitUpByTheCommandsThatItShows', async (scope) => {
  const server = await scope.server({ args: quick });
  const { page, errors, at } = await openConsole(scope, server, '/tasks');
  await at('empty').waitFor();
  await stream(page, 'live');
  const commands = await at('empty').locator('pre').allInnerTexts();
  for (const [i, command] of commands.entries()) {
    const curl = spawn('sh', ['-c', `${command} --silent --show-error --fail-with-body`], { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    curl.stderr.on('data', (bytes) => (said += bytes));
    assert.equal(await within(new Promise((resolve) => curl.on('exit', resolve)), command), 0, said);
    await card(page, 'first', i === 0 ? 'pending' : 'processing').waitFor();
  }
  await card(page, 'first').getByText('describe').waitFor();
  await showTheServers(server, [page]);
  assert.deepEqual(errors, []);
});

consoleTest('CardsMoveAsAWorkerMovesThem', async (scope) => {
  const server = await scope.server({ args: quick });
  const { page, errors, at } = await openConsole(scope, server, '/tasks');
  await at('empty').waitFor();
  // What each card showed, as it was shown.
  await page.evaluate(() => {
    /** @type {Map<string, number[]>} */
    const seen = new Map();
    Object.assign(window, { seen });
    new MutationObserver(() => {
      for (const each of document.querySelectorAll('[data-testid=active] [data-testid=task]')) {
        const { id = '', progress } = /** @type {HTMLElement} */ (each).dataset;
        const before = seen.get(id) ?? [];
        if (before.at(-1) !== Number(progress)) seen.set(id, [...before, Number(progress)]);
      }
    }).observe(document, { subtree: true, childList: true, attributes: true });
  });
  const worker = spawn(process.execPath, [path.join(repository, 'examples/product-cards/worker.mjs'), server.url, '--make', '3', '--owner', 'demo', '--once', '--pause', '400'], { stdio: 'ignore' });
  scope.defer(() => worker.kill('SIGKILL'));
  const ended = new Promise((resolve) => worker.on('exit', resolve));
  await page.locator('[data-testid=active] [data-status=processing]').first().waitFor();
  await page.locator('[data-testid=ended] [data-status=completed]').nth(2).waitFor();
  assert.equal(await within(ended, 'the worker ends', 30_000), 0);
  await showTheServers(server, [page]);
  const seen = await page.evaluate(() => [.../** @type {any} */ (window).seen.values()]);
  assert.equal(seen.length, 3);
  for (const each of seen) {
    assert(each.length >= 5, `it moved: ${each}`);
    assert.deepEqual(each, [...each].sort((a, b) => a - b), 'and never back');
  }

  const { completedTasks } = await get(server, '?user=demo');
  await card(page, completedTasks[0].id).getByTestId('details').click();
  await at('stages').getByText('publish').waitFor();
  assert.equal(await at('stages').getByRole('listitem').count(), 5);
  await at('task-characteristics').getByText('Material').waitFor();
  await at('task-result').getByText(/^\/products\//).waitFor();
  assert.deepEqual(errors, []);
});

consoleTest('AServerThatIsKilledUnderTheCardsLeavesNoWrongNumber', async (scope) => {
  const server = await scope.server({ args: quick });
  await withTasks(server);
  const { browser, page, errors } = await openConsole(scope, server, '/tasks');
  const other = await browser.newPage();
  await other.goto(`${server.url}/tasks`);
  const pages = [page, other];
  for (const each of pages) await stream(each, 'live');
  await showTheServers(server, pages);
  await page.evaluate(() => Object.assign(window, { sameDocument: true }));
  for (let round = 0; round < 3; ++round) {
    await say(server, 'moves/progress', { progress: 50 + 10 * round });
    await server.kill();
    for (const each of pages) await stream(each, 'offline');
    await server.start();
    // Before the pages are back: of progress that passes they hear nothing.
    await say(server, 'moves/progress', { progress: 55 + 10 * round });
    await make(server, { id: `later-${round}`, productName: `Later ${round}`, owner: 'demo' });
    for (const each of pages) await stream(each, 'live');
    await showTheServers(server, pages);
  }
  await card(page, 'moves').getByText('75 %').waitFor();
  assert.equal(await page.evaluate(() => /** @type {any} */ (window).sameDocument), true, 'without a reload');
  assert.deepEqual(errors, []);
});

consoleTest('WhereStreamsDoNotGetThroughTheProgressIsAskedFor', async (scope) => {
  const server = await scope.server({ args: quick });
  await withTasks(server);
  const { page, at } = await openConsole(scope, server, '/');
  await page.route('**/api/task-feed/stream*', (route) => route.abort());
  await page.goto(`${server.url}/tasks`);
  await at('stream-state').filter({ hasText: 'polling every 2 s' }).waitFor();
  await say(server, 'moves/progress', { progress: 66 });
  await card(page, 'moves').getByText('66 %').waitFor();
  await make(server, { id: 'later', productName: 'Later', owner: 'demo' });
  await card(page, 'later', 'pending').waitFor();
  await showTheServers(server, [page]);
});

consoleTest('TwoTabsShowTheSameAndWhoIsLookedAtIsChosenByTheAddress', async (scope) => {
  const server = await scope.server({ args: quick });
  const { browser, page, errors, at } = await openConsole(scope, server, '/tasks?user=alice');
  const tab = await browser.newPage();
  await tab.goto(`${server.url}/tasks?user=alice`);
  const stranger = await browser.newPage();
  await stranger.goto(`${server.url}/tasks?user=bob`);
  await stranger.locator('[data-testid=empty]').waitFor();
  for (let i = 0; i < 14; ++i) await make(server, { id: `t${i}`, productName: `Task ${i}`, owner: 'alice' });
  await page.getByText('the newest 10 of 14').waitFor();
  await showTheServers(server, [page, tab], 'alice');
  // Ends, and what slides into the window for it.
  for (let i = 13; i > 5; --i) await say(server, `t${i}/${i % 2 ? 'cancel' : 'complete'}`);
  await card(page, 't0', 'pending').waitFor();
  await showTheServers(server, [page, tab], 'alice');
  assert.equal(await at('stat-total').innerText(), '14');
  assert.equal(await stranger.locator('[data-testid=empty]').count(), 1);
  assert.deepEqual(errors, []);
});

consoleTest('WhatFailedIsTriedAgainAndWhatIsUnderWayCancelled', async (scope) => {
  const server = await scope.server({ args: [...quick, '--task-feed-stalled-after', '1s'] });
  await withTasks(server);
  const { page, errors, at } = await openConsole(scope, server, '/tasks');
  // Its worker says no more.
  await card(page, 'moves', 'stalled').waitFor();
  await card(page, 'broke', 'failed').getByText('row 7 is empty').waitFor();
  await card(page, 'broke').getByTestId('retry').click();
  await card(page, 'broke', 'pending').getByText('attempt 2').waitFor();
  assert.equal(await card(page, 'broke').getAttribute('data-progress'), '0');
  await say(server, 'broke/claim', { worker: 'w2' });
  await say(server, 'broke/progress', { attempt: 2, progress: 10, currentStage: 'parse' });
  await card(page, 'broke', 'processing').getByTestId('cancel').click();
  await page.getByRole('button', { name: 'Cancel the task' }).click();
  await card(page, 'broke', 'cancelled').waitFor();
  await showTheServers(server, [page]);

  await card(page, 'broke').getByTestId('details').click();
  await at('attempts').getByText('row 7 is empty').waitFor();
  await at('task-data').getByText('row').waitFor();
  await page.locator('[data-testid=drawer-status][data-status=cancelled]').waitFor();
  assert.match(page.url(), /\?task=broke$/);
  assert.deepEqual(errors, []);
});

consoleTest('WhatNoCardShowsIsTriedAgainAndCancelledFromItsDetails', async (scope) => {
  const server = await scope.server({ args: quick });
  await make(server, { id: 'old', productName: 'An old one', owner: 'demo' });
  await say(server, 'old/fail', { errorMessage: 'row 7 is empty' });
  for (let i = 0; i < 6; ++i) {
    await make(server, { id: `done-${i}`, productName: `Done ${i}`, owner: 'demo' });
    await say(server, `done-${i}/complete`);
  }
  await make(server, { id: 'early', productName: 'An early one', owner: 'demo' });
  for (let i = 0; i < 10; ++i) await make(server, { id: `busy-${i}`, productName: `Busy ${i}`, owner: 'demo' });
  const { page, errors, at } = await openConsole(scope, server, '/tasks');
  await stream(page, 'live');
  await page.getByText('the newest 10 of 11').waitFor();
  for (const id of ['old', 'early']) assert.equal(await card(page, id).count(), 0);
  const has = (/** @type {string} */ status) => page.locator(`[data-testid=drawer-status][data-status=${status}]`).waitFor();

  await at('view-list').click();
  await at('list-filter').selectOption('active');
  await at('task-list').getByRole('button', { name: 'An early one' }).click();
  await has('pending');
  await at('drawer').getByTestId('cancel').click();
  await page.getByRole('button', { name: 'Back' }).click();
  await has('pending');
  await at('drawer').getByTestId('cancel').click();
  await page.getByRole('button', { name: 'Cancel the task' }).click();
  await has('cancelled');
  assert.deepEqual((await get(server, '/early')).task.status, 'cancelled');
  await page.keyboard.press('Escape');

  // By the keyboard: what had the focus is gone each time.
  await at('list-filter').selectOption('failed');
  await at('task-list').getByRole('button', { name: 'An old one' }).focus();
  await page.keyboard.press('Enter');
  await has('failed');
  await at('drawer').getByTestId('retry').focus();
  await page.keyboard.press('Enter');
  await has('pending');
  assert.deepEqual((await get(server, '/old')).task.attempt, 2);
  await page.waitForFunction(() => document.activeElement?.getAttribute('data-testid') === 'drawer');
  await page.getByText('No task is like that.').waitFor({ state: 'attached' });
  await page.keyboard.press('Escape');
  await page.waitForFunction(() => document.activeElement?.getAttribute('aria-label') === 'List');
  await at('view-live').click();
  await showTheServers(server, [page]);
  assert.deepEqual(errors, []);
});

consoleTest('TheListIsFilteredAndPaged', async (scope) => {
  const server = await scope.server({ args: quick });
  for (let i = 0; i < 60; ++i) {
    await make(server, { id: `t${i}`, productName: `Task ${i}`, owner: 'demo' });
    await say(server, `t${i}/${i % 3 === 0 ? 'fail' : 'complete'}`, i % 3 === 0 ? { errorMessage: `reason ${i}` } : {});
  }
  const { page, errors, at } = await openConsole(scope, server, '/tasks');
  await at('view-list').click();
  const rows = at('task-list').locator('tbody tr');
  await rows.nth(24).waitFor();
  assert.equal(await rows.first().getAttribute('data-id'), 't59');
  await at('older').click();
  await rows.nth(49).waitFor();
  await at('older').click();
  await rows.nth(59).waitFor();
  assert.equal(await rows.last().getAttribute('data-id'), 't0');
  await page.getByText('That is all.').waitFor();

  await page.getByRole('button', { name: /failed/ }).click();
  await at('task-list').getByText('reason 57').waitFor();
  await page.waitForFunction(() => [...document.querySelectorAll('[data-testid=task-list] tbody tr')].every((row) => row.getAttribute('data-status') === 'failed'));
  assert.equal(await rows.count(), 20);
  assert.match(page.url(), /view=list&status=failed$/);
  // Live, too.
  await make(server, { id: 'more', productName: 'One more', owner: 'demo' });
  await say(server, 'more/fail', { errorMessage: 'reason' });
  await at('task-list').locator('[data-id=more]').waitFor();
  assert.equal(await at('stat-failed').innerText(), '21');
  await at('list-filter').selectOption('active');
  await page.getByText('No task is like that.').waitFor();
  await at('view-live').click();
  await card(page, 'more', 'failed').waitFor();
  assert.deepEqual(errors, []);
});

consoleTest('CardsAreReachedByTheKeyboardAlone', async (scope) => {
  const server = await scope.server({ args: quick });
  await withTasks(server);
  const { page, errors, at } = await openConsole(scope, server, '/');
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  await page.keyboard.press('g');
  await page.keyboard.press('f');
  await page.getByRole('heading', { level: 1, name: 'Tasks' }).waitFor();
  await card(page, 'moves').waitFor();
  await page.locator('main').focus();
  const focused = () => page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? '');
  const tabTo = async (/** @type {string} */ label) => {
    for (let i = 0; i < 60; ++i) {
      await page.keyboard.press('Tab');
      if ((await focused()) === label) return;
    }
    assert.fail(`${label} is not reached`);
  };
  await tabTo('Details: Product that moves');
  await page.keyboard.press('Enter');
  await at('drawer').getByText('describe').waitFor();
  assert.equal(await focused(), 'Close');
  await page.keyboard.press('Escape');
  await at('drawer').waitFor({ state: 'detached' });
  assert.equal(await focused(), 'Details: Product that moves', 'the focus is where it was');
  await page.keyboard.press('Shift+Tab');
  assert.equal(await focused(), 'Cancel: Product that moves');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor();
  await tabTo('Cancel the task');
  await page.keyboard.press('Enter');
  await card(page, 'moves', 'cancelled').waitFor();
  await page.waitForFunction(() => document.activeElement?.getAttribute('data-id') === 'moves');
  assert.equal(await at('ended').locator('[data-id=moves]').count(), 1, 'the focus went with the card');
  await page.keyboard.press('Tab');
  assert.equal(await focused(), 'Try again: Product that moves');
  await page.keyboard.press('Enter');
  await card(page, 'moves', 'pending').waitFor();
  await page.waitForFunction(() => document.activeElement?.getAttribute('data-id') === 'moves');
  await page.keyboard.press('Tab');
  assert.equal(await focused(), 'Cancel: Product that moves');
  assert.deepEqual(errors, []);
});

for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
  consoleTest(`AxeFindsNothingWrongWithCardsDetailsAndTheList: ${colorScheme}`, async (scope) => {
    const server = await scope.server({ args: [...quick, '--task-feed-stalled-after', '1s'] });
    await withTasks(server);
    await make(server, { id: 'gone', productName: 'Product that is gone', owner: 'demo' });
    await say(server, 'gone/cancel');
    const { page, errors, at } = await openConsole(scope, server, '/tasks', { colorScheme, viewport: { width: 400, height: 800 } });
    await card(page, 'moves', 'stalled').waitFor();
    await say(server, 'waits/progress', { progress: 12, currentStage: 'parse' });
    await card(page, 'waits', 'processing').waitFor();
    assert.deepEqual(await violations(page), []);
    await card(page, 'done').getByTestId('details').click();
    await at('task-result').waitFor();
    assert.deepEqual(await violations(page), []);
    assert(await at('drawer').evaluate((drawer) => drawer.scrollWidth <= 400), 'the details fit a narrow screen');
    await page.keyboard.press('Escape');
    await at('view-list').click();
    await at('task-list').waitFor();
    assert.deepEqual(await violations(page), []);
    assert(await page.evaluate(() => document.documentElement.scrollWidth <= 400), 'so does the list');
    await page.setViewportSize({ width: 375, height: 800 });
    for (const row of await at('task-list').locator('tbody tr').all()) {
      assert(await row.evaluate((element) => element.scrollWidth <= element.clientWidth), 'and each row of it');
      const boxes = await Promise.all([row.getByRole('button'), row.locator('.status'), row.locator('td.number')].map((part) => part.boundingBox()));
      for (const box of boxes) assert(box && box.width > 0 && box.x >= 0 && box.x + box.width <= 375, `${JSON.stringify(box)} is in sight`);
      const [name, status] = boxes;
      assert(name && status && status.y >= name.y + name.height, 'its state stands under its name');
    }
    assert.deepEqual(errors, []);
  });
}
