// @ts-check
// The server's log: text for people, JSON for programs, and no line for what is only traffic.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { publish, publishMany, request, topicPath } from '../support/client.mjs';
import { eventually } from '../support/deadline.mjs';
import { test } from '../support/test.mjs';

/** @param {string} text */
const linesOf = (text) => text.split('\n').filter((line) => line !== '');

test('EveryLineInJsonIsAnObjectWithItsKeysAsMembers', async (scope) => {
  const server = await scope.server({ args: ['--log-format', 'json'], env: { WEIR_KEEPALIV: '1s' } });
  await server.stop();
  // What is written before the settings are known is text.
  const lines = linesOf(server.log).filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
  assert(lines.length >= 4, server.log);
  for (const line of lines) {
    assert.match(line.time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d$/);
    assert.match(line.level, /^(info|warning|error)$/);
    assert.match(line.event, /^[a-z]+\.[a-z_]+$/);
    assert(!('keys' in line) && Object.keys(line).length > 3, JSON.stringify(line));
  }
  const listening = lines.find(({ event }) => event === 'server.listening');
  assert.equal(listening.url, server.url);
  assert.equal(typeof listening.shards, 'number');
  assert.equal(lines.find(({ event }) => event === 'log.open').durability, 'fsync');
  assert.equal(lines.find(({ event }) => event === 'server.stopped').status, 0);
});

test('TheFormatCanBeChangedWhileItRuns', async (scope) => {
  const server = await scope.server({ config: 'log_format = "json"\n' });
  for (const [format, pattern] of /** @type {[string, RegExp][]} */ ([['text', /^\S+ info config\.reloaded file=/m], ['json', /^\{"time":.*"event":"config\.reloaded","file":/m]])) {
    server.writeConfig(`log_format = "${format}"\n`);
    const before = server.currentLog.length;
    server.signal('SIGHUP');
    await eventually(() => pattern.test(server.currentLog.slice(before)), `a line as ${format} in ${server.currentLog}`);
  }
});

test('TrafficWritesNoLine', async (scope) => {
  const server = await scope.server({ logLevel: 'debug' });
  const stream = await scope.subscribe(server, topicPath('news'));
  const before = server.currentLog;
  await publishMany(server, Array.from({ length: 200 }, (_, i) => ({ topic: 'news', data: `${i}` })));
  for (let i = 0; i < 20; ++i) await publish(server, 'news', 'one by one');
  await stream.take(220);
  await request(server, 'GET', '/nowhere');
  await request(server, 'POST', '/v1/publish', { body: '{', headers: { 'Content-Type': 'application/json' } });
  assert.equal(server.currentLog, before);
});

test('WhatIsSaidAgainAndAgainIsSaidOnceInHalfAMinute', async (scope) => {
  const directory = scope.tempDir();
  const dataDir = path.join(directory, 'data');
  const server = await scope.server({ dataDir });
  await publish(server, 'news', `needle ${'x'.repeat(1000)}`);
  await publish(server, 'news', 'after it');
  await server.stop();
  const file = path.join(dataDir, 'log.db');
  const bytes = readFileSync(file);
  bytes[bytes.indexOf('needle')] ^= 1;
  writeFileSync(file, bytes);

  await server.start();
  for (let i = 0; i < 10; ++i) {
    const stream = await scope.subscribe(server, topicPath('news').concat('?after=earliest'));
    assert.equal((await stream.control('gap')).json.reason, 'trimmed');
    assert.equal((await stream.event()).data, 'after it');
    stream.close();
  }
  const { json } = await request(server, 'GET', '/v1/stats');
  assert(json.log_damaged_total >= 10, `${json.log_damaged_total} reads met the damage`);
  const told = linesOf(server.currentLog).filter((line) => line.includes('log.damaged'));
  // Each of the two readers says it once, and the start's.
  assert(told.length >= 1 && told.length <= 3, told.join('\n'));
  assert.match(told[0], /error log\.damaged first=1 last=1 error=".*fails its checksum" held_back=0$/);
});
