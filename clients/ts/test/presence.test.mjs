// @ts-check
// Who is on a topic, over the real server.
import assert from 'node:assert/strict';

import { eventually } from '../../../tests/support/deadline.mjs';
import { test } from '../../../tests/support/test.mjs';
import { SSEClient, createPresence } from '../dist/index.js';
import { quick } from './support/client.mjs';
import { ScriptedServer } from './support/scripted_server.mjs';

const config = '[[namespace]]\nname = "rooms"\ntopics = ["rooms/**"]\npresence = "events"\n';

/**
 * A room with somebody in it, and the list of it.
 * @param {import('../../../tests/support/test.mjs').Scope} scope
 * @param {string[]} [args]
 * @param {import('../dist/index.js').PresenceOptions} [options]
 */
async function room(scope, args = [], options = {}) {
  const server = await scope.server({ config, args: ['--presence-window', '100ms', '--retry', '50ms', '--poll-interval', '50ms', ...args] });
  const presence = createPresence('rooms/1', { ...quick, server: server.url, ...options }).connect();
  scope.closing({ close: () => presence.disconnect() });
  const ids = () => presence.snapshot.members.map(({ id }) => id);
  const enter = async () => {
    const stream = await scope.subscribe(server, '/v1/topics/rooms/1');
    const { client_id: id } = await stream.welcome();
    return { stream, id };
  };
  /** @param {number} total @param {string} what */
  const counts = (total, what) => eventually(() => presence.snapshot.total === total, `${what}: ${total}, not ${presence.snapshot.total} (${presence.snapshot.error?.message})`);
  return { server, presence, ids, enter, counts };
}

test('WhoComesAndGoesIsInTheListAndOut', async (scope) => {
  const { presence, ids, enter, counts } = await room(scope);
  await counts(1, 'oneself');
  const one = await enter();
  const two = await enter();
  await counts(3, 'two guests');
  assert.deepEqual(ids(), [...ids()].sort());
  assert(ids().includes(one.id) && ids().includes(two.id));
  assert(ids().includes(presence.client.clientId ?? ''));
  one.stream.close();
  await counts(2, 'one has left');
  assert(!ids().includes(one.id));
});

test('SoManyThatTheyAreNotToldOneByOneAreAskedFor', async (scope) => {
  const { enter, counts } = await room(scope, ['--presence-events-max', '1']);
  await counts(1, 'oneself');
  await Promise.all([enter(), enter(), enter(), enter()]);
  await counts(5, 'all of them');
});

test('AfterARestartOfTheServerTheListIsThatOfNow', async (scope) => {
  const { server, enter, counts } = await room(scope);
  await enter();
  await counts(2, 'a guest');
  await server.killAndRestart();
  await counts(1, 'oneself, come back');
});

test('AClientThatFollowsTheTopicAlreadyIsEnough', async (scope) => {
  const server = await scope.server({ config, args: ['--presence-window', '100ms'] });
  const client = new SSEClient(`${server.url}/v1/topics/rooms/1`, quick).connect();
  scope.closing({ close: () => client.disconnect() });
  const presence = createPresence('rooms/1', { server: server.url, client }).connect();
  scope.closing({ close: () => presence.disconnect() });
  await eventually(() => presence.snapshot.total === 1 && presence.snapshot.members[0]?.id === client.clientId, 'only the client is there');
  presence.disconnect();
  assert.equal(client.state, 'OPEN', 'it is its owner\'s');
});

test('WhereThereAreOnlyPollsTheListIsAskedForAgainAndAgain', async (scope) => {
  const { enter, counts } = await room(scope, [], { transports: ['poll'], pollInterval: 50 });
  const guest = await enter();
  await counts(1, 'the guest; who polls is not there');
  guest.stream.close();
  await counts(0, 'nobody');
});

test('WhatIsToldWhileTheListIsOnItsWayIsNotLost', async (scope) => {
  const server = await ScriptedServer.start(scope, { open: true });
  /** @type {(answer: Response) => void} */
  let list = () => {};
  /** @type {typeof fetch} */
  const slow = (input, init) => (String(input).includes('/v1/presence') ? new Promise((resolve) => (list = resolve)) : fetch(input, init));
  const presence = createPresence('t', { ...quick, server: server.url, fetch: slow }).connect();
  scope.closing({ close: () => presence.disconnect() });
  await server.asked(1);
  const member = (/** @type {string} */ id) => ({ id, user: null, since: '2026-01-01T12:00:00.000Z', transport: 'sse' });
  server.write(`event: presence.left\ndata: ${JSON.stringify({ ...member('a'), topic: 't' })}\n\nevent: presence.joined\ndata: ${JSON.stringify({ ...member('c'), topic: 't' })}\n\n`);
  await eventually(() => presence.snapshot.members.some(({ id }) => id === 'c'), 'who came is there at once');
  // The list is from before that.
  list(new Response(JSON.stringify({ topic: 't', total: 2, members: [member('a'), member('b')] })));
  await eventually(() => presence.snapshot.members.some(({ id }) => id === 'b'), 'the list has come');
  assert.deepEqual([presence.snapshot.members.map(({ id }) => id), presence.snapshot.total], [['b', 'c'], 2]);
});
