// @ts-check
// Tokens on polls and long polls: refused before anything waits, and held to while it does.
import assert from 'node:assert/strict';

import { assertProblem, postJson, publish, request } from '../support/client.mjs';
import { eventually } from '../support/deadline.mjs';
import { ask, datas, poll } from '../support/poll.mjs';
import { bearer, inSeconds, locked } from '../support/tokens.mjs';
import { test } from '../support/test.mjs';

/** @typedef {import('../support/server.mjs').Server} Server */

const wait = 30;  // Seconds: no test here may last as long.

/** The server's own figures. @param {Server} server @param {Record<string, string>} admin */
const stats = async (server, admin) => (await request(server, 'GET', '/v1/stats', { headers: admin })).json;

/** Until so many long polls wait. @param {Server} server @param {Record<string, string>} admin @param {number} count */
const waiting = (server, admin, count) => eventually(async () => (await stats(server, admin)).polls_waiting === count, `${count} wait`);

test('ALongPollIsRefusedBeforeItWaits', async (scope) => {
  const { server, token, admin } = await locked(scope);
  const reader = bearer(token({ subscribe: ['news', 'users/17/**'] }));
  for (const target of [`/v1/topics/news?wait=${wait}`, `/v1/subscribe?topic=news&wait=${wait}`, `/events?wait=${wait}`, '/v1/topics/news']) {
    assertProblem(await ask(server, target), 401, 'unauthorized');
    assertProblem(await ask(server, target, { headers: bearer('broken') }), 401, 'invalid-token');
    assertProblem(await ask(server, target, { headers: bearer(token({ subscribe: ['**'] }, { exp: inSeconds(-1) })) }), 401, 'invalid-token');
    assertProblem(await ask(server, target, { headers: bearer(token({ publish: ['**'] })) }), 403, 'forbidden');
  }
  for (const target of ['/v1/topics/weather?', '/v1/subscribe?topic=news&topic=weather&', '/v1/subscribe?match=users/**&', '/events?']) {
    assertProblem(await ask(server, `${target}wait=${wait}`, { headers: reader }), 403, 'forbidden');
  }
  assert.equal((await stats(server, admin)).polls_waiting, 0);
  assert.deepEqual((await poll(server, '/v1/subscribe?topic=news&match=users/17/*', { headers: reader })).events, []);
});

test('ALongPollEndsWithItsTokenAndIsGivenNothingThatCameLater', async (scope) => {
  const { server, token, admin } = await locked(scope);
  const exp = inSeconds(2);
  const headers = bearer(token({ subscribe: ['t'] }, { exp }));
  const { cursor } = await publish(server, 't', 'had', { headers: admin });
  const target = `/v1/topics/t?after=${cursor}&wait=${wait}`;
  const asked = [ask(server, target, { headers }), ask(server, target, { headers: { ...headers, 'If-None-Match': `"${cursor}"` } })];
  for (const answer of await Promise.all(asked)) {
    assertProblem(answer, 401, 'invalid-token');
    assert.match(answer.headers['www-authenticate'] ?? '', /^Bearer error="invalid_token"/);
  }
  assert(Date.now() >= exp * 1000 - 100, 'not before its time');
  assert.equal((await stats(server, admin)).polls_waiting, 0);
  await publish(server, 't', 'later', { headers: admin });
  assertProblem(await ask(server, target, { headers }), 401, 'invalid-token');
  const again = await poll(server, target, { headers: bearer(token({ subscribe: ['t'] })) });
  assert.deepEqual(datas(again), ['later'], 'another token goes on from the same cursor');
});

test('ALongPollThatEndsBeforeItsTokenIsAnsweredAsEver', async (scope) => {
  const { server, token, admin } = await locked(scope, ['--auth-expiring', '60s']);
  const headers = bearer(token({ subscribe: ['t'] }, { exp: inSeconds(50) }));
  const { cursor, events } = await poll(server, '/v1/topics/t?wait=1', { headers });
  assert.deepEqual(events, []);
  const asked = poll(server, `/v1/topics/t?after=${cursor}&wait=${wait}`, { headers });
  await waiting(server, admin, 1);
  await publish(server, 't', 'news', { headers: admin });
  assert.deepEqual(datas(await asked), ['news']);
});

test('ALongPollOfARevokedTokenIsAnsweredAtOnce', async (scope) => {
  const { server, token, admin } = await locked(scope, ['--shards', '2']);
  const of = (/** @type {string} */ sub) => bearer(token({ subscribe: ['t'] }, { sub }));
  const [bob, bobToo, eve] = ['bob', 'bob', 'eve'].map((sub) => ask(server, `/v1/topics/t?wait=${wait}`, { headers: of(sub) }));
  await waiting(server, admin, 3);
  assert.equal((await postJson(server, '/v1/revocations', { sub: 'bob' }, { headers: admin })).status, 200);
  for (const answer of [await bob, await bobToo]) assertProblem(answer, 401, 'invalid-token');
  await waiting(server, admin, 1);
  await publish(server, 't', 'x', { headers: admin });
  assert.deepEqual(datas((await eve).json), ['x']);
  assertProblem(await ask(server, '/v1/topics/t', { headers: of('bob') }), 401, 'invalid-token');
});

test('ATokensMaskHidesFieldsFromPollsAndFromTheirFilters', async (scope) => {
  const { server, token, admin } = await locked(scope);
  const headers = bearer(token({ subscribe: ['t'], fields: ['id', 'order.total'] }));
  for (const filter of ["data.secret == 'x'", 'data.order.other == 1']) {
    assertProblem(await ask(server, `/v1/topics/t?wait=${wait}&filter=${encodeURIComponent(filter)}`, { headers }), 403, 'forbidden');
  }
  const asked = poll(server, `/v1/topics/t?wait=${wait}&filter=${encodeURIComponent('data.order.total > 1')}`, { headers });
  await waiting(server, admin, 1);
  await publish(server, 't', '{"id":1,"secret":"x","order":{"total":2,"other":3}}', { headers: admin });
  assert.deepEqual(datas(await asked), ['{"id":1,"order":{"total":2}}']);
  await publish(server, 't', 'plain text is hidden whole', { headers: admin });
  assert.deepEqual(datas(await poll(server, '/v1/topics/t?after=earliest', { headers })), ['{"id":1,"order":{"total":2}}', '{}']);
  assert.deepEqual(datas(await poll(server, '/v1/topics/t?after=earliest&fields=id,secret', { headers })), ['{"id":1}', '{}']);
});

test('PrivateEventsAreInThePollsOfThoseWhoseTokenNamesATopicOfThem', async (scope) => {
  const { server, token, admin } = await locked(scope, ['--anonymous-subscribe', 'users/**']);
  const member = bearer(token({ subscribe: ['users/17/*'] }));
  const hidden = { ...admin, 'Weir-Private': 'true' };
  const { cursor } = await poll(server, '/v1/subscribe?match=users/**');
  const target = `/v1/subscribe?match=users/**&after=${cursor}`;
  const [theirs, anonymous] = [poll(server, `${target}&wait=${wait}`, { headers: member }), poll(server, `${target}&wait=${wait}`)];
  await waiting(server, admin, 2);
  await publish(server, 'users/18/inbox', 'secret 18', { headers: hidden });
  await publish(server, 'users/17/inbox', 'secret 17', { headers: hidden });
  assert.deepEqual(datas(await theirs), ['secret 17']);
  await publish(server, 'users/17/inbox', 'for all', { headers: admin });
  assert.deepEqual(datas(await anonymous), ['for all'], 'what is private wakes nobody whom it is not for');
  assert.deepEqual(datas(await poll(server, target, { headers: member })), ['secret 17', 'for all']);
  assert.deepEqual(datas(await poll(server, target)), ['for all']);
  assert.deepEqual(datas(await poll(server, target, { headers: admin })), ['secret 18', 'secret 17', 'for all']);
});

test('APollsTokenStandsInTheQueryOnlyWhereTheOperatorAllowsIt', async (scope) => {
  const closed = await locked(scope);
  assertProblem(await ask(closed.server, `/v1/topics/t?wait=${wait}&access_token=${closed.token({ subscribe: ['t'] })}`), 401, 'unauthorized');
  const { server, token } = await locked(scope, ['--token-in-query']);
  await poll(server, `/v1/topics/t?access_token=${token({ subscribe: ['t'] })}`);
  assertProblem(await ask(server, `/v1/topics/u?wait=${wait}&access_token=${token({ subscribe: ['t'] })}`), 403, 'forbidden');
});

test('AForeignPageCannotPollWithItsVisitorsCookie', async (scope) => {
  const { server, token } = await locked(scope, ['--token-cookie', 'session', '--cors-origin', 'https://app.example']);
  const Cookie = `session=${token({ subscribe: ['t'] })}`;
  for (const Origin of ['https://evil.example', 'null', `http://${server.host}:1`]) {
    assertProblem(await ask(server, `/v1/topics/t?wait=${wait}`, { headers: { Cookie, Origin } }), 403, 'foreign-origin');
  }
  for (const Origin of ['https://app.example', server.url]) await poll(server, '/v1/topics/t', { headers: { Cookie, Origin } });
});
