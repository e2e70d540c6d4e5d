// @ts-check
// Who is on a topic: listed, told, and never a ghost.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';

import { assertProblem, publish, request } from '../support/client.mjs';
import { test } from '../support/test.mjs';

const config = `
presence_window = "100ms"
[[namespace]]
name = "rooms"
topics = ["rooms/**"]
presence = "events"
[[namespace]]
name = "lists"
topics = ["lists/**"]
presence = "list"
`;

/** @param {import('../support/server.mjs').Server} server @param {string} topic @param {Record<string, string>} [more] */
async function present(server, topic, more = {}) {
  const answer = await request(server, 'GET', `/v1/presence?${new URLSearchParams({ topic, ...more })}`);
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
}

/** @param {import('../support/sse.mjs').SseStream} stream */
const clientId = (stream) => JSON.parse(stream.frames[0].data ?? '').client_id;

/** @param {import('../support/sse.mjs').SseStream} stream @param {string} type @param {string} id */
async function told(stream, type, id) {
  const event = await stream.until(() => stream.events.find((each) => each.type === type && JSON.parse(each.data ?? '').id === id), `${type} of ${id}`);
  assert.equal(event.id, undefined, 'it moves no position');
  return JSON.parse(event.data ?? '');
}

test('ThoseOnATopicAreListedAndToldOfEachOther', async (scope) => {
  const server = await scope.server({ config });
  const first = await scope.subscribe(server, '/v1/topics/rooms/1');
  await told(first, 'presence.joined', clientId(first));
  const second = await scope.subscribe(server, '/v1/subscribe?topic=rooms/1&topic=rooms/2');
  const joined = await told(first, 'presence.joined', clientId(second));
  assert.deepEqual(joined, { id: clientId(second), user: null, since: joined.since, transport: 'sse', topic: 'rooms/1' });
  assert(Math.abs(Date.parse(joined.since) - Date.now()) < 60_000);
  const { topic, total, members } = await present(server, 'rooms/1');
  assert.deepEqual([topic, total], ['rooms/1', 2]);
  assert.deepEqual(members.map((/** @type {any} */ each) => each.id), [clientId(first), clientId(second)].sort());
  assert.equal((await present(server, 'rooms/2')).total, 1);
  second.close();
  await told(first, 'presence.left', clientId(second));
  assert.equal((await present(server, 'rooms/1')).total, 1);
  assert.equal((await present(server, 'rooms/2')).total, 0);
});

test('AClientThatIsKilledLeaves', async (scope) => {
  const server = await scope.server({ config });
  const watcher = await scope.subscribe(server, '/v1/topics/rooms/1');
  const own = clientId(watcher);
  const client = spawn('curl', ['-sN', `${server.url}/v1/topics/rooms/1`], { stdio: 'ignore' });
  scope.defer(() => client.kill('SIGKILL'));
  const { data } = await watcher.until(() => watcher.events.find((each) => each.type === 'presence.joined' && !each.data?.includes(own)), 'it joins');
  client.kill('SIGKILL');
  await told(watcher, 'presence.left', JSON.parse(data ?? '').id);
  assert.deepEqual((await present(server, 'rooms/1')).members.map((/** @type {any} */ each) => each.id), [own]);
});

test('ACrashOfTheServerLeavesNobodyBehind', async (scope) => {
  const server = await scope.server({ config });
  const before = await scope.subscribe(server, '/v1/topics/lists/1');
  assert.equal((await present(server, 'lists/1')).total, 1);
  await server.kill();
  await before.end();
  await server.start();
  assert.deepEqual(await present(server, 'lists/1'), { topic: 'lists/1', total: 0, members: [] });
  const after = await scope.subscribe(server, '/v1/topics/lists/1');
  assert.deepEqual((await present(server, 'lists/1')).members.map((/** @type {any} */ each) => each.id), [clientId(after)]);
});

test('ManyConnectionsOnSeveralShardsAreListedInPages', async (scope) => {
  const server = await scope.server({ config, args: ['--shards', '4'] });
  const streams = await Promise.all(Array.from({ length: 25 }, () => scope.subscribe(server, '/v1/topics/lists/1')));
  const ids = streams.map(clientId).sort();
  /** @type {string[]} */
  const found = [];
  let after = '';
  for (;;) {
    const page = await present(server, 'lists/1', { limit: '10', after });
    assert.equal(page.total, 25);
    assert(page.members.length <= 10);
    found.push(...page.members.map((/** @type {any} */ each) => each.id));
    if (page.next === undefined) break;
    after = page.next;
  }
  assert.deepEqual(found, ids);
  await publish(server, 'lists/1', 'x');
  for (const stream of streams) assert.equal((await stream.event()).data, 'x', 'a list tells nobody');
});

test('APatternSubscriberWatchesWithoutBeingSeen', async (scope) => {
  const server = await scope.server({ config });
  const watcher = await scope.subscribe(server, '/v1/subscribe?match=rooms/*');
  const member = await scope.subscribe(server, '/v1/topics/rooms/1');
  assert.equal((await told(watcher, 'presence.joined', clientId(member))).topic, 'rooms/1');
  assert.deepEqual((await present(server, 'rooms/1')).members.map((/** @type {any} */ each) => each.id), [clientId(member)]);
  member.close();
  await told(watcher, 'presence.left', clientId(member));
});

test('AFilterLeavesPresenceEventsOut', async (scope) => {
  const server = await scope.server({ config });
  const filter = new URLSearchParams({ filter: "!(event in ['presence.joined', 'presence.left', 'presence.changed'])" });
  const quiet = await scope.subscribe(server, `/v1/topics/rooms/1?${filter}`);
  const other = await scope.subscribe(server, '/v1/topics/rooms/1');
  await told(other, 'presence.joined', clientId(other));
  await publish(server, 'rooms/1', 'x');
  assert.equal((await quiet.event()).data, 'x');
});

test('AStormIsToldInOneEventOfEachShard', async (scope) => {
  const server = await scope.server({ config, args: ['--shards', '1', '--presence-events-max', '5', '--presence-window', '2s'] });
  const watcher = await scope.subscribe(server, '/v1/subscribe?match=rooms/*');
  await Promise.all(Array.from({ length: 40 }, () => scope.subscribe(server, '/v1/topics/rooms/1')));
  let joined = 0;
  await watcher.until(() => {
    joined = watcher.events.reduce((sum, each) => sum + (each.type === 'presence.changed' ? JSON.parse(each.data ?? '').joined : 1), 0);
    return joined === 40;
  }, 'all have been told of');
  const changed = watcher.events.filter((each) => each.type === 'presence.changed');
  assert(changed.length > 0 && watcher.events.length < 20, `${watcher.events.length} events`);
  assert.deepEqual(Object.keys(JSON.parse(changed[0].data ?? '')), ['topic', 'joined', 'left']);
  const { json } = await request(server, 'GET', '/v1/stats');
  assert.equal(json.presence_members, 40);
  assert(json.presence_untold_total > 0);
});

test('AGivenIdentityIsNotShownAsOnesOwn', async (scope) => {
  const server = await scope.server({ config: '[[namespace]]\nname = "hub"\ntopics = ["broadcast"]\npresence = "list"\n' });
  const first = await scope.subscribe(server, '/events?client_id=somebody');
  await scope.subscribe(server, '/events?client_id=somebody');
  assert.equal(clientId(first), 'somebody');
  const { members } = await present(server, 'broadcast');
  assert.equal(new Set(members.map((/** @type {any} */ each) => each.id)).size, 2);
  assert(members.every((/** @type {any} */ each) => each.id !== 'somebody' && each.user === null));
});

test('NobodyCanPublishPresence', async (scope) => {
  const server = await scope.server({ config });
  const forged = await request(server, 'POST', '/v1/topics/rooms/1', { body: '{}', headers: { 'Weir-Event': 'presence.joined', 'Weir-Ephemeral': 'true' } });
  assertProblem(forged, 400, 'bad-event');
});

test('PresenceIsOffUnlessItIsAskedFor', async (scope) => {
  const server = await scope.server();
  const stream = await scope.subscribe(server, '/v1/topics/t');
  assertProblem(await request(server, 'GET', '/v1/presence?topic=t'), 404, 'presence-off');
  assertProblem(await request(server, 'GET', '/v1/presence'), 400, 'bad-request');
  assertProblem(await request(server, 'GET', '/v1/presence?topic=a&topic=b'), 400, 'bad-request');
  assertProblem(await request(server, 'GET', '/v1/presence?topic='), 400, 'bad-topic');
  assertProblem(await request(server, 'GET', '/v1/presence?topic=t&limit=0'), 400, 'bad-request');
  await publish(server, 't', 'x');
  assert.equal((await stream.event()).data, 'x');
  assert.equal((await request(server, 'GET', '/v1/stats')).json.presence_members, 0);
});
