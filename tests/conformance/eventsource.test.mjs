// @ts-check
// npm's `eventsource`, a real client that implements the standard, against the real server.
import assert from 'node:assert/strict';
import { EventSource } from 'eventsource';

import { publish, publishJson, publishMany, request } from '../support/client.mjs';
import { eventually, seconds, Signal } from '../support/deadline.mjs';
import { test } from '../support/test.mjs';

/** An EventSource with everything it said. */
class Client {
  /** @type {{type: string, data: string, id: string}[]} */
  events = [];
  /** @type {{code?: number, message?: string}[]} */
  errors = [];
  opened = 0;
  #signal = new Signal();

  /** @param {string} url @param {string[]} [types] */
  constructor(url, types = []) {
    /** @type {(string | null)[]} the Last-Event-ID of every request */
    this.sent = [];
    this.source = new EventSource(url, {
      fetch: (input, init) => {
        this.sent.push(new Headers(init.headers).get('Last-Event-ID'));
        return fetch(input, init);
      },
    });
    for (const type of ['message', 'system', 'recovery', 'gap', 'drain', ...types]) {
      this.source.addEventListener(type, (/** @type {MessageEvent} */ event) => {
        this.events.push({ type: event.type, data: event.data, id: event.lastEventId });
        this.#signal.notify();
      });
    }
    this.source.addEventListener('open', () => {
      ++this.opened;
      this.#signal.notify();
    });
    this.source.addEventListener('error', (event) => {
      this.errors.push(event);
      this.#signal.notify();
    });
  }

  get messages() {
    return this.events.filter((each) => !['system', 'recovery', 'gap', 'drain'].includes(each.type));
  }

  /** @param {() => unknown} ask @param {string} what @param {number} [milliseconds] */
  until(ask, what, milliseconds) {
    return this.#signal.until(ask, () => `${what}; ${JSON.stringify(this.events.slice(-5))}`, milliseconds);
  }

  close() {
    this.source.close();
  }
}

/** @param {import('../support/test.mjs').Scope} scope @param {string} url @param {string[]} [types] */
async function connect(scope, url, types) {
  const client = scope.closing(new Client(url, types));
  await client.until(() => client.events.some((each) => each.type === 'system'), 'the first frame');
  return client;
}

test('ItReceivesTypesIdsAndDataOfSeveralLines', async (scope) => {
  const server = await scope.server();
  const client = await connect(scope, `${server.url}/v1/topics/t`, ['paid']);
  const one = await publish(server, 't', 'a\nb\r\nc\rd\n');
  const two = await publish(server, 't', '{"x":1}', { headers: { 'Weir-Event': 'paid' } });
  const three = await publish(server, 't', '');
  const four = await publish(server, 't', '\ufeffmarked');
  await client.until(() => client.messages.length === 4, 'four events');
  assert.deepEqual(client.messages, [
    { type: 'message', data: 'a\nb\nc\nd\n', id: one.cursor },
    { type: 'paid', data: '{"x":1}', id: two.cursor },
    { type: 'message', data: '', id: three.cursor },
    { type: 'message', data: '\ufeffmarked', id: four.cursor },
  ]);
});

test('AfterKillAndRestartItHasEverythingOnce', async (scope) => {
  const server = await scope.server({ args: ['--retry', '100ms'] });
  const client = await connect(scope, `${server.url}/v1/topics/t`);
  /** @type {string[]} */
  const acknowledged = [];
  for (let round = 0; round < 5; ++round) {
    acknowledged.push((await publish(server, 't', `${round}`)).cursor);
    await client.until(() => client.messages.at(-1)?.id === acknowledged.at(-1), 'the live event');
    await server.killAndRestart();
    acknowledged.push(...(await publishMany(server, Array.from({ length: 20 }, (_, i) => ({ topic: 't', data: `${round}.${i}` })))).map((each) => each.cursor));
    await client.until(() => client.messages.at(-1)?.id === acknowledged.at(-1), 'what was missed', seconds(15));
  }
  assert.deepEqual(client.messages.map((each) => each.id), acknowledged);
  assert(client.opened >= 6);
  assert(!client.events.some((each) => each.type === 'gap'));
  assert.equal(client.sent[0], null);
  assert(client.sent.slice(1).every((id) => id !== null && id !== ''), `${client.sent}`);
});

test('ControlFramesNeverMoveItsLastId', async (scope) => {
  const server = await scope.server({ args: ['--retry', '100ms'] });
  const client = await connect(scope, `${server.url}/v1/topics/t?heartbeat=1`, ['heartbeat']);
  const { cursor } = await publish(server, 't', 'x');
  await client.until(() => client.events.filter((each) => each.type === 'heartbeat').length >= 2, 'heartbeats');
  await server.killAndRestart();
  await client.until(() => client.opened === 2, 'it is back');
  assert.equal(client.sent.at(-1), cursor);
  for (const event of client.events) assert(event.id === '' || event.id === cursor, JSON.stringify(event));
});

test('ARetryThatIsPublishedIsTaken', async (scope) => {
  const server = await scope.server({ args: ['--retry', '1h'] });
  const client = await connect(scope, `${server.url}/v1/topics/t`);
  await publishJson(server, { topic: 't', data: 'x', retry: 50 });
  await client.until(() => client.messages.length === 1, 'the event');
  await server.killAndRestart();
  await client.until(() => client.opened === 2, 'it is back long before an hour');
});

test('AtTheEndOfAClosedTopicItStops', async (scope) => {
  const server = await scope.server({ args: ['--retry', '50ms'] });
  const client = await connect(scope, `${server.url}/v1/topics/t`);
  await publish(server, 't', 'last', { headers: { 'Weir-Close': 'true' } });
  await client.until(() => client.source.readyState === EventSource.CLOSED, 'it has closed for good');
  assert.deepEqual(client.messages.map((each) => each.data), ['last']);
  assert.equal(client.errors.at(-1)?.code, 204);
});

test('OverLoadItIsRefusedOrComesBackLater', async (scope) => {
  const refusing = await scope.server({ args: ['--subscribers-max', '1', '--retry', '50ms'] });
  await connect(scope, `${refusing.url}/events`);
  const refused = scope.closing(new Client(`${refusing.url}/events`));
  await refused.until(() => refused.source.readyState === EventSource.CLOSED, 'it gives up');
  assert.equal(refused.errors[0].code, 503);
  const deferring = await scope.server({ args: ['--subscribers-max', '1', '--overload', 'defer', '--retry', '50ms'] });
  await connect(scope, `${deferring.url}/events`);
  const deferred = scope.closing(new Client(`${deferring.url}/events`));
  await deferred.until(() => deferred.errors.length > 0, 'the stream ends');
  assert.equal(deferred.source.readyState, EventSource.CONNECTING, 'it will come back');
});

test('ItComesBackAfterADrain', async (scope) => {
  const server = await scope.server({ args: ['--drain-timeout', '500ms'] });
  const client = await connect(scope, `${server.url}/v1/topics/t`);
  const first = await publish(server, 't', '1');
  await client.until(() => client.messages.length === 1, 'the first event');
  await server.stop();
  assert(client.events.some((each) => each.type === 'drain'));
  await server.start();
  const second = await publish(server, 't', '2');
  await client.until(() => client.messages.length === 2, 'what it missed', seconds(15));
  assert.deepEqual(client.messages.map((each) => each.id), [first.cursor, second.cursor]);
});

test('TheSmallHubWorksForAPageThatKnowsNothingElse', async (scope) => {
  const server = await scope.server();
  const client = await connect(scope, `${server.url}/events`, ['notification']);
  const { client_id: id } = JSON.parse(client.events[0].data);
  const post = (/** @type {string} */ path, /** @type {object} */ body) =>
    request(server, 'POST', path, { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
  await post('/broadcast', { event: 'notification', title: 'a' });
  await post('/send', { _event: 'notification', client_id: id, title: 'b' });
  await client.until(() => client.messages.length === 2, 'both');
  assert.deepEqual(client.messages.map((each) => JSON.parse(each.data).title), ['a', 'b']);
  client.close();
  await eventually(async () => (await request(server, 'GET', '/stats')).json.active_connections === 0, 'nobody is left');
});
