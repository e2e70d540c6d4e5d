// @ts-check
// The sample worker against the real server: whole cards, and what becomes of one when its worker is killed amid the work.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import path from 'node:path';

import { within } from '../support/deadline.mjs';
import { repository } from '../support/server.mjs';
import { follow, get, make, say } from '../support/task_feed.mjs';
import { test } from '../support/test.mjs';

/** @param {import('../support/test.mjs').Scope} scope @param {any} server @param {string[]} args */
function startWorker(scope, server, args) {
  const child = spawn(process.execPath, [path.join(repository, 'examples/product-cards/worker.mjs'), server.url, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => (said += bytes));
  const ended = new Promise((resolve) => child.on('exit', resolve));
  scope.defer(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return { child, ended, said: () => said };
}

test('TheSampleWorkerMakesWholeCardsAndSaysWhichGoodsItDoesNotKnow', async (scope) => {
  const server = await scope.server();
  const page = await follow(scope, server);
  const unknown = await make(server, { productName: 'Unknown', data: { sku: 'no-such-good' } });
  const worker = startWorker(scope, server, ['--make', '3', '--owner', 'demo', '--once', '--pause', '40']);
  assert.equal(await within(worker.ended, 'the worker ends', 30_000), 0, worker.said());
  await page.until((now) => now.totals.completed === 3 && now.totals.failed === 1, 'all are done');
  const snapshot = await page.reducer.check(server);
  const failed = snapshot.completedTasks.find((/** @type {any} */ task) => task.id === unknown.id);
  assert.equal(failed.errorMessage, 'the catalogue has no no-such-good');
  for (const { id } of snapshot.completedTasks.filter((/** @type {any} */ task) => task.status === 'completed')) {
    const { task } = await get(server, `/${id}`);
    assert.deepEqual(task.stages.map((/** @type {any} */ stage) => stage.name), ['parse', 'describe', 'characteristics', 'price', 'publish']);
    assert.equal(task.product.status, 'published');
    assert.equal(task.product.id, task.data.sku);
    assert.match(task.product.generatedName, /: \w+, \w+$/);
    assert(task.details.price > task.details.costPrice);
    assert.equal(task.characteristics.length, 4);
  }
});

test('ATaskWhoseWorkerIsKilledStallsAndIsFinishedByAnotherWhenItIsTriedAgain', async (scope) => {
  const server = await scope.server({ args: ['--task-feed-stalled-after', '1s'] });
  const page = await follow(scope, server);
  const { id } = await make(server, { productName: 'Chair Omega', data: { sku: 'chair-omega' } });
  const first = startWorker(scope, server, ['--pause', '2000']);
  await page.until((now) => now.tasks.get(id)?.currentStage === 'describe', 'it is amid its work');
  first.child.kill('SIGKILL');
  await page.until((now) => now.tasks.get(id).status === 'stalled', 'it is stalled');
  await say(server, `${id}/retry`);
  const second = startWorker(scope, server, ['--once', '--pause', '20']);
  assert.equal(await within(second.ended, 'the other worker ends', 30_000), 0, second.said());
  await page.until((now) => now.tasks.get(id).status === 'completed', 'it is completed');
  const { task } = await get(server, `/${id}`);
  assert.deepEqual(task.attempts.map((/** @type {any} */ each) => each.outcome), ['lost', 'completed']);
  assert.equal(task.attempt, 2);
  await page.reducer.check(server);
});
