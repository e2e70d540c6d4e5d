// @ts-check
// What begins executions of workflows besides people: schedules, events, webhooks; and that a deleted workflow is begun by none.
import assert from 'node:assert/strict';

import { assertProblem, publishJson, request } from '../support/client.mjs';
import { eventually } from '../support/deadline.mjs';
import { test } from '../support/test.mjs';
import { bearer, locked } from '../support/tokens.mjs';
import { WallClock } from '../support/wall_clock.mjs';
import { api, define, execute, execution, figure, reaches } from '../support/workflows.mjs';

const minute = 60_000;
const nothing = [{ id: 'a', type: 'delay', with: { duration: '0s' } }];

/** Executions of a workflow, the oldest first, as soon as there are so many. @param {any} server @param {string} workflowId @param {number} count */
function begun(server, workflowId, count) {
  return eventually(async () => {
    const { executions } = (await api(server, 'GET', `/executions?workflowId=${workflowId}`)).json;
    assert(executions.length <= count, `${executions.length} executions`);
    return executions.length === count && executions.reverse();
  }, `${count} executions of ${workflowId}`);
}

test('AScheduleBeginsAnExecutionWhenTheCalendarSaysSo', async (scope) => {
  const clock = new WallClock(scope);
  const server = await scope.server({ env: clock.env });
  const list = await scope.subscribe(server, '/api/workflow/executions/stream');
  await define(server, { id: 'tick', triggers: [{ type: 'cron', schedule: '*/5 * * * *', timezone: 'Asia/Kolkata', input: { at: '${{ trigger.time }}' } }], nodes: nothing });
  const next = async () => Date.parse((await api(server, 'GET', '/schedules')).json.schedules[0].nextTime);
  const first = await next();
  assert(first > clock.now() && first <= clock.now() + 5 * minute && first % (5 * minute) === 0, new Date(first).toISOString());
  clock.set(first);
  // Being asked, it looks at the clock.
  assert((await next()) >= first);
  const started = await list.until(() => list.events.map((each) => JSON.parse(each.data ?? '')).find((each) => each.type === 'workflow.started'), 'it begins');
  const found = await reaches(server, started.executionId, 'completed');
  assert.deepEqual(found.input, { at: new Date(first).toISOString() });
  assert.deepEqual(found.trigger, { type: 'cron', schedule: '*/5 * * * *', timezone: 'Asia/Kolkata', time: new Date(first).toISOString() });
  await eventually(async () => (await figure(server, 'weir_workflow_triggered_total')) === 1, 'it is counted');

  // What passes while it is off is not made up for.
  assert.equal((await api(server, 'PUT', '/schedules/tick/0', { enabled: false })).json.nextTime, null);
  clock.set(first + 12 * minute);
  assert.equal((await api(server, 'GET', '/schedules/tick/0')).json.enabled, false);
  await api(server, 'PUT', '/schedules/tick/0', { enabled: true });
  const second = await next();
  assert.equal(second, first + 15 * minute);
  clock.set(second);
  await next();
  const [, last] = await begun(server, 'tick', 2);
  assert.equal((await execution(server, last.executionId)).trigger.time, new Date(second).toISOString());
});

test('AnEventBeginsAnExecutionWithWhatItSays', async (scope) => {
  const server = await scope.server();
  await define(server, {
    id: 'on-order',
    triggers: [{ type: 'event', topic: 'orders/**', filter: 'data.total >= 10', input: { order: '${{ trigger.data }}', topic: '${{ trigger.topic }}', key: '${{ trigger.key }}' } }],
    input: { type: 'object', properties: { order: { type: 'object', properties: { total: { type: 'integer' } } }, topic: { type: 'string' }, key: { type: 'string' } } },
    nodes: nothing,
  });
  // What does not fit is nobody's; what cannot be an input is counted, and the next one is heard nevertheless.
  await publishJson(server, [
    { topic: 'orders/1/new', data: { total: 9 } },
    { topic: 'others/1', data: { total: 90 } },
    { topic: 'orders/2/new', data: { total: 10.5 } },
    { topic: 'orders/3/new', data: { total: 11 }, event: 'order', key: 'k' },
  ]);
  const [{ executionId }] = await begun(server, 'on-order', 1);
  const found = await reaches(server, executionId, 'completed');
  assert.deepEqual(found.input, { order: { total: 11 }, topic: 'orders/3/new', key: 'k' });
  assert.equal(found.trigger.event, 'order');
  assert.match(found.trigger.cursor, /^[0-9a-f]{16}-\d+$/);
  assert.equal(await figure(server, 'weir_workflow_trigger_failures_total'), 1);
  assert.match(server.log, /workflow\.trigger_failed.*workflow=on-order/);
});

test('ANewVersionFollowsItsOwnTopicFromThenOn', async (scope) => {
  const server = await scope.server();
  const following = (/** @type {string} */ topic) => ({ id: 'w', triggers: [{ type: 'event', topic, input: { n: '${{ trigger.data }}' } }], nodes: nothing, output: '${{ input.n }}' });
  await define(server, following('a'));
  await publishJson(server, { topic: 'b', data: 1 });
  await publishJson(server, { topic: 'a', data: 2 });
  await begun(server, 'w', 1);
  await define(server, following('b'));
  await publishJson(server, { topic: 'a', data: 3 });
  await publishJson(server, { topic: 'b', data: 4 });
  const inputs = await Promise.all((await begun(server, 'w', 2)).map(async (/** @type {any} */ { executionId }) => (await reaches(server, executionId, 'completed')).output));
  assert.deepEqual(inputs, [2, 4]);
});

test('AWebhookIsOpenToWhoHasItsTokenAndKeepsTheirsOut', async (scope) => {
  const { server, admin } = await locked(scope);
  const definition = {
    id: 'deploy',
    triggers: [{ type: 'webhook', id: 'push', input: { ref: '${{ trigger.body.ref }}', by: '${{ trigger.headers["x-by"] }}', dry: '${{ trigger.query.dry }}' } }],
    input: { type: 'object', properties: { ref: { type: 'string' } }, required: ['ref'] },
    nodes: nothing,
  };
  const put = await api(server, 'PUT', '/definitions/deploy', definition, admin);
  assert.equal(put.status, 201, put.text);
  const [{ url }] = put.json.hooks;
  const post = (/** @type {string} */ body, /** @type {Record<string, string>} */ headers = {}) => request(server, 'POST', `${url}?dry=yes`, { headers: { 'Content-Type': 'application/json', ...headers }, body });
  const started = await post('{"ref":"main"}', { 'X-By': 'me', Authorization: 'Bearer theirs', Cookie: 'theirs', 'Idempotency-Key': 'delivery-1' });
  assert.equal(started.status, 202, started.text);
  const again = await post('{"ref":"main"}', { 'Idempotency-Key': 'delivery-1' });
  assert.equal(again.json.executionId, started.json.executionId, 'a delivery that is repeated begins nothing');
  assertProblem(await post('{"ref":1}'), 422, 'bad-input');
  const found = (await api(server, 'GET', `/executions/${started.json.executionId}`, undefined, admin)).json;
  assert.deepEqual(found.input, { ref: 'main', by: 'me', dry: 'yes' });
  assert(!JSON.stringify(found.trigger).includes('theirs'), 'what a caller shows of itself is not stored');
  assert(!(await api(server, 'GET', '/definitions/deploy', undefined, admin)).text.includes(url.split('/').at(-1)), 'the token is shown once');
  assertProblem(await request(server, 'POST', '/api/workflow/hooks/wfh_guess', { body: '{}' }), 404, 'not-found');
  // Asking for a new one is an admin's.
  assertProblem(await api(server, 'POST', '/definitions/deploy/hooks/push/token', undefined, bearer('none')), 401);
});

test('ADeletedWorkflowIsGoneAndItsExecutionsAreNot', async (scope) => {
  const server = await scope.server();
  const definition = {
    id: 'w',
    triggers: [{ type: 'cron', schedule: '0 3 * * *' }, { type: 'webhook', id: 'hook' }, { type: 'event', topic: 'go' }],
    nodes: [{ id: 'ask', name: 'Ask first', type: 'approval', with: { title: 'Go on?' } }, { id: 'after', type: 'delay', with: { duration: '0s' } }],
    edges: [{ from: 'ask', to: 'after' }],
  };
  const { hooks } = await define(server, definition);
  const { executionId } = await execute(server, 'w');
  await reaches(server, executionId, 'waiting');
  assert.equal((await api(server, 'DELETE', '/definitions/w')).status, 204);
  assertProblem(await api(server, 'DELETE', '/definitions/w'), 404, 'not-found');
  await server.killAndRestart();
  assertProblem(await api(server, 'GET', '/definitions/w'), 404, 'not-found');
  assertProblem(await api(server, 'POST', '/execute', { workflowId: 'w' }), 404, 'not-found');
  assertProblem(await request(server, 'POST', hooks[0].url, { body: '{}' }), 404, 'not-found');
  assert.deepEqual((await api(server, 'GET', '/definitions')).json.definitions, []);
  assert.deepEqual((await api(server, 'GET', '/schedules')).json.schedules, []);
  await publishJson(server, { topic: 'go', data: 1 });

  // What was begun goes on with its version, which can still be looked at.
  const approved = await api(server, 'POST', `/executions/${executionId}/nodes/ask/approve`, { decision: 'approve' });
  assert.equal(approved.status, 200, approved.text);
  const found = await reaches(server, executionId, 'completed');
  assert.equal(found.nodeDetails.ask.name, 'Ask first');
  assert.deepEqual(found.nodeDetails.ask.nextNodeIds, ['after']);
  assert.equal((await api(server, 'GET', '/definitions/w/versions/1')).json.definition.id, 'w');
  const rerun = await api(server, 'POST', `/executions/${executionId}/rerun`, { fromNode: 'after' });
  assert.equal(rerun.status, 202, rerun.text);
  assertProblem(await api(server, 'POST', `/executions/${executionId}/rerun`), 404, 'not-found');
  await reaches(server, rerun.json.executionId, 'completed');

  const anew = await define(server, definition);
  assert.equal(anew.version, 2, 'the old version is what it was');
  assert.notEqual(anew.hooks[0].token, hooks[0].token);
  assert.equal((await api(server, 'GET', '/executions')).json.stats.total, 2, 'the event began nothing');
});
