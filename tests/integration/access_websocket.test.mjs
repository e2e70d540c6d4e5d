// @ts-check
// Tokens on WebSockets: what is asked for over the connection's life, and the token's end.
import assert from 'node:assert/strict';

import { assertProblem, postJson, publish, publishJson, request } from '../support/client.mjs';
import { eventually, seconds } from '../support/deadline.mjs';
import { bearer, inSeconds, locked } from '../support/tokens.mjs';
import { test } from '../support/test.mjs';
import { WebSocketClient } from '../support/ws.mjs';

/** @typedef {import('../support/test.mjs').Scope} Scope */
/** @typedef {import('../support/server.mjs').Server} Server */

const unauthorized = 4002;

/** @param {Scope} scope @param {Server} server @param {string} target @param {Parameters<typeof WebSocketClient.open>[2]} [options] */
async function connect(scope, server, target, options) {
  const client = scope.closing(await WebSocketClient.open(server, target, options));
  const clientId = (await client.control('system')).data.client_id;
  return { client, clientId };
}

/** The status that a handshake is refused with. @param {Server} server @param {string} target @param {Parameters<typeof WebSocketClient.open>[2]} [options] */
async function refused(server, target, options) {
  try {
    (await WebSocketClient.open(server, target, options)).close();
  } catch (error) {
    return Number(/status (\d+)/.exec(`${error}`)?.[1] ?? NaN);
  }
  return 101;
}

/** @param {{data?: string}[]} events */
const datas = (events) => events.map((each) => each.data);

/** Asks for what must be refused. @param {WebSocketClient} client @param {import('../support/ws.mjs').Message} message @param {string} [code] */
async function assertRefused(client, message, code = 'forbidden') {
  const answer = await client.ask(message);
  assert.equal(answer.type, 'error', JSON.stringify(message));
  assert.equal(answer.error.code, code, JSON.stringify(answer));
}

test('AWebSocketIsRefusedAtTheHandshakeToWhoMayNotFollowItsAddress', async (scope) => {
  const { server, token } = await locked(scope);
  const reader = bearer(token({ subscribe: ['news', 'users/17/**'] }));
  for (const target of ['/v1/topics/news', '/v1/subscribe?topic=news', '/events', '/v1/ws']) {
    assert.equal(await refused(server, target), 401, target);
    assert.equal(await refused(server, target, { headers: bearer('broken') }), 401, target);
    assert.equal(await refused(server, target, { headers: bearer(token({ subscribe: ['**'] }, { exp: inSeconds(-1) })) }), 401, target);
  }
  for (const target of ['/v1/topics/weather', '/v1/subscribe?topic=news&topic=weather', '/v1/subscribe?match=users/**', '/events']) {
    assert.equal(await refused(server, target, { headers: reader }), 403, target);
  }
  for (const target of ['/v1/topics/news', '/v1/subscribe?topic=news&match=users/17/*', '/v1/ws']) {
    await connect(scope, server, target, { headers: reader });
  }
});

test('WhatAWebSocketAsksForLaterIsHeldToItsTokensGrants', async (scope) => {
  const { server, token, admin } = await locked(scope);
  const { client } = await connect(scope, server, '/v1/ws', { headers: bearer(token({ subscribe: ['news', 'users/17/**'], publish: ['chat/*', 'news'] })) });
  await client.command({ type: 'subscribe', topics: ['news'] });
  await client.command({ type: 'subscribe', topics: ['news'], match: ['users/17/*'] });
  for (const wish of [{ topics: ['weather'] }, { topics: ['news', 'weather'] }, { topics: ['users/17'] }, { match: ['**'] }, { match: ['users/**'] }, { match: ['users/*/inbox'] }, { topics: ['news'], match: ['users/18/*'] }]) {
    await assertRefused(client, { type: 'subscribe', ...wish });
  }
  await client.command({ type: 'publish', event: { topic: 'chat/1', data: 'granted' } });
  for (const event of [{ topic: 'weather' }, { topic: 'chat' }, { topic: 'chat/1/2' }, { topics: ['chat/1', 'weather'] }]) {
    await assertRefused(client, { type: 'publish', event: { ...event, data: 'not granted' } });
  }
  const listed = (await request(server, 'GET', '/v1/topics', { headers: admin })).json.topics;
  assert.deepEqual(listed.map((/** @type {{topic: string}} */ each) => each.topic), ['chat/1'], 'nothing else was published');
  await publish(server, 'users/18/inbox', 'not theirs', { headers: admin });
  await publish(server, 'news', 'for all', { headers: admin });
  assert.deepEqual(datas(await client.take(2)), ['for all', 'for all'], 'once for each subscription');
  assert(!client.closed, 'a refusal ends nothing');
});

test('AWebSocketWithoutATokenHasWhatAnonymousHave', async (scope) => {
  const { server, admin } = await locked(scope, ['--anonymous-subscribe', 'public/**', '--anonymous-publish', 'inbox']);
  assert.equal(await refused(server, '/v1/topics/news'), 401);
  assert.equal(await refused(server, '/v1/topics/public/1', { headers: bearer('broken') }), 401, 'a bad token is never taken for none');
  const { client } = await connect(scope, server, '/v1/topics/public/1');
  await client.command({ type: 'subscribe', match: ['public/**'] });
  await client.command({ type: 'publish', event: { topic: 'inbox', data: 'x' } });
  await assertRefused(client, { type: 'subscribe', topics: ['inbox'] }, 'unauthorized');
  await assertRefused(client, { type: 'publish', event: { topic: 'public/1', data: 'x' } }, 'unauthorized');
  await publish(server, 'public/1', 'x', { headers: admin });
  await client.take(2);
});

test('ATokensMaskHidesFieldsFromEverySubscriptionOfAWebSocketAndFromItsFilters', async (scope) => {
  const { server, token, admin } = await locked(scope);
  const headers = bearer(token({ subscribe: ['t'], fields: ['id', 'order.total'] }));
  const { client } = await connect(scope, server, '/v1/topics/t', { headers });
  const all = await client.command({ type: 'subscribe', topics: ['t'] });
  const narrower = await client.command({ type: 'subscribe', topics: ['t'], fields: 'id,secret' });
  const filtered = await client.command({ type: 'subscribe', topics: ['t'], filter: 'data.order.total > 1' });
  await assertRefused(client, { type: 'subscribe', topics: ['t'], filter: "data.secret == 'x'" });
  await assertRefused(client, { type: 'subscribe', topics: ['t'], filter: 'data.order.other == 1' });
  assert.equal(await refused(server, `/v1/topics/t?filter=${encodeURIComponent("data.secret == 'x'")}`, { headers }), 403);
  await publish(server, 't', '{"id":1,"secret":"x","order":{"total":2,"other":3}}', { headers: admin });
  const events = await client.take(4);
  const data = (/** @type {number | undefined} */ sub) => events.find((each) => each.sub === sub)?.data;
  assert.equal(data(undefined), '{"id":1,"order":{"total":2}}');
  assert.equal(data(all.sub), '{"id":1,"order":{"total":2}}');
  assert.equal(data(narrower.sub), '{"id":1}');
  assert.equal(data(filtered.sub), '{"id":1,"order":{"total":2}}');
  await publish(server, 't', 'plain text is hidden whole', { headers: admin });
  assert.deepEqual(datas(await client.take(3)), ['{}', '{}', '{}']);
});

test('PrivateEventsReachAWebSocketOnlyWhereItsTokenNamesATopicOfThem', async (scope) => {
  const { server, token, admin } = await locked(scope, ['--anonymous-subscribe', 'users/**']);
  const headers = { ...admin, 'Weir-Private': 'true' };
  const { client: member } = await connect(scope, server, '/v1/ws', { headers: bearer(token({ subscribe: ['users/17/*'] })) });
  await member.command({ type: 'subscribe', match: ['users/**'] });
  const { client: addressed } = await connect(scope, server, '/v1/subscribe?match=users/**', { headers: bearer(token({ subscribe: ['users/17/*'] })) });
  const { client: anonymous } = await connect(scope, server, '/v1/subscribe?match=users/**');
  const { sub } = await anonymous.command({ type: 'subscribe', topics: ['users/17/inbox'] });
  await publish(server, 'users/17/inbox', 'secret 17', { headers });
  await publish(server, 'users/18/inbox', 'secret 18', { headers });
  await publish(server, 'users/17/inbox', 'for all', { headers: admin });
  assert.deepEqual(datas(await member.take(2)), ['secret 17', 'for all']);
  assert.deepEqual(datas(await addressed.take(2)), ['secret 17', 'for all']);
  const both = await anonymous.take(2);
  assert.deepEqual(datas(both), ['for all', 'for all']);
  assert.deepEqual(both.map((each) => each.sub).sort(), [sub, undefined]);
  const replayed = await anonymous.command({ type: 'subscribe', topics: ['users/17/inbox'], after: 'earliest' });
  assert.deepEqual((await anonymous.take(1)).map((each) => [each.sub, each.data]), [[replayed.sub, 'for all']]);
});

test('AWebSocketIsToldOnceOfItsTokensEndAndClosedWithIt', async (scope) => {
  const { server, token } = await locked(scope, ['--auth-expiring', '2s']);
  const exp = inSeconds(4);
  const { client, clientId } = await connect(scope, server, '/v1/topics/t', { headers: bearer(token({ subscribe: ['**'] }, { exp })) });
  for (const topic of ['a', 'b', 'c']) await client.command({ type: 'subscribe', topics: [topic] });
  const told = await client.control('auth-expiring');
  assert.deepEqual(told, { type: 'auth-expiring', data: { client_id: clientId, expires: new Date(exp * 1000).toISOString() } });
  assert(Date.now() < exp * 1000, 'before it is over');
  assert.equal((await client.end()).code, unauthorized);
  assert(Date.now() >= exp * 1000 - 100, 'not before its time');
  assert.equal(client.messages.filter((each) => each.type === 'auth-expiring').length, 1, 'once for the connection, not for each subscription');
});

test('AWebSocketThatFollowsNothingEndsWithItsTokenToo', async (scope) => {
  const { server, token } = await locked(scope, ['--auth-expiring', '1s']);
  const exp = inSeconds(2);
  const { client } = await connect(scope, server, '/v1/ws', { headers: bearer(token({ subscribe: ['**'], publish: ['**'] }, { exp })) });
  await client.control('auth-expiring');
  assert.equal((await client.end()).code, unauthorized);
  assert(Date.now() >= exp * 1000 - 100);
});

test('ASubscriptionWithoutCreditLeftIsClosedInOrderWithItsToken', async (scope) => {
  const { server, token, admin } = await locked(scope);
  const exp = inSeconds(2);
  const who = { sub: 'bob', exp };
  const { client } = await connect(scope, server, '/v1/ws', { headers: bearer(token({ subscribe: ['**'] }, who)) });
  await client.command({ type: 'subscribe', topics: ['t'], credit: 1 });
  const { client: other } = await connect(scope, server, '/v1/ws', { headers: bearer(token({ subscribe: ['**'] }, { sub: 'eve' })) });
  await other.command({ type: 'subscribe', topics: ['t'], credit: 1 });
  await publishJson(server, ['1', '2', '3'].map((data) => ({ topic: 't', data })), { headers: admin });
  assert.deepEqual(datas(await client.take(1)), ['1']);
  assert.equal((await client.end()).code, unauthorized);
  await other.take(1);
  assert.equal((await postJson(server, '/v1/revocations', { sub: 'eve' }, { headers: admin })).status, 200);
  assert.equal((await other.end()).code, unauthorized);
});

test('AWebSocketsTokenIsRenewedForAllOfItsSubscriptions', async (scope) => {
  const { server, token, admin } = await locked(scope, ['--auth-expiring', '1s', '--shards', '2']);
  const exp = inSeconds(3);
  const bob = (/** @type {number} */ end, /** @type {string[]} */ subscribe) => token({ subscribe, publish: subscribe }, { sub: 'bob', exp: end });
  const { client, clientId } = await connect(scope, server, '/v1/topics/a', { headers: bearer(bob(exp, ['a', 'b'])) });
  await client.command({ type: 'subscribe', topics: ['b'] });
  await assertRefused(client, { type: 'subscribe', topics: ['c'] });
  const later = inSeconds(100);
  const renewed = await request(server, 'POST', `/v1/connections/${clientId}/token`, { headers: bearer(bob(later, ['a', 'b', 'c'])) });
  assert.deepEqual(renewed.json, { client_id: clientId, expires: new Date(later * 1000).toISOString() }, renewed.text);
  await client.command({ type: 'subscribe', topics: ['c'] });
  await client.command({ type: 'publish', event: { topic: 'c', data: 'by the new token' } });
  await client.take(1);
  await eventually(() => Date.now() / 1000 > exp + 0.5, 'the first token is over', seconds(10));
  await publishJson(server, ['a', 'b', 'c'].map((topic) => ({ topic, data: topic })), { headers: admin });
  assert.deepEqual(datas(await client.take(3)).sort(), ['a', 'b', 'c']);
  assert(!client.messages.some((each) => each.type === 'auth-expiring'), 'nothing is expiring any more');
});

test('ATokenThatDoesNotGrantWhatAWebSocketFollowsRenewsNoneOfIt', async (scope) => {
  const { server, token, admin } = await locked(scope);
  const sub = (/** @type {string} */ who, /** @type {Record<string, unknown>} */ weir, end = 100) => bearer(token(weir, { sub: who, exp: inSeconds(end) }));
  const granted = { subscribe: ['a', 'b', 'unused'], publish: ['a'] };
  const { client, clientId } = await connect(scope, server, '/v1/ws', { headers: sub('bob', granted, 60) });
  await client.command({ type: 'subscribe', topics: ['a'] });
  await client.command({ type: 'subscribe', topics: ['b'] });
  const renew = (/** @type {Record<string, string>} */ headers) => request(server, 'POST', `/v1/connections/${clientId}/token`, { headers });
  assertProblem(await renew(sub('eve', granted)), 403, 'forbidden');
  assertProblem(await renew(sub('bob', { subscribe: ['a', 'unused'], publish: ['a', 'b'] })), 403, 'forbidden');
  assertProblem(await renew(sub('bob', { ...granted, fields: ['id'] })), 403, 'forbidden');
  assertProblem(await renew(sub('bob', granted, 30)), 403, 'forbidden');
  assertProblem(await renew({}), 401, 'unauthorized');
  await assertRefused(client, { type: 'publish', event: { topic: 'b', data: 'the first token is still the one' } });
  const { status, text } = await renew(sub('bob', { subscribe: ['a', 'b'] }));
  assert.equal(status, 200, `what it follows is granted, which is enough: ${text}`);
  await assertRefused(client, { type: 'subscribe', topics: ['unused'] });
  await assertRefused(client, { type: 'publish', event: { topic: 'a', data: 'not granted any more' } });
  await publish(server, 'b', 'goes on', { headers: admin });
  assert.deepEqual(datas(await client.take(1)), ['goes on']);
});

test('WhatIsRevokedIsClosedAtOnceOnEveryShard', async (scope) => {
  const { server, token, admin } = await locked(scope, ['--shards', '2']);
  const opened = [];
  for (const [sub, target] of [['bob', '/v1/topics/t'], ['bob', '/v1/ws'], ['bob', '/v1/subscribe?match=**'], ['eve', '/v1/ws']]) {
    opened.push((await connect(scope, server, target, { headers: bearer(token({ subscribe: ['**'], publish: ['**'] }, { sub })) })).client);
  }
  const [addressed, empty, pattern, other] = opened;
  await empty.command({ type: 'subscribe', topics: ['t'] });
  assert.equal((await postJson(server, '/v1/revocations', { sub: 'bob' }, { headers: admin })).status, 200);
  for (const client of [addressed, empty, pattern]) assert.equal((await client.end()).code, unauthorized);
  await other.command({ type: 'subscribe', topics: ['t'] });
  await publish(server, 't', 'x', { headers: admin });
  assert.deepEqual(datas(await other.take(1)), ['x']);
  for (const client of [addressed, empty, pattern]) assert.equal(client.events.length, 0);
  assert.equal(await refused(server, '/v1/ws', { headers: bearer(token({ subscribe: ['**'] }, { sub: 'bob' })) }), 401);
});

test('AWebSocketsTokenStandsInTheQueryOnlyWhereTheOperatorAllowsIt', async (scope) => {
  const closed = await locked(scope);
  assert.equal(await refused(closed.server, `/v1/ws?access_token=${closed.token({ subscribe: ['**'] })}`), 401);
  const { server, token } = await locked(scope, ['--token-in-query']);
  for (const name of ['access_token', 'authorization']) {
    await connect(scope, server, `/v1/topics/t?${name}=${token({ subscribe: ['t'] })}`);
    assert.equal(await refused(server, `/v1/topics/u?${name}=${token({ subscribe: ['t'] })}`), 403);
  }
  const foreign = await refused(server, `/v1/ws?access_token=${token({ subscribe: ['**'] })}`, { origin: 'https://evil.example' });
  assert.equal(foreign, 403, 'a foreign page with a token of its own is refused, too');
});

test('AForeignPageCannotUseItsVisitorsCookieForAWebSocket', async (scope) => {
  const { server, token } = await locked(scope, ['--token-cookie', 'session', '--cors-origin', 'https://app.example']);
  const headers = { Cookie: `session=${token({ subscribe: ['**'] })}` };
  const own = `http://${server.host}:${server.port}`;
  for (const origin of ['https://evil.example', 'https://app.example.evil.example', 'http://app.example', `${own}.evil.example`, 'null']) {
    for (const target of ['/v1/ws', '/v1/topics/t', '/events']) assert.equal(await refused(server, target, { headers, origin }), 403, origin);
  }
  assert.equal(await refused(server, '/v1/ws', { headers }), 403, 'neither Origin nor Referer');
  for (const origin of [own, 'https://app.example']) {
    const { client } = await connect(scope, server, '/v1/topics/t', { headers, origin });
    await client.command({ type: 'subscribe', topics: ['u'] });
  }
  const without = await locked(scope);
  assert.equal(await refused(without.server, '/v1/ws', { headers: { Cookie: `session=${without.token({ subscribe: ['**'] })}` } }), 401, 'no cookie is asked for');
});

test('ATokensOwnLimitsHoldOnWebSocketsToo', async (scope) => {
  const { server, token } = await locked(scope, ['--rate-burst', '3s']);
  const headers = bearer(token({ subscribe: ['**'], publish: ['**'], limits: { connections: 2, publish_rate: 1 } }, { sub: 'bob' }));
  const { client } = await connect(scope, server, '/v1/ws', { headers });
  await connect(scope, server, '/v1/topics/t', { headers });
  assert.equal(await refused(server, '/v1/ws', { headers }), 429, 'a third connection');
  await client.command({ type: 'subscribe', topics: ['t'] });
  /** @type {string[]} */
  const codes = [];
  for (let i = 0; i < 12; ++i) codes.push((await client.ask({ type: 'publish', event: { topic: 't', data: 'x' } })).error?.code ?? 'taken');
  assert(codes.filter((each) => each === 'too-many-requests').length >= 4, `${codes}`);
  assert(codes.includes('taken'));
});
