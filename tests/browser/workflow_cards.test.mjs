// @ts-check
// One run of a workflow, seen from all sides: its page, the card that it moves, the notification that it raises.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';

import { request } from '../support/client.mjs';
import { consoleTest, openConsole } from '../support/console.mjs';
import { repository } from '../support/server.mjs';
import { get } from '../support/task_feed.mjs';
import { card, showTheServers } from '../support/task_pages.mjs';
import { execute, reaches } from '../support/workflows.mjs';

consoleTest('ARunOfAWorkflowMovesACardAndTellsItsOwner', async (scope) => {
  const server = await scope.server({ args: ['--retry', '200ms'] });
  const yaml = readFileSync(path.join(repository, 'examples/workflows/product-card.yaml'), 'utf8');
  const put = await request(server, 'PUT', '/api/workflow/definitions/product-card', { headers: { 'Content-Type': 'application/yaml' }, body: yaml });
  assert(put.status < 300, put.text);
  const { browser, page, errors, at } = await openConsole(scope, server, '/tasks');
  await at('empty').waitFor();
  const bell = page.getByRole('button', { name: /Notifications/ });
  await bell.waitFor();
  const { executionId } = await execute(server, 'product-card', { owner: 'demo', line: 'Kettle Aino, steel, 23x16x22 cm, 1.1 kg, red', stage: '700ms' });

  await page.locator('[data-testid=active] [data-testid=task]').waitFor();
  const { activeTasks } = await get(server, '?user=demo');
  const id = activeTasks[0]?.id ?? '';
  await card(page, id).getByText('Kettle Aino', { exact: true }).waitFor();
  // Its run, from the card.
  await card(page, id).getByTestId('details').click();
  const run = await browser.newPage();
  await run.goto(`${server.url}${await at('task-run').getAttribute('href')}`);
  await run.getByRole('heading', { level: 1, name: 'Product card' }).waitFor();
  assert.equal(await run.locator('[data-testid=execution-id]').innerText(), executionId);
  await page.keyboard.press('Escape');

  await card(page, id, 'completed').getByText('Kettle Aino: steel, red').waitFor();
  await run.locator('[data-testid=run-status][data-status=completed]').waitFor();
  await reaches(server, executionId, 'completed');
  await showTheServers(server, [page]);

  // The bell rings on the page of tasks, and leads to the words.
  await page.getByText('The card of Kettle Aino is ready').first().waitFor();
  await page.getByRole('button', { name: /1 unread/ }).waitFor();
  assert.deepEqual(errors, []);
});

consoleTest('TheSamplesOfTheDemoAreCardsOfWhoLooks', async (scope) => {
  const server = await scope.server({ args: ['--retry', '200ms'] });
  const { page, errors, at } = await openConsole(scope, server, '/tasks?user=alice');
  await at('empty').waitFor();
  assert.equal(await at('samples').count(), 0, 'nothing to generate with');
  const yaml = readFileSync(path.join(repository, 'examples/workflows/product-card.yaml'), 'utf8').replace('default: 3s', 'default: 100ms');
  await request(server, 'PUT', '/api/workflow/definitions/product-card', { headers: { 'Content-Type': 'application/yaml' }, body: yaml });
  await page.reload();
  await at('samples').click();
  await page.getByText('3 runs have started').waitFor();
  await page.locator('[data-testid=ended] [data-status=completed]').nth(2).waitFor();
  await showTheServers(server, [page], 'alice');
  assert.deepEqual(errors, []);
});
