// @ts-check
// `weir operator`: the file of those who may log in.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { seconds, within } from '../support/deadline.mjs';
import { addOperator, password } from '../support/operators.mjs';
import { binary, environment, run } from '../support/server.mjs';
import { test } from '../support/test.mjs';

/** @param {string[]} args @param {string} [input] */
const operator = (args, input = '') => run(['operator', ...args], { input });

test('OperatorsAreAddedListedReplacedAndRemoved', async (scope) => {
  const folder = scope.tempDir();
  const file = path.join(folder, 'operators');
  await addOperator(file, 'ada');
  assert.equal(statSync(file).mode & 0o777, 0o600);
  writeFileSync(file, `# the first one\n${readFileSync(file, 'utf8')}`);
  chmodSync(file, 0o640);
  await addOperator(file, 'bob@example.org', 'ünïcödé is 12');
  assert.equal((await operator(['list', '--file', file])).stdout, 'ada\nbob@example.org\n');
  const before = readFileSync(file, 'utf8').split('\n');
  assert.match(before[1], /^\{"name":"ada","password":"\$scrypt\$ln=15,r=8,p=3\$[\w-]{22}\$[\w-]{43}"\}$/);

  const taken = await operator(['add', 'ada', '--file', file], `${password}\n`);
  assert.deepEqual([taken.code, taken.stdout], [2, '']);
  assert.match(taken.stderr, /^weir: .*"ada" is there already; --replace gives a new password\n$/);
  await addOperator(file, 'ada', password, ['--replace']);
  const after = readFileSync(file, 'utf8').split('\n');
  assert.deepEqual([after[0], after[1]], ['# the first one', before[2]], 'all else stays as it is');
  assert.notEqual(after[2], before[1], 'with a salt of its own');
  assert.equal(statSync(file).mode & 0o777, 0o640, 'and so does the mode');

  assert.equal((await operator(['remove', 'ada', '--file', file])).code, 0);
  assert.equal((await operator(['list', '--file', file])).stdout, 'bob@example.org\n');
  const gone = await operator(['remove', 'ada', '--file', file]);
  assert.equal(gone.code, 2);
  assert.match(gone.stderr, /there is no operator "ada"/);
  assert.deepEqual(readdirSync(folder), ['operators'], 'nothing is left beside it');
});

test('WhatIsNoGoodPasswordOrNameIsRefused', async (scope) => {
  const file = path.join(scope.tempDir(), 'operators');
  for (const [name, input, why] of /** @type {[string, string, RegExp][]} */ ([
    ['ada', '', /no password was given/],
    ['ada', '\n', /no password was given/],
    ['ada', 'eleven char\n', /at least 12 characters/],
    ['ada', `${'x'.repeat(1025)}\n`, /at most 1024 bytes/],
    ['ada', 'twelve\tletters\n', /control characters/],
    ['a da', `${password}\n`, /a name has 1 to 64/],
  ])) {
    const { code, stdout, stderr } = await operator(['add', name, '--file', file], input);
    assert.deepEqual([code, stdout], [2, ''], stderr);
    assert.match(stderr, why);
    assert.equal(stderr.trimEnd().split('\n').length, 1, stderr);
    assert(!existsSync(file));
  }
  assert.equal((await operator(['add', 'ada', '--file', file], 'no line end is needed')).code, 0);
  for (const args of [['add'], ['add', 'x'], ['list'], ['remove', '--file', file], []]) assert.equal((await operator(args)).code, 2, args.join(' '));
});

test('AFileThatOthersMayReadOrThatIsBrokenIsLeftAlone', async (scope) => {
  const folder = scope.tempDir();
  const file = path.join(folder, 'operators');
  await addOperator(file, 'ada');
  chmodSync(file, 0o644);
  const text = readFileSync(file, 'utf8');
  for (const args of [['add', 'bob'], ['remove', 'ada'], ['list']]) {
    const { code, stderr } = await operator([...args, '--file', file], `${password}\n`);
    assert.equal(code, 2);
    assert.match(stderr, /everybody on this machine may read it \(mode 0644\): chmod o-rw it/);
  }
  assert.equal(readFileSync(file, 'utf8'), text);
  chmodSync(file, 0o600);
  writeFileSync(file, `${text}broken\n`);
  const broken = await operator(['remove', 'ada', '--file', file]);
  assert.equal(broken.code, 2);
  assert.match(broken.stderr, /operators: line 2: /);
  for (const command of ['remove', 'list']) {
    const missing = await operator([command, ...(command === 'remove' ? ['ada'] : []), '--file', path.join(folder, 'nowhere')]);
    assert.equal(missing.code, 2);
    assert.match(missing.stderr, /nowhere: No such file or directory/);
  }
  assert.equal((await operator(['add', 'ada', '--file', path.join(folder, 'no/such/folder')], `${password}\n`)).code, 2);
});

/** Types lines at a terminal, each after its question. @param {string[]} args @param {string[]} lines */
async function typed(args, lines) {
  // util-linux's script gives the command a terminal of its own.
  const quoted = [binary, ...args].map((each) => `'${each}'`).join(' ');
  const child = spawn('script', ['--quiet', '--return', '--command', quoted, '/dev/null'], { env: environment() });
  let output = '';
  const rest = [...lines];
  child.stdout.on('data', (bytes) => {
    const asked = (output.match(/(Password|again): /g) ?? []).length;
    output += bytes;
    const now = (output.match(/(Password|again): /g) ?? []).length;
    for (let i = asked; i < now; ++i) child.stdin.write(`${rest.shift() ?? ''}`);
  });
  const code = await within(new Promise((resolve) => child.on('close', resolve)), () => `the command ends: ${output}`, seconds(20));
  return { code, output };
}

test('AtATerminalThePasswordIsAskedForTwiceAndNotShown', async (scope) => {
  const file = path.join(scope.tempDir(), 'operators');
  const good = await typed(['operator', 'add', 'ada', '--file', file], [`${password}\r`, `${password}\r`]);
  assert.equal(good.code, 0, good.output);
  assert.match(good.output, /Password: \r?\n?.*The same again: /s);
  assert(!good.output.includes('horse'), good.output);
  assert.equal((await operator(['list', '--file', file])).stdout, 'ada\n');
  const different = await typed(['operator', 'add', 'bob', '--file', file], [`${password}\r`, 'something else\r']);
  assert.equal(different.code, 2, different.output);
  assert.match(different.output, /the two passwords differ/);
  const interrupted = await typed(['operator', 'add', 'bob', '--file', file], ['\x03']);
  assert.equal(interrupted.code, 130, `as a signal ends it: ${interrupted.output}`);
  assert.equal((await operator(['list', '--file', file])).stdout, 'ada\n');
});
