// @ts-check
// `weir workflow validate`, `example` and `schema`: what needs no server.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { repository, run } from '../support/server.mjs';
import { test } from '../support/test.mjs';

/** @param {string[]} args */
const workflow = (...args) => run(['workflow', ...args], {});

const good = 'id: w\nnodes:\n  - {id: a, type: delay, with: {duration: 1s}}\n';

test('ProblemsAreLinesWithTheFileTheLineAndTheColumn', async (scope) => {
  const folder = scope.tempDir();
  const file = path.join(folder, 'bad.yaml');
  writeFileSync(file, 'id: w\nnodes:\n  - {id: a, type: delay, with: {duration: 1 week}}\nedges:\n  - {from: a, to: b}\n');
  const { code, stdout, stderr } = await workflow('validate', file);
  assert.deepEqual([code, stdout], [2, '']);
  assert.equal(stderr, [
    `${file}:3:43: /nodes/0/with/duration: "1 week" needs one of the units ms, s, m, h, d`,
    `${file}:5:19: /edges/0/to: there is no node "b"; did you mean "a"?`,
    '',
  ].join('\n'));
});

test('EveryFileIsCheckedAndOneBadOneIsEnough', async (scope) => {
  const folder = scope.tempDir();
  const files = ['a.yaml', 'b.json', 'c.yml'].map((name) => path.join(folder, name));
  writeFileSync(files[0], good);
  writeFileSync(files[1], '{"id":"w",\n "nodes":[}');
  writeFileSync(files[2], good);
  const { code, stdout, stderr } = await workflow('validate', ...files);
  assert.deepEqual([code, stdout], [2, `${files[0]}: good\n${files[2]}: good\n`]);
  assert.equal(stderr, `${files[1]}:2:11: /nodes/0: this is no JSON: syntax error\n`);

  const missing = await workflow('validate', path.join(folder, 'nothing.yaml'), files[0]);
  assert.deepEqual([missing.code, missing.stdout], [2, `${files[0]}: good\n`]);
  assert.match(missing.stderr, /nothing\.yaml: No such file/);
});

test('ADefinitionIsConvertedBothWays', async (scope) => {
  const folder = scope.tempDir();
  const yaml = path.join(folder, 'w.yaml');
  const json = path.join(folder, 'w.json');
  writeFileSync(yaml, good);
  const canonical = '{"id":"w","nodes":[{"id":"a","type":"delay","with":{"duration":"1s"}}]}\n';
  assert.equal((await workflow('validate', '--to', 'json', yaml)).stdout, canonical);
  writeFileSync(json, canonical);
  const back = await workflow('validate', '--to', 'yaml', json);
  assert.equal(back.stdout, 'id: w\nnodes:\n  - id: a\n    type: delay\n    with:\n      duration: 1s\n');
  const two = await workflow('validate', '--to', 'yaml', json, yaml);
  assert.deepEqual([two.code, two.stdout], [2, '']);
  assert.match(two.stderr, /^weir: --to takes one file\n$/);
});

test('TheExamplesAreThoseOfTheRepositoryAndGood', async () => {
  const folder = path.join(repository, 'examples/workflows');
  const files = readdirSync(folder).filter((name) => name.endsWith('.yaml')).sort();
  const { code, stdout } = await workflow('validate', ...files.map((name) => path.join(folder, name)));
  assert.equal(code, 0);
  assert.equal(stdout.split('\n').length, files.length + 1);
  const listed = (await workflow('example')).stdout.trimEnd().split('\n').map((line) => line.split(' ')[0]);
  assert.deepEqual(listed, files.map((name) => name.replace(/\.yaml$/, '')));
  const first = await workflow('example', listed[0]);
  assert.equal(first.stdout, readFileSync(path.join(folder, files[0]), 'utf8'));
  const unknown = await workflow('example', 'nightly-backpu');
  assert.deepEqual([unknown.code, unknown.stdout], [2, '']);
  assert.match(unknown.stderr, /there is no example "nightly-backpu"; did you mean "nightly-backup"\?/);
});

test('TheSchemaIsJson', async () => {
  const { code, stdout } = await workflow('schema');
  assert.equal(code, 0);
  const schema = JSON.parse(stdout);
  assert.equal(schema.$schema, 'https://json-schema.org/draft/2020-12/schema');
  assert(schema.$defs['with-http'].properties.url);
});
