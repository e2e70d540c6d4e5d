// @ts-check
// The effective settings over HTTP: where each is from, and what is never shown.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';

import { assertProblem, request } from '../support/client.mjs';
import { run } from '../support/server.mjs';
import { bearer, keyFlag, makeKey, sign } from '../support/tokens.mjs';
import { test } from '../support/test.mjs';

/** @param {import('../support/server.mjs').Server} server @param {Record<string, string>} [headers] */
async function settingsOf(server, headers = {}) {
  const { status, json, text } = await request(server, 'GET', '/v1/settings', { headers });
  assert.equal(status, 200, text);
  const by = new Map(json.settings.map((/** @type {{name: string}} */ each) => [each.name, each]));
  return { json, text, of: (/** @type {string} */ name) => by.get(name) };
}

test('SettingsSayTheirValueAndWhereItIsFrom', async (scope) => {
  const server = await scope.server({
    config: 'keepalive = "7s"\nretry = "3s"\n[[namespace]]\nname = "ticks"\ntopics = ["ticks/**"]\nretention_events = 10\n',
    env: { WEIR_RETRY: '4s' },
    args: ['--header-timeout', '9s', '--cors-origin', 'https://a.example', '--cors-origin', 'https://b.example'],
  });
  const { json, of } = await settingsOf(server);
  assert.match(json.version, /^\d+\.\d+\.\d+/);
  const keepalive = of('keepalive');
  assert.match(keepalive.place, /weir\.toml:1$/);
  assert.match(keepalive.help, /\w/);
  assert.deepEqual({ ...keepalive, place: '', help: '' }, { name: 'keepalive', group: keepalive.group, kind: 'duration', unit: 'duration', value: '7s', default: '15s', source: 'file', place: '', allowed: '50ms to 1h', help: '', reload: true, secret: false });
  assert.deepEqual([of('retry').value, of('retry').source, of('retry').place], ['4s', 'environment', 'WEIR_RETRY']);
  assert.deepEqual([of('header_timeout').value, of('header_timeout').source, of('header_timeout').place], ['9s', 'flag', '--header-timeout']);
  assert.deepEqual([of('body_timeout').source, of('body_timeout').place], ['default', null]);
  assert.deepEqual(of('cors_origin').value, ['https://a.example', 'https://b.example']);
  assert.deepEqual([of('shards').value, of('shards').unit, of('demo').value], [0, null, false]);
  assert.deepEqual([of('wal_bytes').kind, of('wal_bytes').unit, of('wal_bytes').value], ['size', 'bytes', '64MiB']);
  assert.equal(json.namespaces[0].name, 'ticks');
  assert.equal(json.namespaces[0].retention_events, 10);
  const shown = JSON.parse((await run(['config', 'show', '--json'])).stdout);
  assert.deepEqual(json.settings.map((/** @type {{name: string}} */ each) => each.name), Object.keys(shown.settings), 'every setting, in the order of the table');
});

test('SettingsAreThoseOfTheLastReload', async (scope) => {
  const server = await scope.server({ config: 'keepalive = "7s"\nshards = 1\n' });
  writeFileSync(String(server.options.configPath), '\nretry = "2s"\nshards = 2\n');
  server.signal('SIGHUP');
  await server.logged(/config\.reloaded/);
  const { of } = await settingsOf(server);
  assert.deepEqual([of('keepalive').value, of('keepalive').source], ['15s', 'default']);
  assert.deepEqual([of('retry').value, of('retry').source], ['2s', 'file']);
  assert.match(of('retry').place, /:2$/);
  assert.equal(of('shards').value, 1, 'what needs a restart is as it was');
  assert.match(of('shards').place, /:2$/, 'and from where it was');
});

test('SettingsAreForAdminsAndHoldNoSecret', async (scope) => {
  const key = makeKey('HS256');
  const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
  const server = await scope.server({
    config: `otlp_endpoint = "http://127.0.0.1:1/t0ken"\nnotification_webhook_url = "http://127.0.0.1:1/hidden"\n[[webhook]]\nname = "hook"\nurl = "http://127.0.0.1:1/hidden/path?key=hidden"\nsecret = "${secret}"\ntopics = ["a/**"]\n`,
    args: ['--jwt-key', keyFlag(key, scope.tempDir())],
  });
  assertProblem(await request(server, 'GET', '/v1/settings'), 401, 'unauthorized');
  assertProblem(await request(server, 'GET', '/v1/settings', { headers: bearer(sign(key, { weir: { subscribe: ['**'] } })) }), 403, 'forbidden');
  const { json, text, of } = await settingsOf(server, bearer(sign(key, { weir: { admin: true } })));
  for (const hidden of [secret, 'whsec_', 't0ken', 'hidden', String(key.secret)]) assert(!text.includes(hidden), `${hidden} is shown`);
  for (const name of ['otlp_endpoint', 'notification_webhook_url']) assert.deepEqual([of(name).value, of(name).secret, of(name).source], [null, true, 'file']);
  assert.deepEqual([json.webhooks[0].name, json.webhooks[0].url, json.webhooks[0].topics], ['hook', 'http://127.0.0.1:1', ['a/**']]);
});
