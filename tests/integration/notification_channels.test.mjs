// @ts-check
// Notifications beside the inbox: a webhook, ntfy, a mail server and a browser's push service, each a real one of the test's own.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { writeFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';

import { assertProblem, request } from '../support/client.mjs';
import { Certificates } from '../support/certificates.mjs';
import { eventually, Signal } from '../support/deadline.mjs';
import { get, notify } from '../support/inbox.mjs';
import { MailServer } from '../support/mail_server.mjs';
import { Receiver, verify, verifyShared } from '../support/receiver.mjs';
import { run } from '../support/server.mjs';
import { test } from '../support/test.mjs';

/** @typedef {import('../support/test.mjs').Scope} Scope */

const fast = ['--notification-allow-private', '--notification-backoff', '10ms', '--notification-backoff-max', '50ms'];

/** @param {any} server @param {string} user @param {object} body */
async function addresses(server, user, body) {
  const answer = await request(server, 'PUT', `/api/notifications/addresses?user=${user}`, { body: JSON.stringify(body) });
  assert.equal(answer.status, 204, answer.text);
}

/** The record of the only delivery, once it is over. @param {any} server @param {string} id */
const settled = (server, id, user = 'alice') =>
  eventually(async () => {
    const { deliveries } = await get(server, `/${id}/deliveries?user=${user}`);
    return deliveries.length === 1 && deliveries[0].state !== 'pending' && deliveries[0];
  }, 'the delivery is over');

/** @param {any} server @param {object} body */
const send = async (server, body) => (await notify(server, { user: 'alice', ...body })).notifications[0].id;

test('AWebhookGetsNotificationsSignedAndEveryAttemptIsOnRecord', async (scope) => {
  const receiver = await new Receiver().listen();
  scope.defer(() => receiver.close());
  receiver.answer = (_, n) => (n < 2 ? { status: 500 } : {});
  const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
  const file = path.join(scope.tempDir(), 'secret');
  writeFileSync(file, `${secret}\n`);
  const server = await scope.server({ args: [...fast, '--notification-webhook-url', receiver.url, '--notification-webhook-secret-file', file] });
  const id = await send(server, { title: 'Hello', data: { n: 1 }, channels: ['webhook'] });
  const done = await settled(server, id);
  assert.equal(done.state, 'delivered');
  assert.deepEqual(done.record.map((/** @type {any} */ each) => [each.outcome, each.reason]), [
    ['failed', 'the receiver answered with status 500'],
    ['failed', 'the receiver answered with status 500'],
    ['delivered', null],
  ]);
  const key = (await run(['webhook-key', path.join(String(server.options.dataDir), 'webhook.key')])).stdout.trim();
  for (const { headers, body, event } of receiver.deliveries) {
    assert(verify(key, headers, body) && verifyShared(secret, headers, body));
    assert.deepEqual([event.type, event.notification.id, event.notification.userId, event.notification.data], ['notification', id, 'alice', { n: 1 }]);
  }
  assert.equal(new Set(receiver.deliveries.map((each) => each.id)).size, 1, 'the same id at every attempt');
  assert(!server.log.includes(secret.slice(6)), 'no secret is logged');
});

test('ADeliveryGoesOnAfterACrashAndIsGivenUpInTheEnd', async (scope) => {
  const receiver = await new Receiver().listen();
  scope.defer(() => receiver.close());
  receiver.answer = () => ({ status: 503 });
  const server = await scope.server({ args: [...fast, '--notification-webhook-url', receiver.url, '--notification-attempts-max', '4'] });
  const id = await send(server, { title: 'Hello', channels: ['webhook'] });
  await receiver.until((all) => all.length >= 1, 'an attempt');
  await server.killAndRestart();
  const done = await settled(server, id);
  assert.deepEqual([done.state, done.attempts, done.record.length], ['failed', 4, 4]);
  await server.logged(/notifications\.delivery_given_up channel=webhook/);
});

test('WhatTheOperatorSetsMayBeAnywhereAndWhatABrowserSaysIsPublic', async (scope) => {
  const receiver = await new Receiver().listen();
  scope.defer(() => receiver.close());
  const service = await pushService(scope);
  const mail = await new MailServer().listen();
  scope.defer(() => mail.close());
  const server = await scope.server({
    args: ['--notification-webhook-url', receiver.url, '--notification-smtp-url', `smtp://127.0.0.1:${mail.port}`, '--notification-smtp-from', 'weir@example.com', '--notification-push-contact', 'mailto:ops@example.com'],
  });
  const { port } = new URL(service.origin);
  const inside = new Browser().subscription(`https://localhost:${port}/p/1`);
  await addresses(server, 'alice', { email: 'alice@example.com', push: [inside] });
  const id = await send(server, { title: 'Hello', channels: ['webhook', 'email', 'push'] });
  const all = await eventually(async () => {
    const { deliveries } = await get(server, `/${id}/deliveries?user=alice`);
    return deliveries.length === 3 && deliveries.every((/** @type {any} */ each) => each.state !== 'pending') && deliveries;
  }, 'the deliveries are over');
  const of = (/** @type {string} */ channel) => all.find((/** @type {any} */ each) => each.channel === channel);
  assert.deepEqual([of('webhook').state, of('email').state], ['delivered', 'delivered']);
  assert.deepEqual([of('push').state, of('push').attempts], ['failed', 1]);
  assert.equal(of('push').record[0].reason, 'the push service is at an address that is not public', 'it is not said where the name leads');
  assert.equal(service.connections, 0);
  assert.equal((await get(server, '/addresses?user=alice')).push.length, 1, 'its name may lead elsewhere tomorrow');
});

test('ASubscriptionThatCannotBeUsedIsRefusedWhereItIsMade', async (scope) => {
  const server = await scope.server({ args: ['--notification-push-contact', 'mailto:ops@example.com'] });
  const good = new Browser().subscription('https://push.example/p/1');
  for (const bad of [
    { ...good, endpoint: 'https://' },
    { ...good, endpoint: 'https://push.example/a b' },
    { ...good, endpoint: 'http://push.example/p/1' },
    { ...good, endpoint: 'https://127.0.0.1:4824/p/1' },
    { ...good, keys: { ...good.keys, p256dh: Buffer.alloc(65, 1).toString('base64url') } },
  ]) {
    assertProblem(await request(server, 'POST', '/api/notifications/push?user=alice', { body: JSON.stringify(bad) }), 400, 'bad-request');
    assertProblem(await request(server, 'PUT', '/api/notifications/addresses?user=alice', { body: JSON.stringify({ push: [bad] }) }), 400, 'bad-request');
  }
  for (let n = 0; n < 12; ++n) {
    const one = new Browser().subscription(`https://push.example/p/${n}`);
    const answer = await request(server, 'POST', '/api/notifications/push?user=alice', { body: JSON.stringify(one) });
    assert.equal(answer.status, 204, answer.text);
  }
  const { push } = await get(server, '/addresses?user=alice');
  assert.deepEqual(push.map((/** @type {any} */ each) => each.endpoint), Array.from({ length: 10 }, (_, n) => `https://push.example/p/${n + 2}`), 'the oldest made room');
});

test('WhereTheOperatorsServerIsStandsInTheLogAndNotInAUsersRecord', async (scope) => {
  const gone = await new Receiver().listen();
  gone.close();
  const server = await scope.server({
    args: [...fast, '--notification-attempts-max', '1', '--notification-webhook-url', gone.url, '--notification-ntfy-url', gone.url, '--notification-smtp-url', `smtp://127.0.0.1:${gone.port}`, '--notification-smtp-from', 'weir@example.com'],
  });
  await addresses(server, 'alice', { email: 'alice@example.com', ntfy: 'alice-x7' });
  for (const channel of ['webhook', 'ntfy', 'email']) {
    const done = await settled(server, await send(server, { title: channel, channels: [channel] }));
    assert.equal(done.record[0].reason, "the channel's server cannot be reached", channel);
  }
  await server.logged(new RegExp(`notifications\\.channel_unreachable channel=\\w+ error="[^"]*${gone.port}`));
});

test('AnNtfyServerGetsTheMessageForTheUsersTopic', async (scope) => {
  const receiver = await new Receiver().listen();
  scope.defer(() => receiver.close());
  const file = path.join(scope.tempDir(), 'token');
  writeFileSync(file, 'tk_secret\n');
  const server = await scope.server({ args: [...fast, '--notification-ntfy-url', receiver.url, '--notification-ntfy-token-file', file] });
  await addresses(server, 'alice', { ntfy: 'alice-x7' });
  const id = await send(server, { title: 'Привет', body: 'Текст', severity: 'critical', actionUrl: 'https://app.example/1', channels: ['ntfy'] });
  assert.equal((await settled(server, id)).state, 'delivered');
  const [{ event, headers }] = receiver.deliveries;
  assert.deepEqual(event, { topic: 'alice-x7', title: 'Привет', message: 'Текст', priority: 5, click: 'https://app.example/1' });
  assert.equal(headers.authorization, 'Bearer tk_secret');
  assert.deepEqual((await get(server, `/${await send(server, { user: 'bob', title: 'x', channels: ['ntfy'] })}/deliveries?user=bob`)).deliveries, [], 'who has no address is not written to');
});

/** @param {Scope} scope @param {string[]} [args] */
async function mailing(scope, args = []) {
  const certificates = new Certificates(scope.tempDir());
  const mail = await new MailServer(certificates.issue('mail')).listen();
  scope.defer(() => mail.close());
  const password = path.join(scope.tempDir(), 'password');
  writeFileSync(password, 'p4ss w\u00f6rd\n');
  const server = await scope.server({
    args: [...fast, '--notification-smtp-url', `smtp://weir%40example.com@localhost:${mail.port}`, '--notification-smtp-password-file', password, '--notification-smtp-from', 'weir@example.com', '--notification-ca-file', certificates.authority.certificate, ...args],
  });
  await addresses(server, 'alice', { email: 'alice@example.com' });
  return { mail, server };
}

test('AMailGoesOverTlsWithALoginAndSaysWhatTheNotificationSays', async (scope) => {
  const { mail, server } = await mailing(scope);
  const body = '.\n..two dots\nплюс кириллица';
  const id = await send(server, { title: 'Заказ\r\nBcc: mallory@example.com', body, actionUrl: 'https://app.example/orders/17', channels: ['email'] });
  assert.equal((await settled(server, id)).state, 'delivered');
  await send(server, { title: 'Plain', body: '.\n..\n.end', channels: ['email'] });
  const [first, second] = await mail.until(2);
  assert.deepEqual([first.from, first.to, first.user, first.secure], ['weir@example.com', ['alice@example.com'], 'weir@example.com', true]);
  assert.equal(first.headers.subject, 'Заказ\r\nBcc: mallory@example.com', 'still one header');
  assert(!('bcc' in first.headers));
  assert.equal(first.text.trimEnd(), `${body.replaceAll('\n', '\r\n')}\r\n\r\nhttps://app.example/orders/17`);
  assert.match(first.headers['message-id'], new RegExp(`^<${id}\\.[0-9a-f]+@example\\.com>$`));
  assert.equal(second.text, '.\r\n..\r\n.end\r\n', 'dots at the beginning of a line survive');
  assert.equal(second.headers.subject, 'Plain');
});

test('AMailThatIsPutOffIsTriedAgainAndOneThatIsRefusedIsNot', async (scope) => {
  const { mail, server } = await mailing(scope);
  mail.answers.RCPT = '451 come back later';
  const first = await send(server, { title: 'one', channels: ['email'] });
  await eventually(async () => (await get(server, `/${first}/deliveries?user=alice`)).deliveries[0].attempts >= 2, 'it is tried again');
  delete mail.answers.RCPT;
  assert.equal((await settled(server, first)).state, 'delivered');
  mail.answers.RCPT = '550 nobody of that name';
  const second = await settled(server, await send(server, { title: 'two', channels: ['email'] }));
  assert.deepEqual([second.state, second.attempts, second.record[0].reason], ['failed', 1, 'the mail server answered RCPT with 550']);
  delete mail.answers.RCPT;
  // What every mail would get is no reason to lose this one.
  for (const [command, answer] of [['EHLO', '554 no service'], ['MAIL', '550 not from you'], ['RCPT', '530 login needed']]) {
    mail.answers[command] = answer;
    const id = await send(server, { title: command, channels: ['email'] });
    await eventually(async () => (await get(server, `/${id}/deliveries?user=alice`)).deliveries[0].attempts >= 2, `${command}: it is tried again`);
    delete mail.answers[command];
    assert.equal((await settled(server, id)).state, 'delivered', command);
  }
  assert(!server.log.includes('p4ss'), 'no password is logged');
});

test('APasswordIsNotSentWithoutTls', async (scope) => {
  const mail = await new MailServer().listen();
  scope.defer(() => mail.close());
  const password = path.join(scope.tempDir(), 'password');
  writeFileSync(password, 'p4ss');
  const server = await scope.server({ args: [...fast, '--notification-attempts-max', '1', '--notification-smtp-url', `smtp://me@127.0.0.1:${mail.port}`, '--notification-smtp-password-file', password, '--notification-smtp-from', 'weir@example.com'] });
  await addresses(server, 'alice', { email: 'alice@example.com' });
  const done = await settled(server, await send(server, { title: 'one', channels: ['email'] }));
  assert.equal(done.record[0].reason, 'the mail server offers no TLS, and a password needs it');
});

/** A browser's side of Web Push: its keys, and RFC 8291 the other way round by Node's crypto. */
class Browser {
  ecdh = crypto.createECDH('prime256v1');
  auth = crypto.randomBytes(16);

  constructor() {
    this.ecdh.generateKeys();
  }

  /** @param {string} endpoint */
  subscription(endpoint) {
    return { endpoint, expirationTime: null, keys: { p256dh: this.ecdh.getPublicKey('base64url'), auth: this.auth.toString('base64url') } };
  }

  /** @param {Buffer} body */
  decrypt(body) {
    const salt = body.subarray(0, 16);
    assert.equal(body.readUInt32BE(16), 4096);
    const length = body[20];
    const sender = body.subarray(21, 21 + length);
    const sealed = body.subarray(21 + length);
    const own = this.ecdh.getPublicKey();
    const hkdf = (/** @type {Buffer} */ secret, /** @type {Buffer} */ by, /** @type {Buffer} */ info, /** @type {number} */ size) => Buffer.from(crypto.hkdfSync('sha256', secret, by, info, size));
    const secret = hkdf(this.ecdh.computeSecret(sender), this.auth, Buffer.concat([Buffer.from('WebPush: info\0'), own, sender]), 32);
    const key = hkdf(secret, salt, Buffer.from('Content-Encoding: aes128gcm\0'), 16);
    const nonce = hkdf(secret, salt, Buffer.from('Content-Encoding: nonce\0'), 12);
    const decipher = crypto.createDecipheriv('aes-128-gcm', key, nonce);
    decipher.setAuthTag(sealed.subarray(-16));
    const text = Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]);
    assert.equal(text.at(-1), 2, 'the last record says so');
    return text.subarray(0, -1).toString();
  }
}

/** A push service. @param {Scope} scope */
async function pushService(scope) {
  const state = {
    requests: /** @type {{headers: http.IncomingHttpHeaders, body: Buffer, url: string}[]} */ ([]),
    connections: 0,
    status: 201,
    /** Whether a request is answered only by `release`. */
    holds: (/** @type {string} */ _url) => false,
    held: /** @type {(() => void)[]} */ ([]),
    release: () => {
      state.holds = () => false;
      for (const answer of state.held.splice(0)) answer();
    },
    origin: '',
    signal: new Signal(),
  };
  const server = http.createServer((incoming, response) => {
    /** @type {Buffer[]} */
    const parts = [];
    incoming.on('data', (bytes) => parts.push(bytes));
    incoming.on('end', () => {
      state.requests.push({ headers: incoming.headers, body: Buffer.concat(parts), url: String(incoming.url) });
      const answer = () => response.writeHead(state.status).end();
      if (state.holds(String(incoming.url))) state.held.push(answer);
      else answer();
      state.signal.notify();
    });
  });
  server.on('connection', () => ++state.connections);
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  scope.defer(() => {
    server.closeAllConnections();
    server.close();
  });
  state.origin = `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}`;
  return state;
}

test('ABrowserDecryptsWhatItsPushServiceGetsAndTheServerSaysWhoItIs', async (scope) => {
  const service = await pushService(scope);
  const server = await scope.server({ args: [...fast, '--notification-push-contact', 'mailto:ops@example.com'] });
  const browser = new Browser();
  const answer = await request(server, 'POST', '/api/notifications/push?user=alice', { body: JSON.stringify(browser.subscription(`${service.origin}/p/1`)) });
  assert.equal(answer.status, 204, answer.text);
  const id = await send(server, { title: 'Привет', body: 'б'.repeat(1000), severity: 'warning', actionUrl: '/x', channels: ['push'] });
  assert.equal((await settled(server, id)).state, 'delivered');
  const [{ headers, body, url }] = service.requests;
  assert.equal(url, '/p/1');
  assert.equal(headers['content-encoding'], 'aes128gcm');
  assert(Number(headers.ttl) > 0);
  const message = JSON.parse(browser.decrypt(body));
  assert.deepEqual([message.id, message.title, message.severity, message.actionUrl], [id, 'Привет', 'warning', '/x']);
  const { key } = await get(server, '/push-key');
  const [, token, k] = String(headers.authorization).match(/^vapid t=([^,]+), k=(.+)$/) ?? [];
  assert.equal(k, key, 'the key that browsers are told');
  const [head, claims, signature] = token.split('.');
  const point = Buffer.from(key, 'base64url');
  const publicKey = crypto.createPublicKey({ format: 'jwk', key: { kty: 'EC', crv: 'P-256', x: point.subarray(1, 33).toString('base64url'), y: point.subarray(33).toString('base64url') } });
  assert(crypto.verify('sha256', Buffer.from(`${head}.${claims}`), { key: publicKey, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url')));
  const { aud, sub, exp } = JSON.parse(Buffer.from(claims, 'base64url').toString());
  assert.deepEqual([aud, sub], [service.origin, 'mailto:ops@example.com']);
  assert(exp > Date.now() / 1000 && exp < Date.now() / 1000 + 24 * 3600);
  await server.killAndRestart();
  assert.equal((await get(server, '/push-key')).key, key, 'the same after a restart');
});

test('PushServicesThatHangHoldUpNeitherMailsNorOtherUsers', async (scope) => {
  const service = await pushService(scope);
  const { mail, server } = await mailing(scope, ['--notification-push-contact', 'mailto:ops@example.com', '--notification-attempt-timeout', '10m']);
  const browsers = (/** @type {string} */ user, count = 1) => Array.from({ length: count }, (_, n) => new Browser().subscription(`${service.origin}/${user}/${n}`));
  const asked = (/** @type {string} */ user) => service.requests.filter(({ url }) => url.startsWith(`/${user}/`)).length;
  service.holds = (url) => url.startsWith('/mallory');
  await addresses(server, 'mallory', { push: browsers('mallory', 3) });
  await addresses(server, 'bob', { push: browsers('bob') });
  for (let n = 0; n < 5; ++n) await send(server, { user: 'mallory', title: `hang ${n}`, channels: ['push'] });
  await service.signal.until(() => asked('mallory') === 1, () => 'the first request hangs');
  await send(server, { user: 'bob', title: 'for bob', channels: ['push'] });
  await service.signal.until(() => asked('bob') === 1, () => 'what is for bob has come');
  assert.equal(asked('mallory'), 1, 'one at a time');
  // All workers of push hang.
  service.holds = () => true;
  for (let n = 0; n < 6; ++n) {
    await addresses(server, `user${n}`, { push: browsers(`user${n}`) });
    await send(server, { user: `user${n}`, title: 'hang', channels: ['push'] });
  }
  await service.signal.until(() => service.held.length === 4, () => `four hang, of which ${service.held.length} do`);
  await send(server, { title: 'critical', severity: 'critical', channels: ['email'] });
  await mail.until(1);
  assert.equal(service.held.length, 4);
  service.release();
  await service.signal.until(() => asked('mallory') === 15 && [0, 1, 2, 3, 4, 5].every((n) => asked(`user${n}`) === 1), () => `everything comes in the end: ${service.requests.map(({ url }) => url).join(' ')}`);
});

test('ANotificationOfAnyLengthReachesTheBrowserAndKeepsIt', async (scope) => {
  const service = await pushService(scope);
  const server = await scope.server({ args: [...fast, '--notification-push-contact', 'mailto:ops@example.com'] });
  const browser = new Browser();
  await addresses(server, 'alice', { push: [browser.subscription(`${service.origin}/p/1`)] });
  const long = '\u0001'.repeat(256);
  const id = await send(server, { title: long, body: long, actionUrl: `/a${'\\'.repeat(2000)}`, channels: ['push'] });
  assert.equal((await settled(server, id)).state, 'delivered');
  assert.equal(JSON.parse(browser.decrypt(service.requests[0].body)).title, long);
  assert.equal((await get(server, '/addresses?user=alice')).push.length, 1);
});

test('ASubscriptionThatThePushServiceNoLongerKnowsIsForgotten', async (scope) => {
  const service = await pushService(scope);
  service.status = 410;
  const server = await scope.server({ args: [...fast, '--notification-push-contact', 'mailto:ops@example.com'] });
  await addresses(server, 'alice', { push: [new Browser().subscription(`${service.origin}/p/1`)] });
  const done = await settled(server, await send(server, { title: 'x', channels: ['push'] }));
  assert.deepEqual([done.state, done.attempts], ['failed', 1]);
  assert.deepEqual((await get(server, '/addresses?user=alice')).push, []);
});

test('SettingsOfChannelsThatCannotWorkAreRefusedAtTheStart', async (scope) => {
  const file = path.join(scope.tempDir(), 'empty');
  writeFileSync(file, 'none');
  for (const [args, said] of /** @type {[string[], RegExp][]} */ ([
    [['--notification-smtp-url', 'http://mail.example', '--notification-smtp-from', 'a@b.example'], /notification_smtp_url/],
    [['--notification-smtp-url', 'smtp://mail.example'], /notification_smtp_from/],
    [['--notification-smtp-url', 'smtp://me@mail.example', '--notification-smtp-from', 'a@b.example'], /notification_smtp_password_file/],
    [['--notification-webhook-url', 'ftp://x'], /notification_webhook_url/],
    [['--notification-webhook-url', 'http://127.0.0.1:1', '--notification-webhook-secret-file', file], /notification_webhook_secret_file/],
    [['--notification-ntfy-url', 'nowhere'], /notification_ntfy_url/],
  ])) {
    const { code, stderr } = await run(['serve', '--listen', '127.0.0.1:0', '--data-dir', path.join(scope.tempDir(), 'data'), ...args]);
    assert.equal(code, 2, stderr);
    assert.match(stderr, said);
  }
});
