// @ts-check
// What the documentation shows is what happens. Every command in README.md, docs/*.md and examples/*/*.md that is fenced as ```console or
// ```shell-session and begins with `$ ` (goes on with `> `) is run against a live server, and what the page
// shows below it is compared.
//
// - `127.0.0.1:3000` becomes the test's server, `weir`, where it is a command, the binary under test, and a cursor's
//   epoch that of the server. `kill -9 …` kills the test's server, and `./run` starts it if it does not run.
// - `/var/lib/weir`, as a directory that a command is given, becomes the test server's own.
// - Numbers, cursors, times and made-up ids may differ; `…` stands for anything, on a line of its own for any lines.
// - While a stream is shown (`curl -N` without `--max-time`, `weir sub`), the page's publishes so far are made again;
//   it is ended once it has shown what the page shows.
// - Commands that cannot be run here are fenced as ```sh.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

import { request } from './support/client.mjs';
import { seconds, Signal } from './support/deadline.mjs';
import { binary, environment, repository } from './support/server.mjs';
import { test } from './support/test.mjs';

/** @typedef {{line: number, command: string, shown: string[]}} Example */

/** @param {string} text @returns {Example[]} */
export function examplesOf(text) {
  /** @type {Example[]} */
  const examples = [];
  let inside = false;
  for (const [index, line] of text.split('\n').entries()) {
    if (/^\s*```/.test(line)) {
      inside = !inside && /^\s*```(console|shell-session)\s*$/.test(line);
      continue;
    }
    if (!inside) continue;
    const last = examples.at(-1);
    if (line.startsWith('$ ')) examples.push({ line: index + 1, command: line.slice(2), shown: [] });
    else if (last && last.shown.length === 0 && line.startsWith('> ')) last.command += `\n${line.slice(2)}`;
    else last?.shown.push(line);
  }
  for (const { shown } of examples) while (shown.at(-1) === '') shown.pop();
  return examples;
}

/** What may differ from run to run, made the same. @param {string} line */
function shapeOf(line) {
  return line
    .replace(/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, 'ID')
    .replace(/\b[0-9a-f]{16}-(\d+|…)/g, 'CURSOR')
    .replace(/\bweir_[0-9a-f]{12}_[\w…-]+/g, 'KEY')
    .replace(/\b[0-9a-f]+…/g, '…')
    .replace(/\d{4}-\d{2}-\d{2}[T ][\d:.]+(Z|[+-]\d{2}:?\d{2})?/g, 'TIME')
    .replace(/\d+(\.\d+)?/g, 'N')
    .trimEnd();
}

/** @param {string} shown @returns {RegExp} */
function patternOf(shown) {
  const parts = shapeOf(shown).split('…').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`);
}

/**
 * The first shown line that the output lacks, or undefined if it has all, in order and one after the other.
 * @param {string[]} shown
 * @param {string[]} output
 */
function missing(shown, output) {
  let at = 0;
  let anywhere = false;
  for (const line of shown) {
    if (line.trim() === '…') {
      anywhere = true;
      continue;
    }
    const pattern = patternOf(line);
    if (anywhere) while (at < output.length && !pattern.test(shapeOf(output[at]))) ++at;
    if (at >= output.length || !pattern.test(shapeOf(output[at]))) return { line, instead: output[at] };
    ++at;
    anywhere = false;
  }
  return undefined;
}

const streams = (/** @type {string} */ command) => !/--max-time/.test(command) && (/\bcurl\b.*(\s-[a-zA-Z]*N\b|--no-buffer)/.test(command) || /(^|\|\s*)weir sub\b/.test(command));
const publishes = (/** @type {string} */ command) => /\bcurl\b.*(\s-d\b|--data|--json|-X POST)/.test(command) || /(^|\|\s*)weir pub\b/.test(command);

/**
 * @param {string} command
 * @param {import('./support/server.mjs').Server} server
 * @param {string} cwd
 * @param {string[]} [stream] for a stream: what it is to show
 * @param {() => Promise<unknown>} [meanwhile]
 */
async function runCommand(command, server, cwd, stream, meanwhile) {
  if (/^kill -9 /.test(command)) {
    await server.kill();
    return [];
  }
  if (/^\.\/run\b/.test(command)) {
    if (!server.running) await server.start();
    return [];
  }
  const epoch = (await request(server, 'GET', '/v1/stats')).json.cursor.slice(0, 16);
  const line = command.replaceAll('--data-dir /var/lib/weir', `--data-dir ${server.options.dataDir}`).replaceAll('127.0.0.1:3000', `${server.host}:${server.port}`).replace(/\b[0-9a-f]{16}(?=-\d+\b)/g, epoch);
  // curl tells a stream that was cut off in time by this status.
  const statuses = /--max-time/.test(command) ? [0, 28] : [0];
  const script = `set -o pipefail; weir() { '${binary}' "$@"; }; ${/\bcurl\b/.test(line) ? 'curl() { command curl -sS "$@"; }; ' : ''}${line}`;
  const child = spawn('bash', ['-c', script], { cwd, env: environment({ WEIR_URL: server.url }), detached: true });
  const signal = new Signal();
  let output = '';
  let errors = '';
  /** @type {number | null | undefined} */
  let code;
  child.stdout.on('data', (bytes) => {
    output += bytes;
    signal.notify();
  });
  child.stderr.on('data', (bytes) => (errors += bytes));
  child.stdin.end();
  child.on('close', (status) => {
    code = status;
    signal.notify();
  });
  const lines = () => output.replace(/\n$/, '').split('\n');
  try {
    if (stream) {
      await signal.until(() => output !== '' || code !== undefined, () => `${command} shows something: ${errors}`);
      await meanwhile?.();
      await signal.until(() => missing(stream, lines()) === undefined || code !== undefined, () => `${command} shows ${JSON.stringify(missing(stream, lines()))}; it showed:\n${output}${errors}`);
    } else {
      await signal.until(() => code !== undefined, () => `${command} ends: ${errors}`, seconds(20));
      assert(statuses.includes(code ?? -1), `${command}: ${code} ${errors}${output}`);
    }
  } finally {
    try {
      if (child.pid) process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
  return lines();
}

/** @param {string} folder */
const pagesIn = (folder) => readdirSync(path.join(repository, folder)).filter((name) => name.endsWith('.md')).map((name) => `${folder}/${name}`);

const examplePages = readdirSync(path.join(repository, 'examples'), { withFileTypes: true }).filter((entry) => entry.isDirectory()).flatMap(({ name }) => pagesIn(`examples/${name}`));
const pages = ['README.md', ...pagesIn('docs'), ...examplePages];

for (const page of pages.filter((name) => existsSync(path.join(repository, name)))) {
  const examples = examplesOf(readFileSync(path.join(repository, page), 'utf8'));
  if (examples.length === 0) continue;
  test(`TheCommandsOf ${page} DoWhatItShows`, async (scope) => {
    const server = await scope.server();
    const cwd = scope.tempDir();
    /** @type {string[]} */
    const published = [];
    for (const { line, command, shown } of examples) {
      const again = async () => {
        for (const each of published) await runCommand(each, server, cwd);
      };
      const output = await runCommand(command, server, cwd, streams(command) ? shown : undefined, again).catch((error) => {
        throw new Error(`${page}:${line}: ${error.message}`);
      });
      const lacks = missing(shown, output);
      assert(lacks === undefined, `${page}:${line}: ${command}\nshows ${JSON.stringify(lacks?.line)}, but there is ${JSON.stringify(lacks?.instead)} in:\n${output.join('\n')}`);
      if (publishes(command)) published.push(command);
    }
  });
}

test('TheHttpApiPageShowsCommands', () => {
  const examples = examplesOf(readFileSync(path.join(repository, 'docs/http-api.md'), 'utf8'));
  assert(examples.length >= 3, `${examples.length}`);
});

test('OperationsNamesThePackagesThatTheBinaryRunsWith', () => {
  const listed = /^\[run\].*\n((?:.+\n)+)/m.exec(readFileSync(path.join(repository, 'scripts/packages.txt'), 'utf8'));
  const shown = /^apt-get install (.+)$/m.exec(readFileSync(path.join(repository, 'docs/operations.md'), 'utf8'));
  assert.deepEqual(shown?.[1].split(' '), listed?.[1].trim().split('\n'));
});

test('OperationsListsTheMetricsThatThereAre', async (scope) => {
  const { text } = await request(await scope.server(), 'GET', '/metrics');
  const types = [...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)].map(([, name, type]) => `${name} ${type}`);
  const page = readFileSync(path.join(repository, 'docs/operations.md'), 'utf8');
  const rows = [...page.matchAll(/^\| `(weir_\w+)[^`]*` \| (\w+) \|/gm)].map(([, name, type]) => `${name} ${type}`);
  assert.deepEqual(rows.sort(), types.sort());
});
