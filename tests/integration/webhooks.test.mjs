// @ts-check
// Webhooks against a real receiver: order, retries, dead letters, signatures, crashes, and what they must never do.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';

import { publish, publishMany, request, topicPath } from '../support/client.mjs';
import { eventually, seconds } from '../support/deadline.mjs';
import { Receiver, verify, verifyShared } from '../support/receiver.mjs';
import { repository, run } from '../support/server.mjs';
import { test } from '../support/test.mjs';

/** @typedef {import('../support/test.mjs').Scope} Scope */

/** @param {Scope} scope */
async function receiving(scope) {
  const receiver = await new Receiver().listen();
  scope.defer(() => receiver.close());
  return receiver;
}

/** A [[webhook]] table. @param {Record<string, unknown>} values */
function table(values) {
  const lines = Object.entries({ name: 'h', topics: ['a/**'], allow_private: true, backoff: '100ms', ...values }).map(([key, value]) => `${key} = ${JSON.stringify(value)}`);
  return `[[webhook]]\n${lines.join('\n')}\n`;
}

/** Waits until the hooks have begun: from then on nothing is missed. @param {any} server @param {number} [count] */
async function hooks(server, count = 1) {
  return eventually(async () => {
    const { json } = await request(server, 'GET', '/v1/webhooks');
    return json.webhooks.length === count && json.webhooks;
  }, 'the hooks begin');
}

/** @param {any} server @param {string} name */
async function metric(server, name) {
  const { text } = await request(server, 'GET', '/metrics');
  return Number(text.match(new RegExp(`^${name} (\\d+)$`, 'm'))?.[1]);
}

/** @param {any} server @param {string} topic @returns {Promise<string[]>} the data of all its events */
async function eventsOf(scope, server, topic, count) {
  const stream = await scope.subscribe(server, `${topicPath(topic)}?after=earliest`);
  const frames = await stream.take(count);
  return frames.map((/** @type {any} */ each) => each.data);
}

test('EventsArriveInOrderSignedWithTheKeyThatTheServerShows', async (scope) => {
  const receiver = await receiving(scope);
  const server = await scope.server({ config: table({ url: receiver.url }) });
  const [{ key }] = await hooks(server);
  for (let i = 0; i < 20; ++i) await publish(server, `a/${i % 3}`, `event ${i}`);
  await publish(server, 'b', 'not its own');
  const deliveries = await receiver.until((all) => all.length === 20, 'all twenty');
  assert.deepEqual(deliveries.map((each) => each.data), Array.from({ length: 20 }, (_, i) => `event ${i}`));
  const keys = (await request(server, 'GET', '/.well-known/weir-webhook-keys')).json.keys;
  assert.deepEqual(keys, [key]);
  for (const { headers, body, event, id } of deliveries) {
    assert(verify(key, headers, body), 'the signature is right');
    assert(!verify(key, headers, Buffer.concat([body, Buffer.from(' ')])), 'and of this body');
    assert(!verify(key, { ...headers, 'webhook-id': 'x' }, body), 'and of this id');
    assert.equal(id, event.cursor);
    assert.equal(headers['content-type'], 'application/json');
  }
  const printed = await run(['webhook-key', path.join(String(server.options.dataDir), 'webhook.key')]);
  assert.equal(printed.stdout.trim(), key);
});

test('TheExampleOfTheDocumentationVerifies', async (scope) => {
  const receiver = await receiving(scope);
  const server = await scope.server({ config: table({ url: receiver.url }) });
  const [{ key }] = await hooks(server);
  await publish(server, 'a/1', 'x');
  const [{ headers, body }] = await receiver.until((all) => all.length === 1, 'one');
  const page = readFileSync(path.join(repository, 'docs/webhooks.md'), 'utf8');
  const example = page.match(/^```js\n(.*?)^```$/ms)?.[1];
  assert(example, 'the page has an example');
  const file = path.join(scope.tempDir(), 'verify.mjs');
  writeFileSync(file, example);
  const shown = await import(file);
  assert.equal(shown.verify(key, headers, body), true);
  assert.equal(shown.verify(key, headers, Buffer.from('{}')), false);
  const old = { ...headers, 'webhook-timestamp': String(Number(headers['webhook-timestamp']) - 3600) };
  assert.equal(shown.verify(key, old, body), false);
});

test('ASharedSecretAddsASignatureAndIsNeverShown', async (scope) => {
  const receiver = await receiving(scope);
  const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
  const server = await scope.server({ config: table({ url: receiver.url, secret }) });
  const shown = await hooks(server);
  await publish(server, 'a/1', 'x');
  const [{ headers, body }] = await receiver.until((all) => all.length === 1, 'one');
  assert(verifyShared(secret, headers, body));
  assert(verify(shown[0].key, headers, body));
  const config = await run(['config', 'show', '--config', String(server.options.configPath)]);
  const json = await run(['config', 'show', '--json', '--config', String(server.options.configPath)]);
  for (const text of [server.log, JSON.stringify(shown), config.stdout, json.stdout]) assert(!text.includes(secret.slice(6)), 'a secret is shown');
  assert.match(config.stdout, /\[\[webhook\]\]/);
});

test('AFailureIsTriedAgainWithTheSameIdAndHoldsUpWhatFollows', async (scope) => {
  const receiver = await receiving(scope);
  receiver.answer = (_, n) => (n < 2 ? { status: 500 } : {});
  const server = await scope.server({ config: table({ url: receiver.url }) });
  await hooks(server);
  await publish(server, 'a/1', 'one');
  await publish(server, 'a/1', 'two');
  const deliveries = await receiver.until((all) => all.length === 4, 'three tries and the next');
  assert.deepEqual(deliveries.map((each) => each.data), ['one', 'one', 'one', 'two']);
  assert.equal(new Set(deliveries.slice(0, 3).map((each) => each.id)).size, 1);
  await server.logged(/webhook\.failing name=h/);
  await server.logged(/webhook\.recovered name=h/);
  assert.equal(await metric(server, 'weir_webhook_failures_total'), 2);
});

test('RetryAfterIsHonoured', async (scope) => {
  const receiver = await receiving(scope);
  /** @type {number[]} */
  const at = [];
  receiver.answer = (_, n) => {
    at.push(performance.now());
    return n === 0 ? { status: 503, headers: { 'Retry-After': '1' } } : {};
  };
  const server = await scope.server({ config: table({ url: receiver.url }) });
  await hooks(server);
  await publish(server, 'a/1', 'one');
  await receiver.until((all) => all.length === 2, 'the second try');
  assert(at[1] - at[0] >= 990, `${at[1] - at[0]} ms`);
});

test('AReceiverThatIsAwayGetsEverythingOnceItIsThere', async (scope) => {
  const receiver = await receiving(scope);
  const { port, url } = receiver;
  await receiver.close();
  const server = await scope.server({ config: table({ url, backoff_max: '200ms', attempts_max: 0 }) });
  await hooks(server);
  for (let i = 0; i < 10; ++i) await publish(server, 'a/1', String(i));
  await server.logged(/webhook\.failing name=h reason="cannot connect/);
  const back = await new Receiver().listen(port);
  scope.defer(() => back.close());
  const deliveries = await back.until((all) => all.length === 10, 'all of them');
  assert.deepEqual(deliveries.map((each) => each.data), Array.from({ length: 10 }, (_, i) => String(i)));
});

test('AnEventThatIsRefusedToTheEndGoesToTheDeadLettersAndTheNextOneFollows', async (scope) => {
  const receiver = await receiving(scope);
  receiver.answer = ({ data }) => (data === 'poison' ? { status: 422 } : {});
  const server = await scope.server({ config: table({ url: receiver.url, attempts_max: 2 }) });
  await hooks(server);
  await publish(server, 'a/1', 'poison');
  await publish(server, 'a/1', 'good');
  await receiver.until((all) => all.at(-1)?.data === 'good', 'the next one');
  assert.deepEqual(receiver.deliveries.map((each) => each.data), ['poison', 'poison', 'good']);
  const [letter] = (await eventsOf(scope, server, '$dead/h', 1)).map((each) => JSON.parse(each));
  assert.equal(letter.webhook, 'h');
  assert.equal(letter.attempts, 2);
  assert.match(letter.reason, /status 422/);
  assert.equal(letter.event.data, 'poison');
  assert.equal(letter.event.topic, 'a/1');
  assert.equal(letter.event.cursor, receiver.deliveries[0].id);
  assert.equal(await metric(server, 'weir_webhook_dead_letters_total'), 1);
});

test('GoneSwitchesAHookOffUntilItIsSwitchedOnAgain', async (scope) => {
  const receiver = await receiving(scope);
  receiver.answer = (_, n) => (n === 0 ? { status: 410 } : {});
  const server = await scope.server({ config: table({ url: receiver.url }) });
  await hooks(server);
  await publish(server, 'a/1', 'one');
  await server.logged(/webhook\.disabled name=h/);
  await publish(server, 'a/1', 'two');
  assert.match((await hooks(server))[0].disabled, /410/);
  // Kept over a restart.
  await server.stop();
  await server.start();
  assert.match((await hooks(server))[0].disabled, /410/);
  assert.equal(receiver.deliveries.length, 1);
  assert.equal((await request(server, 'POST', '/v1/webhooks/nobody/enable')).status, 404);
  assert.equal((await request(server, 'POST', '/v1/webhooks/h/enable')).status, 204);
  const deliveries = await receiver.until((all) => all.length === 3, 'what it missed');
  assert.deepEqual(deliveries.map((each) => each.data), ['one', 'one', 'two']);
});

test('KilledInTheMiddleItLosesNothingAndRepeatsWithTheSameIds', async (scope) => {
  const receiver = await receiving(scope);
  const server = await scope.server({ config: table({ url: receiver.url }) });
  await hooks(server);
  const count = 3_000;
  const answers = await publishMany(server, Array.from({ length: count }, (_, i) => ({ topic: 'a/1', data: String(i) })));
  for (const share of [0.1, 0.4, 0.7]) {
    await receiver.until((all) => new Set(all.map((each) => each.data)).size >= count * share, `${share} of them`, seconds(30));
    await server.killAndRestart();
  }
  await receiver.until((all) => new Set(all.map((each) => each.data)).size === count, 'every one', seconds(60));
  /** @type {Map<string, string>} */
  const ids = new Map();
  let highest = -1;
  for (const { data, id } of receiver.deliveries) {
    assert.equal(ids.get(data) ?? id, id, 'one id for one event');
    if (!ids.has(data)) {
      assert.equal(Number(data), highest + 1, 'first deliveries are in order');
      highest = Number(data);
    }
    ids.set(data, id);
  }
  assert.deepEqual([...ids.values()], answers.map((each) => each.cursor));
  assert(receiver.deliveries.length > count - 1);
});

test('AStopAndAStartGoOnWhereTheyWere', async (scope) => {
  const receiver = await receiving(scope);
  const server = await scope.server({ config: table({ url: receiver.url }) });
  await hooks(server);
  await publish(server, 'a/1', 'one');
  await receiver.until((all) => all.length === 1, 'one');
  // A server that is stopped before it has read the receiver's answer cannot know of it.
  await eventually(async () => (await hooks(server))[0].delivered === 1, 'the answer is read');
  await server.stop();
  await server.start();
  await hooks(server);
  await publish(server, 'a/1', 'two');
  await receiver.until((all) => all.length === 2, 'two');
  assert.deepEqual(receiver.deliveries.map((each) => each.data), ['one', 'two'], 'nothing twice after a stop in order');
});

test('APrivateAddressIsRefusedByNumberAndByName', async (scope) => {
  const receiver = await receiving(scope);
  const urls = [receiver.url, `http://localhost:${receiver.port}/in`, `http://[::ffff:127.0.0.1]:${receiver.port}/in`, `http://0.0.0.0:${receiver.port}/in`, `http://2130706433:${receiver.port}/`];
  const config = urls.map((url, i) => table({ name: `h${i}`, url, allow_private: false })).join('');
  const server = await scope.server({ config });
  await hooks(server, urls.length);
  await publish(server, 'a/1', 'x');
  for (let i = 0; i < urls.length; ++i) await server.logged(new RegExp(`webhook\\.failing name=h${i} reason="[^"]*(is a loopback address|is no address of a host)`));
  assert.equal(receiver.connections, 0);
});

test('ARedirectToAPrivateAddressIsNotFollowed', async (scope) => {
  const secret = await receiving(scope);
  const redirecting = http.createServer((_, response) => response.writeHead(307, { Location: secret.url }).end());
  await new Promise((resolve) => redirecting.listen(0, '127.0.0.1', () => resolve(undefined)));
  scope.defer(() => redirecting.close());
  const address = /** @type {import('node:net').AddressInfo} */ (redirecting.address());
  const server = await scope.server({ config: table({ url: `http://127.0.0.1:${address.port}/` }) });
  await hooks(server);
  await publish(server, 'a/1', 'x');
  await server.logged(/webhook\.failing name=h reason="the receiver redirects/);
  assert.equal(secret.connections, 0);
});

test('AReceiverThatDoesNotAnswerDisturbsNeitherSubscribersNorOtherHooks', async (scope) => {
  const slow = await receiving(scope);
  slow.answer = () => ({ hold: true });
  const quick = await receiving(scope);
  const config = table({ name: 'slow', url: slow.url, timeout: '10m' }) + table({ name: 'quick', url: quick.url });
  const server = await scope.server({ config });
  await hooks(server, 2);
  const stream = await scope.subscribe(server, '/v1/subscribe?match=a/*');
  const count = 2_000;
  await publishMany(server, Array.from({ length: count }, (_, i) => ({ topic: 'a/1', data: String(i) })));
  await stream.take(count);
  await quick.until((all) => all.length === count, 'the quick one gets all', seconds(30));
  assert.equal(slow.deliveries.length, 1, 'the slow one has one at hand');
  const shown = await hooks(server, 2);
  const held = shown.find((/** @type {any} */ each) => each.name === 'slow');
  assert(held.pending <= 256, `${held.pending} events of a hook that is behind are in memory`);
  // Stopping waits for no receiver.
  const start = performance.now();
  await server.stop();
  assert(performance.now() - start < seconds(5), 'the stop waits for the receiver');
});

test('AReloadBringsHooksAndTakesThem', async (scope) => {
  const receiver = await receiving(scope);
  const server = await scope.server({ config: '' });
  await publish(server, 'a/1', 'before');
  server.writeConfig(table({ url: receiver.url }));
  server.signal('SIGHUP');
  await hooks(server);
  await publish(server, 'a/1', 'with');
  await receiver.until((all) => all.length === 1, 'one');
  server.writeConfig('');
  server.signal('SIGHUP');
  await server.logged(/webhook\.removed name=h/);
  await publish(server, 'a/1', 'after');
  server.writeConfig(table({ url: receiver.url, name: 'again', start: 'earliest' }));
  server.signal('SIGHUP');
  await receiver.until((all) => all.length === 4, 'everything from the start');
  assert.deepEqual(receiver.deliveries.map((each) => each.data), ['with', 'before', 'with', 'after']);
});

test('AMistakeInAHookIsSaidInOneLineBeforeAnythingStarts', async (scope) => {
  const server = await scope.server({ config: '' });
  for (const [values, expected] of /** @type {[Record<string, unknown>, RegExp][]} */ ([
    [{ url: 'ftp://x' }, /webhook "h": url: "ftp:\/\/x" is not a URL/],
    [{}, /webhook "h": url/],
    [{ url: 'http://a.example', topics: ['{x'] }, /webhook "h": topics/],
    [{ url: 'http://a.example', timeout: '1h' }, /timeout: "1h" is not between/],
    [{ url: 'http://a.example', tiemout: '1s' }, /a webhook has no setting "tiemout"; did you mean "timeout"/],
    [{ url: 'http://a.example', topics: ['$dead/**'] }, /would get its own dead letters/],
  ])) {
    server.writeConfig(table(values));
    const { code, stderr } = await run(['config', 'check', String(server.options.configPath)]);
    assert.equal(code, 2, stderr);
    assert.match(stderr, expected);
    assert.equal(stderr.trim().split('\n').length, 1);
  }
});
