// @ts-check
// The C++ library as a program gets it: headers that stand alone, an object that shows nothing else, and the examples built
// outside of the tree against an installed copy.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { Command } from '../support/command.mjs';
import { binary, repository } from '../support/server.mjs';
import { test } from '../support/test.mjs';

const build = path.dirname(binary);
const library = path.join(build, 'libweir.so');
const headers = readdirSync(path.join(repository, 'include/weir'));

/** @param {string} program @param {string[]} args @param {import('node:child_process').SpawnSyncOptions} [options] */
function tool(program, args, options = {}) {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', ...options });
  assert.equal(status, 0, `${program} ${args.join(' ')}\n${stdout}${stderr}`);
  return String(stdout);
}

/** @param {import('../support/test.mjs').Scope} scope */
function hasLibrary(scope) {
  if (existsSync(library)) return true;
  scope.context.skip('a build with sanitizers has no shared library');
  return false;
}

test('EveryPublicHeaderCompilesAloneWithTheStandardLibraryOnly', (scope) => {
  const directory = scope.tempDir();
  for (const header of headers) {
    const source = path.join(directory, 'one.cpp');
    writeFileSync(source, `#include <weir/${header}>\n`);
    const used = tool('c++', ['-std=c++20', '-Wall', '-Wextra', '-Wpedantic', '-Werror', '-fsyntax-only', '-I', path.join(repository, 'include'), source]);
    assert.equal(used, '', header);
  }
  for (const header of headers) {
    const text = readFileSync(path.join(repository, 'include/weir', header), 'utf8');
    assert.match(text, /^#pragma once\n\n\/\/ /, `${header} begins with what it is`);
    for (const [, included] of text.matchAll(/^#include (.*)$/gm)) {
      assert.match(included, /^<(weir\/\w+\.hpp|[a-z_]+)>$/, `${header} includes ${included}`);
      if (included.startsWith('<weir/')) assert(headers.includes(included.slice(6, -1)), `${header}: there is no ${included}`);
    }
  }
}, { timeout: 120 });

test('TheSharedLibraryShowsNothingButItsClasses', (scope) => {
  if (!hasLibrary(scope)) return;
  const symbols = tool('nm', ['--dynamic', '--defined-only', '--demangle', '--format=posix', library]).trim().split('\n');
  const classes = ['Hub', 'Subscription', 'Request', 'AccessQuestion', 'EventSource'];
  for (const symbol of symbols) {
    const known = new RegExp(`^weir::(?:version\\(\\)|(?:${classes.join('|')})::)`).test(symbol);
    assert(known, `${symbol} is visible`);
  }
  for (const name of classes) assert(symbols.some((symbol) => symbol.startsWith(`weir::${name}::`)), `${name} is visible`);
  const needed = tool('readelf', ['--dynamic', library]);
  assert.match(needed, /SONAME.*\[libweir\.so\.\d+\.\d+\]/);
});

test('TheExamplesBuildAgainstAnInstalledLibraryAndDoWhatTheySay', async (scope) => {
  if (!hasLibrary(scope)) return;
  const directory = scope.tempDir();
  const prefix = path.join(directory, 'prefix');
  tool('cmake', ['--install', build, '--component', 'development', '--prefix', prefix]);
  assert(!existsSync(path.join(prefix, 'bin')), 'a program needs no server');

  const examples = path.join(directory, 'build');
  tool('cmake', ['-S', path.join(repository, 'examples/embed'), '-B', examples, '-G', 'Ninja', `-DCMAKE_PREFIX_PATH=${prefix}`, '-DCMAKE_BUILD_TYPE=Debug']);
  tool('cmake', ['--build', examples]);
  // The other way to find it.
  const env = { ...process.env, PKG_CONFIG_PATH: path.join(prefix, 'lib/pkgconfig') };
  const flags = tool('pkg-config', ['--cflags', '--libs', 'weir'], { env }).trim().split(/\s+/);
  const byPkgConfig = path.join(examples, 'events-by-pkg-config');
  tool('c++', ['-std=c++20', path.join(repository, 'examples/embed/events.cpp'), ...flags, '-o', byPkgConfig]);
  const libraries = { LD_LIBRARY_PATH: path.join(prefix, 'lib') };

  // A hub in a program, and a page's requests to it.
  const counter = new Command(scope, ['127.0.0.1:0', path.join(directory, 'data')], { program: path.join(examples, 'counter') });
  await counter.until(() => counter.output.includes('\n'), 'the counter says where it is');
  const url = counter.output.match(/http:\/\/[^/\s]+/)?.[0];
  assert(url, counter.output);
  const page = await fetch(`${url}/`);
  assert.match(page.headers.get('content-type') ?? '', /^text\/html/);
  assert.match(await page.text(), /new EventSource\('\/count\?last=1'\)/);
  for (const count of ['1', '2', '3']) assert.equal(await (await fetch(`${url}/press`, { method: 'POST' })).text(), `${count}\n`);

  // The client, built either way, follows it.
  for (const [program, environment] of [[path.join(examples, 'events'), {}], [byPkgConfig, libraries]]) {
    const events = new Command(scope, [`${url}/count?after=earliest`, '3'], { program: String(program), env: /** @type {Record<string, string>} */ (environment) });
    assert.deepEqual(await events.ended(), { code: 0, signal: null }, events.errors);
    assert.equal(events.output, 'message: 1\nmessage: 2\nmessage: 3\n');
  }
  counter.kill('SIGTERM');
  assert.deepEqual(await counter.ended(), { code: 0, signal: null }, counter.errors);

  // The program that never handles an event twice, over three lives.
  const orders = path.join(directory, 'orders');
  const state = path.join(directory, 'state');
  mkdirSync(orders);
  let handled = '';
  for (const count of ['2', '3', '4']) {
    handled += execFileSync(path.join(examples, 'follower'), [orders, state, count], { encoding: 'utf8', timeout: 20_000 });
  }
  assert.deepEqual(handled.trim().split('\n'), ['tea', 'coffee', 'milk', 'tea', 'coffee', 'milk', 'tea', 'coffee', 'milk'].map((item) => `orders/17: ${item}`));
}, { timeout: 240 });
