// @ts-check
// The task feed: a worker and a page, whose tasks they are, and that nothing is asked of the store while nothing changes.
import assert from 'node:assert/strict';

import { assertProblem, postJson, request } from '../support/client.mjs';
import { eventually } from '../support/deadline.mjs';
import { poll } from '../support/poll.mjs';
import { Reducer, follow, get, make, metric, say } from '../support/task_feed.mjs';
import { RawConnection } from '../support/raw.mjs';
import { bearer, locked } from '../support/tokens.mjs';
import { test } from '../support/test.mjs';

/** A server with keys, an owner with no grants, and a worker of hers. @param {import('../support/test.mjs').Scope} scope @param {string[]} [args] */
async function withOwners(scope, args) {
  const { server, token, admin } = await locked(scope, args);
  const of = (/** @type {string} */ sub, /** @type {object} */ claims = {}) => bearer(token(claims, { sub }));
  return { server, admin, of, alice: of('alice'), bob: of('bob'), worker: of('worker', { publish: ['task-feed/alice'] }), anyWorker: of('any', { publish: ['task-feed/**'] }) };
}

const claim = async (/** @type {any} */ server, /** @type {object} */ body = {}, /** @type {Record<string, string>} */ headers = {}, query = '') =>
  postJson(server, `/api/task-feed/claim${query}`, body, { headers });

test('AWorkerTakesATaskThroughItsStagesAndEveryPageSeesIt', async (scope) => {
  const server = await scope.server();
  const pages = [await follow(scope, server), await follow(scope, server)];
  const made = await make(server, { productName: 'Chair', productId: 'p1', product: { id: 'p1', name: 'chair', price: 10 }, data: { row: 7 } });
  assert.deepEqual(Object.keys(made), ['id', 'productName', 'status', 'progress', 'currentStage', 'errorMessage', 'productId', 'createdAt', 'product', 'rev', 'updatedAt', 'attempt']);
  const taken = (await claim(server, { worker: 'w1' })).json;
  assert.deepEqual([taken.task.id, taken.attempt, taken.task.data, taken.task.ownerId], [made.id, 1, { row: 7 }, 'demo']);
  const { attempt } = taken;
  await say(server, `${made.id}/progress`, { attempt, progress: 20, currentStage: 'parse' });
  await say(server, `${made.id}/progress`, { attempt, progress: 30 });
  await say(server, `${made.id}/progress`, { attempt, progress: 60, currentStage: 'price', product: { price: 12, generatedName: 'Omega' }, characteristics: [{ name: 'colour', value: 'red' }] });
  const { task } = await say(server, `${made.id}/complete`, { attempt, result: { url: '/p1' } });
  assert.equal(task.status, 'completed');
  for (const { reducer, untilRev } of pages) {
    await untilRev(5);
    const snapshot = await reducer.check(server);
    assert.equal(snapshot.completedTasks[0].product.generatedName, 'Omega');
    assert.deepEqual(snapshot.totals, { active: 0, pending: 0, processing: 0, stalled: 0, completed: 1, failed: 0, cancelled: 0 });
  }
  const { task: full } = await get(server, `/${made.id}`);
  assert.deepEqual(full.details, { id: 'p1', name: 'chair', price: 12, generatedName: 'Omega' });
  assert.deepEqual(full.result, { url: '/p1' });
  assert.deepEqual(full.stages.map((/** @type {any} */ each) => each.name), ['parse', 'price']);
  assert(full.stages.every((/** @type {any} */ each) => each.endedAt >= each.startedAt));
  assert.deepEqual([full.attempts.length, full.attempts[0].worker, full.attempts[0].outcome], [1, 'w1', 'completed']);
  assert.deepEqual((await get(server, `/${made.id}/characteristics`)).characteristics, [{ name: 'colour', value: 'red' }]);
  assert(Buffer.byteLength(pages[0].stream.events.at(-1)?.data ?? '') < 1024, 'a change takes under a kilobyte');
});

test('ProgressIsToldAFewTimesASecondAndTheLastOfItAlways', async (scope) => {
  const server = await scope.server();
  const page = await follow(scope, server);
  const { id } = await make(server, { productName: 'Chair' });
  await claim(server);
  await page.untilRev(2);
  for (let progress = 1; progress <= 60; ++progress) await say(server, `${id}/progress`, { progress });
  await page.until((now) => now.tasks.get(id).progress === 60, 'the last of it');
  assert(page.reducer.progress < 60, 'not each of them');
  assert.equal(page.reducer.rev, 2);
  assert(page.stream.events.filter((each) => each.type === 'task.progress').every((each) => each.id === undefined), 'it has no cursor');
  await page.reducer.check(server);
});

test('NothingIsAskedOfTheStoreWhileNothingChangesHoweverManyWatch', async (scope) => {
  const server = await scope.server();
  for (let i = 0; i < 12; ++i) await make(server, { productName: `Product ${i}` });
  const first = await follow(scope, server);
  await first.until((now) => now.rev === 12, 'the snapshot');
  assert.equal((await first.reducer.check(server)).activeTasks.length, 10);
  const before = await metric(server, 'weir_task_feed_store_queries_total');
  const pages = [];
  for (let i = 0; i < 20; ++i) pages.push(await follow(scope, server));
  for (const page of pages) await page.until((now) => now.rev === 12, 'the snapshot');
  const { cursor } = await get(server);
  for (let i = 0; i < 5; ++i) assert.deepEqual((await poll(server, `/api/task-feed/changes?since=${cursor}`)).events, []);
  const { headers } = await request(server, 'GET', '/api/task-feed', { headers: { Accept: 'application/json' } });
  assert.equal((await request(server, 'GET', '/api/task-feed', { headers: { Accept: 'application/json', 'If-None-Match': String(headers.etag) } })).status, 304);
  assert.equal(await metric(server, 'weir_task_feed_store_queries_total'), before);
  assert(await metric(server, 'weir_task_feed_memory_snapshots_total') >= 20);
  await make(server, { productName: 'One more' });
  assert(await metric(server, 'weir_task_feed_store_queries_total') > before, 'a change asks');
  for (const page of pages) await page.untilRev(13);
  await pages[0].reducer.check(server);
});

test('AnOwnerReachesNothingButHerOwn', async (scope) => {
  const { server, admin, alice, bob, worker } = await withOwners(scope);
  const { id } = await make(server, { productName: 'Chair', owner: 'alice' }, worker);
  assert.equal((await get(server, '', alice)).activeTasks.length, 1);
  assert.equal((await get(server, '', bob)).activeTasks.length, 0);
  for (const path of ['', '/stream', '/changes', '/history', `/${id}`, `/${id}/characteristics`]) {
    const accept = path === '/stream' ? 'text/event-stream' : 'application/json';
    assertProblem(await request(server, 'GET', `/api/task-feed${path}`, { headers: { Accept: accept } }), 401, 'unauthorized');
    const others = await request(server, 'GET', `/api/task-feed${path}?user=alice`, { headers: { Accept: accept, ...bob } });
    if (path.includes(id)) assertProblem(others, 404, 'not-found');
    else assertProblem(others, 403, 'forbidden');
  }
  assertProblem(await request(server, 'GET', `/api/task-feed/${id}`, { headers: bob }), 404, 'not-found');
  assertProblem(await request(server, 'GET', '/v1/topics/$weir/task-feed/alice', { headers: alice }), 403, 'forbidden');
  for (const verb of ['claim', 'heartbeat', 'complete', 'fail', 'cancel', 'retry']) {
    assertProblem(await postJson(server, `/api/task-feed/${id}/${verb}`, {}, { headers: bob }), 404, 'not-found');
  }
  assertProblem(await request(server, 'PATCH', `/api/task-feed/${id}/progress`, { headers: alice, body: '{"progress":1}' }), 404, 'not-found');
  await say(server, `${id}/cancel`, {}, alice);
  await say(server, `${id}/retry`, {}, alice);
  assert.equal((await get(server, `/${id}`, worker)).task.ownerId, 'alice', 'who may work on it may look at it');
  assert.equal((await get(server, `/${id}?user=alice`, admin)).task.attempt, 2);
  assert.equal((await get(server, `/${id}`, admin)).task.ownerId, 'alice');
});

test('WhoMakesTasksAndWorksOnThemNeedsTheGrantForTheirOwner', async (scope) => {
  const { server, alice, worker, anyWorker } = await withOwners(scope);
  const post = (/** @type {object} */ body, /** @type {Record<string, string>} */ headers) => postJson(server, '/api/task-feed', body, { headers });
  assertProblem(await post({ productName: 'x', owner: 'alice' }, {}), 401, 'unauthorized');
  assertProblem(await post({ productName: 'x' }, alice), 403, 'forbidden');
  assertProblem(await post({ productName: 'x', owner: 'bob' }, worker), 403, 'forbidden');
  const { id } = await make(server, { productName: 'for bob', owner: 'bob' }, anyWorker);
  assertProblem(await claim(server, {}, worker), 403, 'forbidden');
  assert.equal((await claim(server, { owner: 'alice' }, worker)).status, 204, 'bob’s is not alice’s');
  assertProblem(await claim(server, { owner: 'bob' }, worker), 403, 'forbidden');
  assert.equal((await claim(server, {}, anyWorker)).json.task.id, id);
});

test('ATaskWithoutAWordOfItsWorkerStallsAlsoOverAKillAndIsTriedAgain', async (scope) => {
  const server = await scope.server({ args: ['--task-feed-stalled-after', '700ms'] });
  const page = await follow(scope, server);
  const { id } = await make(server, { productName: 'Chair' });
  const { attempt } = (await claim(server)).json;
  await say(server, `${id}/progress`, { attempt, progress: 40, currentStage: 'parse' });
  await page.untilRev(3);
  const { lastId } = page.stream;
  await server.killAndRestart();
  const again = await follow(scope, server, { lastId: String(lastId) });
  again.reducer.take('snapshot', { rev: page.reducer.rev, totals: page.reducer.totals, activeTasks: page.reducer.list(false), completedTasks: [] });
  await again.until((now) => now.tasks.get(id).status === 'stalled', 'it is stalled');
  assert.equal(again.reducer.tasks.get(id).progress, 40);
  assert.equal((await say(server, `${id}/heartbeat`, { attempt })).task.status, 'processing');
  await again.until((now) => now.tasks.get(id).status === 'processing', 'it is back');
  await again.until((now) => now.tasks.get(id).status === 'stalled', 'it is stalled again');
  await say(server, `${id}/retry`);
  assertProblem(await request(server, 'PATCH', `/api/task-feed/${id}/progress`, { body: JSON.stringify({ attempt, progress: 90 }) }), 409, 'stale-attempt');
  const next = (await claim(server)).json;
  assert.deepEqual([next.task.id, next.attempt, next.task.progress], [id, 2, 0]);
  await say(server, `${id}/complete`, { attempt: 2 });
  await again.until((now) => now.tasks.get(id).status === 'completed', 'it is done');
  await again.reducer.check(server);
  const { task } = await get(server, `/${id}`);
  assert.deepEqual(task.attempts.map((/** @type {any} */ each) => each.outcome), ['lost', 'completed']);
});

test('AWorkerMayWaitForATask', async (scope) => {
  const server = await scope.server();
  assert.equal((await claim(server)).status, 204);
  const waiting = [claim(server, { worker: 'a' }, {}, '?wait=20'), claim(server, { worker: 'b' }, {}, '?wait=20')];
  await eventually(async () => (await metric(server, 'weir_task_claims_waiting')) === 2, 'both wait');
  const first = await make(server, { productName: 'one' });
  const second = await make(server, { productName: 'two' });
  const taken = (await Promise.all(waiting)).map((answer) => answer.json.task.id);
  assert.deepEqual(taken.sort(), [first.id, second.id].sort());
  const late = claim(server, {}, {}, '?wait=20');
  await eventually(async () => (await metric(server, 'weir_task_claims_waiting')) === 1, 'it waits');
  const stopped = server.stop();
  assert.equal((await late).status, 204, 'a server that stops sends it home');
  await stopped;
});

test('AWorkerThatGoesAwayWhileItWaitsTakesNoTaskAlong', async (scope) => {
  const server = await scope.server();
  const waits = async (/** @type {number} */ count) => eventually(async () => (await metric(server, 'weir_task_claims_waiting')) === count, `${count} wait`);
  /** A worker of its own connection, which waits. @param {object} body */
  const waiter = async (body) => {
    const connection = await RawConnection.open(server);
    const text = JSON.stringify(body);
    await connection.send(`POST /api/task-feed/claim?wait=20 HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${text.length}\r\n\r\n${text}`);
    return connection;
  };
  for (const [i, leave] of [(/** @type {RawConnection} */ gone) => gone.finish(), (/** @type {RawConnection} */ gone) => gone.socket.resetAndDestroy()].entries()) {
    // One for anybody's tasks and one for alice's, who came later.
    const gone = await waiter({ worker: 'gone' });
    await waits(1);
    const here = claim(server, { worker: 'here', owner: 'alice' }, {}, '?wait=20');
    await waits(2);
    await leave(gone);
    await waits(1);
    const { id } = await make(server, { productName: `Chair ${i}`, owner: 'alice' });
    const taken = (await here).json;
    assert.deepEqual([taken.task.id, taken.attempt, taken.task.attempts[0].worker], [id, 1, 'here']);
  }
});

test('OneMoreWorkerThanMayWaitIsToldSo', async (scope) => {
  const server = await scope.server({ args: ['--task-feed-claims-waiting-max', '1'] });
  const first = claim(server, {}, {}, '?wait=20');
  await eventually(async () => (await metric(server, 'weir_task_claims_waiting')) === 1, 'it waits');
  const second = await claim(server, {}, {}, '?wait=20');
  assertProblem(second, 429, 'too-many-requests');
  assert.equal(second.headers['retry-after'], '1');
  assert.equal(await metric(server, 'weir_task_claims_refused_total'), 1);
  const { id } = await make(server, { productName: 'Chair' });
  assert.equal((await first).json.task.id, id);
});

test('ProgressIsNeverToldAfterWhatKnowsMore', async (scope) => {
  // As often as it is reported.
  const server = await scope.server({ args: ['--task-feed-progress-per-second', '100'] });
  const page = await follow(scope, server);
  for (let round = 0; round < 40; ++round) {
    const { id } = await make(server, { productName: `Chair ${round}` });
    await say(server, `${id}/progress`, { progress: 10 });
    await Promise.all([say(server, `${id}/progress`, { progress: 40 }).catch(() => {}), say(server, `${id}/progress`, { progress: 60, currentStage: 'price' }), say(server, `${id}/progress`, { progress: 50 })]);
    // One that comes too late is a conflict.
    await Promise.all([say(server, `${id}/progress`, { progress: 70 }).catch(() => {}), say(server, `${id}/complete`)]);
  }
  // Its reducer holds every event against what it has been told before.
  await page.until((now) => now.totals.completed === 40, 'all are done');
  await page.reducer.check(server);
});

test('TheHistoryIsPagedAndFiltered', async (scope) => {
  const server = await scope.server();
  const ids = [];
  for (let i = 0; i < 9; ++i) {
    const { id } = await make(server, { productName: `Product ${i}` });
    ids.unshift(id);
    if (i % 3 === 0) await say(server, `${id}/fail`, { errorMessage: `no ${i}` });
    else await say(server, `${id}/complete`);
  }
  const { id: open } = await make(server, { productName: 'open' });
  assert.equal((await get(server)).completedTasks.length, 5);
  /** @type {string[]} */
  const seen = [];
  for (let before = ''; ;) {
    const page = await get(server, `/history?limit=4${before && `&before=${before}`}`);
    seen.push(...page.tasks.map((/** @type {any} */ each) => each.id));
    if (page.nextBefore === null) break;
    before = page.nextBefore;
  }
  assert.deepEqual(seen, ids);
  const failed = await get(server, '/history?status=failed&fields=errorMessage');
  assert.deepEqual(failed.tasks.map((/** @type {any} */ each) => each.errorMessage), ['no 6', 'no 3', 'no 0']);
  assert.deepEqual(Object.keys(failed.tasks[0]).sort(), ['attempt', 'errorMessage', 'id', 'rev', 'status']);
  assert.deepEqual((await get(server, '/history?status=pending')).tasks.map((/** @type {any} */ each) => each.id), [open]);
  for (const query of ['status=done', 'status=pending,failed', 'before=x', 'before=5', 'limit=0', 'limit=101', 'fields=a..b']) {
    const answer = await request(server, 'GET', `/api/task-feed/history?${query}`, { headers: { Accept: 'application/json' } });
    assert.equal(answer.status, 400, query);
  }
});

test('FieldsNarrowTheSnapshotAndWhatFollows', async (scope) => {
  const server = await scope.server();
  const before = await make(server, { productName: 'Before', product: { id: 'x', name: 'y' } });
  const page = await follow(scope, server, { query: '?fields=progress,product.name' });
  await page.stream.until(() => page.stream.events.length >= 1, 'the snapshot');
  const snapshot = JSON.parse(page.stream.events[0].data ?? '');
  assert.deepEqual(snapshot.activeTasks, [{ id: before.id, status: 'pending', progress: 0, product: { name: 'y' }, rev: 1, attempt: 1 }]);
  assert.deepEqual(Object.keys(snapshot), ['ownerId', 'rev', 'activeTasks', 'completedTasks', 'totals', 'cursor']);
  await claim(server);
  await say(server, `${before.id}/progress`, { progress: 10 });
  await page.stream.until(() => page.stream.events.length >= 3, 'what follows');
  const [, updated, progress] = page.stream.events.map((each) => JSON.parse(each.data ?? ''));
  assert.deepEqual(Object.keys(updated), ['task', 'rev', 'totals']);
  assert.deepEqual(updated.task, { id: before.id, status: 'processing', progress: 0, product: { name: 'y' }, rev: 2, attempt: 1 });
  assert.deepEqual(progress, { id: before.id, progress: 10, attempt: 1 });
});

test('ARequestToMakeATaskMayBeRepeated', async (scope) => {
  const server = await scope.server();
  const headers = { 'Idempotency-Key': 'one' };
  const first = await postJson(server, '/api/task-feed', { productName: 'Chair' }, { headers });
  assert.equal(first.status, 201);
  await server.killAndRestart();
  const again = await postJson(server, '/api/task-feed', { productName: 'Chair' }, { headers });
  assert.deepEqual([again.status, again.json], [201, first.json]);
  assertProblem(await postJson(server, '/api/task-feed', { productName: 'Table' }, { headers }), 422, 'idempotency-conflict');
  assert.equal((await postJson(server, '/api/task-feed', { productName: 'Chair', id: 'mine' })).json.task.id, 'mine');
  assert.equal((await postJson(server, '/api/task-feed', { productName: 'Chair', id: 'mine' })).status, 200);
  assertProblem(await postJson(server, '/api/task-feed', { productName: 'Other', id: 'mine' }), 409, 'task-conflict');
  assert.equal((await get(server)).totals.pending, 2);
});

test('WhatAnyNumberOfClientsDoAtOnceOverKillsIsWhatEveryPageHas', async (scope) => {
  const server = await scope.server();
  const owners = ['alice', 'bob'];
  /** @type {Map<string, Reducer>} */
  const reducers = new Map(owners.map((owner) => [owner, new Reducer()]));
  /** @type {Map<string, string | undefined>} */
  const cursors = new Map();
  for (let round = 0; round < 3; ++round) {
    const pages = [];
    for (const owner of owners) {
      const page = await follow(scope, server, { query: `?user=${owner}`, lastId: cursors.get(owner) });
      // What one page saw is what the next goes on with.
      const before = /** @type {Reducer} */ (reducers.get(owner));
      if (round > 0) page.reducer.take('snapshot', { rev: before.rev, totals: before.totals, activeTasks: before.list(false), completedTasks: before.list(true) });
      pages.push({ owner, ...page });
    }
    // Each does what it can; a conflict is an answer, too.
    const clients = Array.from({ length: 6 }, async (_, client) => {
      for (let i = 0; i < 12; ++i) {
        const owner = owners[(client + i) % 2];
        await make(server, { productName: `${client}.${i}`, owner });
        const taken = await claim(server, { owner });
        if (taken.status === 204) continue;
        const { task, attempt } = taken.json;
        const tell = (/** @type {string} */ verb, /** @type {object} */ body) =>
          request(server, verb === 'progress' ? 'PATCH' : 'POST', `/api/task-feed/${task.id}/${verb}`, { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } });
        await tell('progress', { attempt, progress: 10 * (i % 10), currentStage: `s${i % 3}` });
        const verb = ['complete', 'fail', 'cancel', 'retry', 'heartbeat'][(client * 7 + i) % 5];
        // An owner speaks of the task, whichever attempt there is.
        await tell(verb, ['cancel', 'retry'].includes(verb) ? {} : { attempt });
        if (i % 4 === 0) await tell('retry', {});
      }
    });
    await Promise.all(clients);
    for (const page of pages) {
      const query = `?user=${page.owner}`;
      const { rev } = await get(server, query);
      await page.untilRev(rev);
      const snapshot = await get(server, query);
      await page.until((now) => snapshot.activeTasks.every((/** @type {any} */ task) => now.tasks.get(task.id)?.progress === task.progress), 'all progress');
      await page.reducer.check(server, {}, query);
      reducers.set(page.owner, page.reducer);
      cursors.set(page.owner, page.stream.lastId);
    }
    await server.killAndRestart();
    for (const owner of owners) await reducers.get(owner)?.check(server, {}, `?user=${owner}`);
  }
}, { timeout: 120 });

test('BadRequestsAreToldWhatIsWrong', async (scope) => {
  const server = await scope.server();
  const { id } = await make(server, { productName: 'Chair' });
  assertProblem(await postJson(server, '/api/task-feed', { productName: '' }), 400, 'bad-request');
  assertProblem(await postJson(server, '/api/task-feed', { productName: 'x', colour: 'red' }), 400, 'bad-request');
  assertProblem(await request(server, 'POST', '/api/task-feed', { body: '{' }), 400, 'bad-json');
  assertProblem(await request(server, 'PATCH', `/api/task-feed/${id}/progress`, { body: '{"progress":101}' }), 400, 'bad-request');
  assertProblem(await postJson(server, '/api/task-feed/nobody/complete', {}), 404, 'not-found');
  assertProblem(await postJson(server, `/api/task-feed/${id}/explode`, {}), 404, 'not-found');
  assertProblem(await postJson(server, `/api/task-feed/${id}/heartbeat`, {}), 409, 'task-conflict');
  assertProblem(await request(server, 'GET', '/api/task-feed/nobody'), 404, 'not-found');
  assertProblem(await request(server, 'DELETE', `/api/task-feed/${id}`), 405, 'method-not-allowed');
  assertProblem(await claim(server, {}, {}, '?wait=61'), 400, 'bad-request');
  assertProblem(await postJson(server, `/api/task-feed/${id}/cancel`, { attempt: 1 }), 400, 'bad-request');
  assertProblem(await postJson(server, `/api/task-feed/${id}/complete`, { errorMessage: 'no' }), 400, 'bad-request');
});

test('TheFeedIsOffWhereTheSettingsSaySo', async (scope) => {
  const server = await scope.server({ args: ['--no-task-feed'] });
  assertProblem(await request(server, 'GET', '/api/task-feed'), 404, 'not-found');
});
