// @ts-check
// Who may do what to workflows: every route by everybody, and what users keep from each other.
import assert from 'node:assert/strict';

import { assertProblem, request } from '../support/client.mjs';
import { test } from '../support/test.mjs';
import { bearer, locked } from '../support/tokens.mjs';
import { api, reaches } from '../support/workflows.mjs';

const asking = (/** @type {string} */ id, /** @type {object} */ more = {}) => ({ id, input: { type: 'object' }, nodes: [{ id: 'ask', type: 'approval', with: { title: 'Go on?', ...more } }] });

/** @param {any} scope @param {object[]} definitions */
async function office(scope, ...definitions) {
  const { server, admin, token } = await locked(scope);
  for (const each of definitions) {
    const { status, text } = await api(server, 'PUT', `/definitions/${/** @type {any} */ (each).id}`, each, admin);
    assert.equal(status, 201, text);
  }
  // Everybody may follow what is their own.
  const who = (/** @type {string} */ sub, /** @type {object} */ grants) => bearer(token({ publish: [], subscribe: [`users/${sub}`], ...grants }, { sub }));
  /** Begins one, which then waits. @param {string} workflowId @param {Record<string, string>} [as] */
  const begin = async (workflowId, as = admin) => {
    const { status, json, text } = await api(server, 'POST', '/execute', { workflowId }, as);
    assert.equal(status, 202, text);
    await reaches(server, json.executionId, 'waiting', admin);
    return json.executionId;
  };
  return { server, admin, who, begin };
}

test('EveryRouteAsksWhoItIs', async (scope) => {
  const { server, admin, who, begin } = await office(scope, asking('deploy'), asking('other'));
  const id = await begin('deploy');
  const people = {
    nobody: /** @type {Record<string, string>} */ ({}),
    member: who('member', {}),
    follower: who('follower', { subscribe: ['workflow/executions/**'] }),
    starter: who('starter', { publish: ['workflow/execute/deploy'] }),
    stranger: who('stranger', { publish: ['workflow/execute/other'], subscribe: ['workflow/executions/none'] }),
    admin,
  };
  const everybody = ['member', 'follower', 'starter', 'stranger', 'admin'];
  // What is asked, by whom it may be, and the status for those. Commands with a mistake in them show who would have been let through.
  /** @type {[string, string, unknown, string[], number][]} */
  const routes = [
    ['GET', '/executions', undefined, ['follower', 'admin'], 200],
    ['GET', '/executions/changes', undefined, ['follower', 'admin'], 200],
    ['GET', '/executions/stream', undefined, ['follower', 'admin'], 200],
    ['GET', '/approvals', undefined, ['follower', 'admin'], 200],
    ['GET', `/executions/${id}`, undefined, ['follower', 'admin'], 200],
    ['GET', `/executions/${id}/stream`, undefined, ['follower', 'admin'], 200],
    ['GET', `/executions/${id}/changes`, undefined, ['follower', 'admin'], 200],
    ['GET', `/executions/${id}/events`, undefined, ['follower', 'admin'], 200],
    ['GET', `/executions/${id}/nodes/ask`, undefined, ['follower', 'admin'], 200],
    ['GET', `/executions/${id}/nodes/ask/logs`, undefined, ['follower', 'admin'], 200],
    ['POST', '/execute', { workflowId: 'deploy', input: 1 }, ['starter', 'admin'], 422],
    ['POST', `/executions/${id}/rerun`, {}, ['starter', 'admin'], 409],
    ['POST', `/executions/${id}/nodes/no/approve`, { decision: 'approve' }, ['starter', 'admin'], 409],
    ['GET', '/definitions', undefined, everybody, 200],
    ['GET', '/definitions/deploy', undefined, everybody, 200],
    ['GET', '/definitions/deploy/versions', undefined, everybody, 200],
    ['GET', '/definitions/deploy/versions/1', undefined, everybody, 200],
    ['GET', '/definitions/deploy/export', undefined, everybody, 200],
    ['POST', '/definitions/validate', {}, everybody, 200],
    ['GET', '/schema', undefined, everybody, 200],
    ['GET', '/node-kinds', undefined, everybody, 200],
    ['GET', '/examples', undefined, everybody, 200],
    ['PUT', '/definitions/deploy', {}, ['admin'], 422],
    ['DELETE', '/definitions/none', undefined, ['admin'], 404],
    ['POST', '/definitions/deploy/hooks/none/token', undefined, ['admin'], 404],
    ['GET', '/schedules', undefined, ['admin'], 200],
    ['GET', '/schedules/deploy/0', undefined, ['admin'], 404],
    ['PUT', '/schedules/deploy/0', { enabled: true }, ['admin'], 404],
    ['GET', '/secrets', undefined, ['admin'], 200],
    ['PUT', '/secrets/A', { value: 1 }, ['admin'], 400],
    ['DELETE', '/secrets/A', undefined, ['admin'], 404],
    // Last, because it does something: the second who may finds nothing to cancel.
    ['POST', `/executions/${id}/cancel`, {}, ['starter', 'admin'], 200],
  ];
  for (const [method, path, body, may, status] of routes) {
    for (const [name, headers] of Object.entries(people)) {
      // A stream is asked for as a poll: it is one address.
      const answer = await api(server, method, path, body, { Accept: 'application/json', ...headers });
      const about = `${name}: ${method} ${path}: ${answer.status} ${answer.text}`;
      if (name === 'nobody') assert.equal(answer.status, 401, about);
      else if (!may.includes(name)) assert.equal(answer.status, 403, about);
      else if (path.endsWith('/cancel')) assert([200, 409].includes(answer.status), about);
      else assert.equal(answer.status, status, about);
      assert(answer.status < 400 || !answer.text.includes('Go on?'), about);
    }
  }
});

test('WhoMayFollowOneExecutionFollowsThatAlone', async (scope) => {
  const { server, who, begin } = await office(scope, asking('deploy'));
  const [own, others] = [await begin('deploy'), await begin('deploy')];
  const user = who('user', { subscribe: [`workflow/executions/${own}`] });
  const stream = await scope.subscribe(server, `/api/workflow/executions/${own}/stream`, { headers: user });
  assert.equal((await stream.take(1))[0].type, 'snapshot');
  for (const path of [`/executions/${others}`, `/executions/${others}/stream`, `/executions/${others}/nodes/ask`, '/executions', '/executions/stream', `/executions/wf_exec_${'0'.repeat(26)}`]) {
    assertProblem(await api(server, 'GET', path, undefined, user), 403, 'forbidden');
  }
  assertProblem(await api(server, 'POST', `/executions/${own}/cancel`, {}, user), 403, 'forbidden');
  // What may not be followed is not to be had as the topic that it is, either.
  for (const topic of [`$weir/workflow/executions/${others}`, `$weir/workflow/executions/${own}`, '$weir/workflow/executions']) {
    const answer = await request(server, 'GET', `/v1/subscribe?topic=${encodeURIComponent(topic)}`, { headers: { ...user, Accept: 'application/json' } });
    assert.equal(answer.status, 403, `${topic}: ${answer.text}`);
  }
});

test('AnApprovalIsForThoseWhoAreAsked', async (scope) => {
  const { server, admin, who, begin } = await office(scope, asking('by-name', { approvers: ['ann'] }), asking('by-selector', { approvers: ['approvals/deploy/eu'] }), asking('by-right'));
  const starter = who('starter', { publish: ['workflow/execute/*'] });
  const decide = (/** @type {string} */ id, /** @type {Record<string, string>} */ as, decision = 'approve') => api(server, 'POST', `/executions/${id}/nodes/ask/approve`, { decision, comment: 'seen' }, as);
  const of = async (/** @type {string} */ id) => (await reaches(server, id, 'completed', admin)).nodeDetails.ask.output;

  const named = await begin('by-name', starter);
  assertProblem(await decide(named, starter), 403, 'forbidden');
  assertProblem(await decide(named, who('Ann', {})), 403, 'forbidden');
  // To be named is enough: she may follow nothing.
  const decided = await decide(named, who('ann', { subscribe: [] }));
  assert.equal(decided.status, 200, decided.text);
  assert.deepEqual(await of(named), { decision: 'approved', comment: 'seen', by: 'ann' });
  assertProblem(await decide(named, admin), 409);

  const selected = await begin('by-selector', starter);
  assertProblem(await decide(selected, who('bob', { publish: ['approvals/deploy/us'] })), 403, 'forbidden');
  assert.equal((await decide(selected, who('bob', { publish: ['approvals/deploy/*'] }))).status, 200);
  assert.equal((await of(selected)).by, 'bob');

  const free = await begin('by-right', starter);
  assertProblem(await decide(free, who('ann', {})), 403, 'forbidden');
  assert.equal((await decide(free, starter, 'reject')).status, 200);
  const rejected = await reaches(server, free, 'failed', admin);
  assert.equal(rejected.nodeDetails.ask.output?.decision ?? 'rejected', 'rejected');

  const asked = await begin('by-name', starter);
  assert.equal((await decide(asked, admin)).status, 200, 'an admin may everything');
  assertProblem(await decide(asked, admin, 'perhaps'), 400, 'bad-request');
});

test('ASecretAndAHookAreNobodysToRead', async (scope) => {
  const { server, admin, who } = await office(scope, { ...asking('hooked'), triggers: [{ type: 'webhook', id: 'in' }] });
  assert.equal((await api(server, 'PUT', '/secrets/KEY', { value: 'not to be told' }, admin)).status, 204);
  const { text, json } = await api(server, 'GET', '/secrets', undefined, admin);
  assert.deepEqual(json.secrets.map((/** @type {any} */ each) => each.name), ['KEY']);
  assert(!text.includes('not to be told'));
  assertProblem(await api(server, 'GET', '/secrets', undefined, who('all', { publish: ['**'], subscribe: ['**'] })), 403, 'forbidden');
  assert.equal((await api(server, 'DELETE', '/secrets/KEY', undefined, admin)).status, 204);
});
