// @ts-check
// Tokens: where they go, and that a stream outlives them.
import assert from 'node:assert/strict';

import { publish as rawPublish } from '../../../tests/support/client.mjs';
import { eventually } from '../../../tests/support/deadline.mjs';
import { test } from '../../../tests/support/test.mjs';
import { inSeconds, keyFlag, makeKey, sign } from '../../../tests/support/tokens.mjs';
import { WebSocket } from '../../../tests/support/ws.mjs';
import { publish } from '../dist/index.js';
import { Follower } from './support/client.mjs';

/**
 * A server that asks for tokens, and a function that makes them.
 * @param {import('../../../tests/support/test.mjs').Scope} scope
 * @param {string[]} [args]
 */
async function closed(scope, args = []) {
  const key = makeKey('ES256', 'k');
  const server = await scope.server({ args: ['--jwt-key', keyFlag(key, scope.tempDir()), '--retry', '50ms', '--poll-interval', '50ms', ...args] });
  /** @param {number} seconds */
  const token = (seconds = 3600, subscribe = ['t']) => sign(key, { sub: 'user-17', exp: inSeconds(seconds), weir: { subscribe, publish: ['t'] } });
  const admin = { headers: { Authorization: `Bearer ${token()}` } };
  return { server, token, say: (/** @type {string} */ data) => rawPublish(server, 't', data, admin) };
}

for (const transport of /** @type {const} */ (['sse', 'websocket', 'longpoll', 'poll'])) {
  test(`ATokenOpensEveryTransport: ${transport}`, async (scope) => {
    const { server, token, say } = await closed(scope);
    const follower = await new Follower(scope, `${server.url}/v1/topics/t`, { transports: [transport], token: async () => token(), WebSocket }).connect().open();
    await say('1');
    await follower.took(1);
  });
}

test('WithoutATokenTheClientStopsAndSaysWhy', async (scope) => {
  const { server } = await closed(scope);
  const follower = new Follower(scope, `${server.url}/v1/topics/t`).connect();
  await follower.until(() => follower.client.state === 'CLOSED', 'it is closed');
  assert.deepEqual([follower.errors[0]?.error.code, follower.errors[0]?.error.status], ['unauthorized', 401]);
});

test('ATokenThatIsRefusedIsAskedForAgainOnce', async (scope) => {
  const { server, token, say } = await closed(scope);
  const tokens = ['nonsense', token()];
  let asked = 0;
  const follower = await new Follower(scope, `${server.url}/v1/topics/t`, { token: () => tokens[asked++] ?? '' }).connect().open();
  await say('1');
  await follower.took(1);
  assert.equal(asked, 2);
  assert.deepEqual(follower.errors, []);
  const other = new Follower(scope, `${server.url}/v1/topics/t`, { token: () => 'always nonsense' }).connect();
  await other.until(() => other.client.state === 'CLOSED', 'it is closed');
  assert.equal(other.errors[0]?.error.code, 'invalid-token');
});

for (const transport of /** @type {const} */ (['sse', 'websocket'])) {
  test(`AStreamOutlivesItsToken: ${transport}`, async (scope) => {
    const { server, token, say } = await closed(scope, ['--auth-expiring', '60s']);
    /** @type {string[]} */
    const given = [];
    // The first ends soon enough for its end to be told at once.
    const source = () => {
      given.push(token(given.length === 0 ? 20 : 3600));
      return /** @type {string} */ (given.at(-1));
    };
    /** @type {string[]} */
    const renewals = [];
    /** @type {typeof fetch} */
    const watching = async (input, init) => {
      const answer = await fetch(input, init);
      if (init?.method === 'POST') renewals.push(`${new URL(input.toString()).pathname} ${answer.status}`);
      return answer;
    };
    const follower = await new Follower(scope, `${server.url}/v1/topics/t`, { transports: [transport], token: source, WebSocket, fetch: watching }).connect().open(transport);
    await follower.until(() => follower.control.some(({ type }) => type === 'auth-expiring'), 'the end is told');
    await eventually(() => renewals.length > 0, 'the new token is brought');
    await say('after');
    await follower.took(1);
    assert.deepEqual(renewals, [`/v1/connections/${follower.client.clientId}/token 200`]);
    assert.deepEqual(follower.opened, [transport], 'on the same connection');
  });
}

test('AStreamWhoseTokenCannotBeRenewedComesBackWithAnother', async (scope) => {
  const { server, token, say } = await closed(scope, ['--auth-expiring', '60s', '--jwt-leeway', '0s']);
  let asked = 0;
  // While the stream is open there are only tokens of another grant, which the server refuses for it.
  const source = () => (asked++ === 0 ? token(3) : follower.errors.length === 0 ? token(3600, ['u']) : token());
  const follower = new Follower(scope, `${server.url}/v1/topics/t`, { token: source });
  await follower.connect().open();
  await say('1');
  await follower.until(() => follower.opened.length === 2, 'a second connection', 20_000);
  await say('2');
  await follower.took(2);
  assert.deepEqual(follower.data, ['1', '2']);
});

test('ATokenFunctionThatFailsIsAskedAgain', async (scope) => {
  const { server, token } = await closed(scope);
  let asked = 0;
  const source = () => {
    if (++asked < 3) throw new Error('the identity provider is away');
    return token();
  };
  const follower = await new Follower(scope, `${server.url}/v1/topics/t`, { token: source }).connect().open();
  assert.deepEqual(follower.errors.map(({ error }) => [error.code, error.message]), Array.from({ length: 2 }, () => ['token', 'the identity provider is away']));
});

test('ATokenPublishes', async (scope) => {
  const { server, token } = await closed(scope);
  await publish('t', 'x', { server: server.url, token: token() });
  await assert.rejects(publish('u', 'x', { server: server.url, token: token() }), { code: 'forbidden', status: 403 });
  await assert.rejects(publish('t', 'x', { server: server.url }), { code: 'unauthorized', status: 401 });
});
