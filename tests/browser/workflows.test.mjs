// @ts-check
// Executions in the console: started, watched, decided, cancelled, looked back at.
import assert from 'node:assert/strict';

import { consoleTest, openConsole, violations } from '../support/console.mjs';
import { gate, waitingNode, withWorkflows } from '../support/workflow_pages.mjs';
import { api, define, execute, execution, reaches, shell } from '../support/workflows.mjs';

/** @typedef {import('playwright-core').Page} Page */

/** Waits until the graph shows the node so. @param {Page} page @param {string} id @param {string} status */
const card = (page, id, status) => page.locator(`.card[data-node="${id}"][data-status="${status}"]`).waitFor();
/** @param {Page} page @param {string} status */
const runIs = (page, status) => page.locator(`[data-testid=run-status][data-status=${status}]`).waitFor();
/** @param {Page} page @param {string} word */
const stream = (page, word) => page.locator(`[data-testid=stream-state][data-state=${word}]`).waitFor();

/** Two nodes, one after the other, each with its gate. @param {import('../support/test.mjs').Scope} scope */
async function twoNodes(scope) {
  const server = await scope.server({ args: ['--retry', '200ms'] });
  const gates = [gate(scope), gate(scope)];
  await define(server, {
    id: 'drive-monitor',
    name: 'Drive monitor',
    input: { type: 'object', required: ['folder'], properties: { folder: { type: 'string', title: 'Folder' }, depth: { type: 'integer', title: 'Depth', default: 2 } } },
    nodes: [waitingNode('trigger', gates[0], '\\033[32mgreen\\033[0m and plain'), waitingNode('process', gates[1])],
    edges: [{ from: 'trigger', to: 'process' }],
  });
  return { server, gates };
}

consoleTest('SomebodyExecutesAWorkflowAndWatchesItToItsEnd', async (scope) => {
  const { server, gates } = await twoNodes(scope);
  const { browser, page, errors, at } = await openConsole(scope, server, '/executions');
  await at('empty').waitFor();
  await stream(page, 'live');
  // Another tab, which only looks on.
  const list = await browser.newPage();
  await list.goto(`${server.url}/executions`);
  await list.locator('[data-testid=stream-state][data-state=live]').waitFor();

  /** @type {string[]} */
  const streams = [];
  page.on('request', (request) => {
    if (/executions\/wf_exec_\w+\/stream/.test(request.url())) streams.push(request.headers()['accept'] ?? '');
  });
  await at('execute').click();
  await at('execute-workflow').selectOption({ label: 'Drive monitor' });
  await at('execute-start').click();
  await page.getByText('This is needed.').waitFor();
  await page.getByLabel('Folder').fill('/inbox');
  await at('execute-start').click();

  await page.waitForURL(/\/executions\/wf_exec_\w+$/);
  await page.getByRole('heading', { level: 1, name: 'Drive monitor' }).waitFor();
  await card(page, 'trigger', 'running');
  await card(page, 'process', 'pending');
  await runIs(page, 'running');
  await stream(page, 'live');
  const before = await at('run-duration').innerText();
  await page.waitForFunction((text) => document.querySelector('[data-testid=run-duration]')?.textContent !== text, before);
  await list.locator('[role=row][data-status=running]').waitFor();
  await list.locator('[data-testid=stat-running]').filter({ hasText: '1' }).waitFor();

  gates[0].open();
  await card(page, 'trigger', 'completed');
  await card(page, 'process', 'running');
  await page.locator('.react-flow__edge.animated.edge--active').waitFor({ state: 'attached' });

  gates[1].open();
  await card(page, 'process', 'completed');
  await runIs(page, 'completed');
  await stream(page, 'ended');
  await page.locator('.edge--taken').waitFor({ state: 'attached' });
  await list.locator('[role=row][data-status=completed]').waitFor();
  await list.locator('[data-testid=stat-completed]').filter({ hasText: '1' }).waitFor();
  assert(streams.length > 0 && streams.every((accept) => accept.includes('text/event-stream')), `by Server-Sent Events: ${streams}`);

  await at('tab-data').click();
  await at('run-data').getByText('"/inbox"').waitFor();
  assert.deepEqual(await violations(page), []);
  assert.deepEqual(errors, []);
});

consoleTest('AServerThatIsKilledUnderARunIsMissedAndTheRunGoesOn', async (scope) => {
  const server = await scope.server({ args: ['--retry', '200ms'] });
  const { waits } = await withWorkflows(server);
  const { page, at, state } = await openConsole(scope, server, `/executions/${waits}?node=ask`);
  await card(page, 'ask', 'waiting');
  await stream(page, 'live');
  await page.evaluate(() => Object.assign(window, { sameDocument: true }));
  await server.kill();
  await stream(page, 'offline');
  await state('offline');
  await server.start();
  await stream(page, 'live');
  await page.getByText('Say hello?').waitFor();
  await page.getByLabel('Comment').fill('yes, please');
  await at('approve').click();
  await runIs(page, 'completed');
  await card(page, 'each', 'completed');
  await card(page, 'sorry', 'skipped');
  await stream(page, 'ended');
  await page.locator('.card__children').filter({ hasText: '3/3' }).waitFor();
  assert.equal(await page.evaluate(() => /** @type {any} */ (window).sameDocument), true, 'without a reload');
  const { json: node } = await api(server, 'GET', `/executions/${waits}/nodes/ask`);
  assert.equal(node.output.comment, 'yes, please');
});

consoleTest('ALogIsFollowedAsItIsWritten', async (scope) => {
  const { server, gates } = await twoNodes(scope);
  const { executionId: id } = await execute(server, 'drive-monitor', { folder: '/' });
  const { page, errors, at } = await openConsole(scope, server, `/executions/${id}?node=trigger&tab=logs`);
  await at('log').locator('.ansi-green').filter({ hasText: 'green' }).waitFor();
  await at('log').getByText(' and plain').waitFor();
  gates[0].open();
  await at('log').getByText('trigger ends').waitFor();
  await page.locator('[role=log][data-following=true]').waitFor();
  gates[1].open();
  await page.locator('.card[data-node=process]').click();
  await at('log').getByText('process ends').waitFor();
  await runIs(page, 'completed');
  // What was written is there also for who comes later.
  await page.reload();
  await at('log').getByText('this is process').waitFor();
  assert.deepEqual(errors, []);
});

consoleTest('ARunIsPlayedBackFromItsOwnLog', async (scope) => {
  const { server, gates } = await twoNodes(scope);
  const { executionId: id } = await execute(server, 'drive-monitor', { folder: '/' });
  for (const each of gates) each.open();
  await reaches(server, id, 'completed');
  const { page, errors, at } = await openConsole(scope, server, `/executions/${id}`);
  await stream(page, 'ended');
  await card(page, 'process', 'completed');
  await page.locator('[data-testid=scrubber]:not([data-events="0"])').waitFor();
  const all = Number(await at('scrubber').getAttribute('data-events'));
  assert(all >= 6, `${all} events`);

  await at('scrub').fill('0');
  await card(page, 'trigger', 'pending');
  await card(page, 'process', 'pending');
  await at('tab-events').click();
  await page.getByRole('row').filter({ hasText: 'node.completed' }).filter({ hasText: 'trigger' }).getByRole('button').click();
  await card(page, 'trigger', 'completed');
  await runIs(page, 'completed');
  assert.equal(await page.locator('.card[data-node=process]').getAttribute('data-status'), 'pending');
  await at('scrub').focus();
  await page.keyboard.press('ArrowRight');
  await card(page, 'process', 'running');
  await at('scrub-play').click();
  await card(page, 'process', 'completed');
  // Where it ends it is the run as it is.
  const live = page.locator('[data-testid=scrub-live][aria-disabled=true]');
  await live.waitFor();
  await at('scrub').fill('0');
  await card(page, 'process', 'pending');
  await at('scrub-live').click();
  await card(page, 'process', 'completed');
  await live.waitFor();
  assert.deepEqual(errors, []);
});

consoleTest('ARunIsCancelledAndRunAgainFromANode', async (scope) => {
  const { server, gates } = await twoNodes(scope);
  gates[0].open();
  const { executionId: id } = await execute(server, 'drive-monitor', { folder: '/' });
  const { page, errors, at } = await openConsole(scope, server, `/executions/${id}`);
  await card(page, 'process', 'running');
  await at('cancel').click();
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel the execution' }).click();
  await runIs(page, 'cancelled');
  await card(page, 'process', 'cancelled');

  gates[1].open();
  await page.locator('.card[data-node=process]').click();
  await at('rerun-from').click();
  await page.waitForURL((url) => url.pathname.startsWith('/executions/') && !url.pathname.endsWith(id));
  await runIs(page, 'completed');
  await card(page, 'trigger', 'completed');
  const again = await execution(server, new URL(page.url()).pathname.split('/').at(-1) ?? '');
  assert.equal(again.rerunOf, id);
  assert.equal(again.nodeDetails.trigger.kept, true);
  assert.deepEqual(errors, []);
});

consoleTest('TheListPagesFiltersAndCounts', async (scope) => {
  const server = await scope.server({ args: ['--retry', '200ms'] });
  await define(server, { id: 'quick', name: 'Quick', nodes: [{ id: 'tell', type: 'publish', with: { topic: 'told', data: 'x' } }] });
  await define(server, { id: 'broken', name: 'Broken', nodes: [shell('fail', 'exit 3')] });
  const ids = [];
  for (let i = 0; i < 130; ++i) ids.push((await execute(server, i % 10 === 9 ? 'broken' : 'quick')).executionId);
  for (const [i, id] of ids.entries()) await reaches(server, id, i % 10 === 9 ? 'failed' : 'completed');

  const { page, errors, at } = await openConsole(scope, server, '/executions');
  await at('stat-total').filter({ hasText: '130' }).waitFor();
  assert.equal(await at('stat-failed').innerText(), '13');
  await page.locator(`[data-id=${ids[129]}]`).waitFor();
  await at('executions').evaluate((element) => element.scrollTo(0, element.scrollHeight));
  await page.waitForFunction((id) => {
    const list = document.querySelector('[data-testid=executions]');
    list?.scrollTo(0, list.scrollHeight);
    return list?.querySelector(`[data-id=${id}]`) != null;
  }, ids[0]);

  await page.getByRole('button', { name: /failed/ }).click();
  await page.waitForFunction(() => [...document.querySelectorAll('[data-testid=executions] [role=row]')].every((row) => row.getAttribute('data-status') === 'failed'));
  await page.locator(`[data-id=${ids[129]}]`).waitFor();
  assert.equal(new URL(page.url()).search, '?status=failed');
  // Live, through the filter.
  const { executionId: more } = await execute(server, 'broken');
  await reaches(server, more, 'failed');
  await page.locator(`[data-id=${more}][data-status=failed]`).waitFor();
  await at('stat-failed').filter({ hasText: '14' }).waitFor();

  await page.getByRole('button', { name: /failed/ }).click();
  await at('filter-workflow').selectOption({ label: 'Quick' });
  await page.locator(`[data-id=${ids[128]}]`).waitFor();
  await page.locator(`[data-id=${more}]`).waitFor({ state: 'detached' });
  await page.getByRole('searchbox').fill(ids[127] ?? '');
  await page.waitForFunction(() => document.querySelectorAll('[data-testid=executions] [role=row]').length === 1);
  assert.deepEqual(errors, []);
});

consoleTest('ADefinitionIsWrittenCheckedSavedAndExecuted', async (scope) => {
  const server = await scope.server({ args: ['--retry', '200ms'] });
  const { page, errors, at } = await openConsole(scope, server, '/definitions');
  await at('empty').waitFor();
  await at('examples').getByRole('link').first().waitFor();
  await at('new-definition').click();
  await nodesShown(page, 2);
  await at('verdict').getByText('valid').waitFor();

  const source = await at('source').inputValue();
  await at('source').fill(source.replace('type: delay', 'type: dealy').replace('to: greet', 'to: nobody'));
  await at('problems').getByRole('listitem').first().waitFor();
  const line = source.split('\n').findIndex((each) => each.includes('type: delay')) + 1;
  await page.locator('.editor__number--bad').filter({ hasText: new RegExp(`^${line}$`) }).waitFor();
  assert.equal(await at('save').getAttribute('aria-disabled'), 'true');
  await at('problems').getByRole('button').first().click();
  assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('data-testid')), 'source');

  await at('source').fill(source.replace('2s', '10ms'));
  await at('verdict').getByText('valid').waitFor();
  await at('save').click();
  await page.waitForURL(/\/definitions\/my-workflow$/);
  await page.getByText('Saved as version 1').waitFor();

  await at('execute').click();
  await page.getByLabel('Who is greeted (optional)').fill('Ada');
  await at('execute-start').click();
  await page.waitForURL(/\/executions\/wf_exec_/);
  await runIs(page, 'completed');
  const { events } = await (await fetch(`${server.url}/v1/topics/greetings?after=earliest`, { headers: { Accept: 'application/json' } })).json();
  assert.deepEqual(events.map((/** @type {any} */ each) => each.data), ['Hello, Ada!']);

  // Another version, and the first one again.
  await page.goto(`${server.url}/definitions/my-workflow`);
  await at('source').fill((await at('source').inputValue()).replace('My workflow', 'Our workflow'));
  await at('verdict').getByText('valid').waitFor();
  await at('save').click();
  await page.getByText('Saved as version 2').waitFor();
  await at('versions').selectOption('1');
  await page.getByText('This is version 1.').waitFor();
  assert.match(await at('source').inputValue(), /"My workflow"/);
  const { json: exported } = await api(server, 'GET', '/definitions/my-workflow/export?format=json');
  assert.equal(exported.name, 'Our workflow');
  assert.deepEqual(errors, []);
});

/** Waits until the graph has so many nodes. @param {Page} page @param {number} count */
const nodesShown = (page, count) => page.waitForFunction((count) => document.querySelectorAll('.card').length === count, count);

consoleTest('AFileIsImportedAndTheWorkflowDeletedAgain', async (scope) => {
  const server = await scope.server();
  const { page, errors, at } = await openConsole(scope, server, '/definitions');
  await at('empty').waitFor();
  await at('import-file').setInputFiles({ name: 'a.json', mimeType: 'application/json', buffer: Buffer.from(JSON.stringify({ id: 'from-file', name: 'From a file', nodes: [{ id: 'only', type: 'delay', with: { duration: '1s' } }] })) });
  await page.getByRole('heading', { level: 1, name: 'New workflow' }).waitFor();
  await at('verdict').getByText('valid').waitFor();
  await at('save').click();
  await page.waitForURL(/\/definitions\/from-file$/);

  await at('delete').click();
  const asked = page.getByRole('dialog', { name: 'Delete from-file?' });
  await asked.getByRole('button', { name: 'Back' }).click();
  await asked.waitFor({ state: 'hidden' });
  await at('delete').click();
  await asked.getByRole('button', { name: 'Delete' }).click();
  await page.waitForURL(/\/definitions$/);
  await at('empty').waitFor();
  assert.equal((await api(server, 'GET', '/definitions/from-file')).status, 404);
  assert.deepEqual(errors, []);
});

consoleTest('ApprovalsAreListedAsTheyAreAskedFor', async (scope) => {
  const server = await scope.server({ args: ['--retry', '200ms'] });
  const { page, errors, at } = await openConsole(scope, server, '/approvals');
  await at('empty').waitFor();
  const { waits } = await withWorkflows(server);
  await page.getByRole('heading', { level: 2, name: 'Say hello?' }).waitFor();
  await page.getByText('To Ada').waitFor();
  await at('reject').click();
  await at('empty').waitFor();
  await reaches(server, waits, 'completed');
  const run = await execution(server, waits);
  assert.equal(run.nodeDetails.ask.status, 'failed');
  assert.equal(run.nodeDetails.sorry.status, 'completed');
  assert.deepEqual(errors, []);
});

consoleTest('ASecretGoesInAndNeverComesOut', async (scope) => {
  const server = await scope.server();
  const { page, errors, at } = await openConsole(scope, server, '/secrets');
  await at('empty').waitFor();
  /** @type {Promise<string>[]} */
  const answers = [];
  page.on('response', (response) => {
    // The stream of the bell in the page's head has no end.
    if (!response.url().includes('/api/workflow/')) return;
    answers.push(response.text().catch(() => ''));
  });
  await page.getByLabel('Name').fill('API_TOKEN');
  await page.getByLabel('Value').fill('hunter2-hunter2');
  await page.getByRole('button', { name: 'Save' }).click();
  await at('secrets').getByText('API_TOKEN').waitFor();
  assert.equal(await page.getByLabel('Value').inputValue(), '');
  await page.reload();
  await at('secrets').getByText('API_TOKEN').waitFor();
  assert.doesNotMatch(await page.content(), /hunter2/);
  assert((await Promise.all(answers)).every((text) => !text.includes('hunter2')));
  await page.getByRole('button', { name: 'Delete: API_TOKEN' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await at('empty').waitFor();
  assert.deepEqual(errors, []);
});

consoleTest('AScheduleIsSwitchedOffAndOn', async (scope) => {
  const server = await scope.server();
  await withWorkflows(server);
  const { page, errors, at } = await openConsole(scope, server, '/schedules');
  const row = at('schedules').getByRole('row').filter({ hasText: 'Greet' });
  await row.getByText('0 3 * * *').waitFor();
  await row.locator('time').waitFor();
  await row.getByRole('button', { name: 'Disable' }).click();
  await row.getByText('disabled').waitFor();
  await row.locator('time').waitFor({ state: 'detached' });
  assert.equal((await api(server, 'GET', '/schedules')).json.schedules[0].enabled, false);
  await row.getByRole('button', { name: 'Enable' }).click();
  await row.locator('time').waitFor();
  assert.deepEqual(errors, []);
});

for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
  consoleTest(colorScheme === 'light' ? 'InLightAnExecutionIsReadableInEachTab' : 'InDarkAnExecutionIsReadableInEachTab', async (scope) => {
    const server = await scope.server();
    const { waits, done } = await withWorkflows(server);
    const { page, errors, at } = await openConsole(scope, server, `/executions/${waits}?node=ask`, { colorScheme });
    await card(page, 'ask', 'waiting');
    await at('decision').waitFor();
    assert.deepEqual(await violations(page), [], 'waiting');
    await page.goto(`${server.url}/executions/${done}?node=each`);
    await card(page, 'each', 'completed');
    for (const tab of ['timeline', 'logs', 'data', 'events', 'spans']) {
      await at(`tab-${tab}`).click();
      await page.locator(`[data-testid=tab-${tab}][aria-selected=true]`).waitFor();
      assert.deepEqual(await violations(page), [], tab);
    }
    assert.deepEqual(errors, []);
  });
}

consoleTest('OnANarrowScreenARunIsWatchedAndDecided', async (scope) => {
  const server = await scope.server();
  const { waits } = await withWorkflows(server);
  const { page, errors, at } = await openConsole(scope, server, `/executions/${waits}`, { viewport: { width: 380, height: 720 } });
  await card(page, 'ask', 'waiting');
  await at('asking').getByRole('button', { name: 'Decide' }).click();
  await at('decision').waitFor();
  const wide = await page.evaluate(() => [document.documentElement.scrollWidth, document.querySelector('main')?.scrollWidth ?? 0]);
  assert(Math.max(...wide) <= 380, `${wide} wide`);
  assert.deepEqual(await violations(page), []);
  await at('approve').click();
  await runIs(page, 'completed');
  assert.deepEqual(errors, []);
});

consoleTest('ARunIsWatchedAndDecidedByTheKeyboardAlone', async (scope) => {
  const server = await scope.server();
  const { waits } = await withWorkflows(server);
  const { page, errors, at } = await openConsole(scope, server, '/');
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  await page.keyboard.press('g');
  await page.keyboard.press('x');
  await page.getByRole('heading', { level: 1, name: 'Executions' }).waitFor();
  await page.locator(`[data-id=${waits}]`).waitFor();
  await page.locator(`[data-id=${waits}] a`).focus();
  await page.keyboard.press('Enter');
  await card(page, 'ask', 'waiting');
  await page.locator('.react-flow__node').first().focus();
  await page.keyboard.press('Enter');
  await at('decision').waitFor();
  await at('approve').focus();
  await page.keyboard.press('Enter');
  await runIs(page, 'completed');
  await at('tab-timeline').focus();
  await page.keyboard.press('ArrowRight');
  await page.locator('[data-testid=tab-logs][aria-selected=true]').waitFor();
  assert.deepEqual(errors, []);
});
