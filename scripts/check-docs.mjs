// Holds the documentation to the truth: links lead somewhere, and the commands of README.md, run one after the other
// against one real server, print what the page says. (The single examples in docs/, fenced as `console`, are run by
// tests/docs.test.mjs.)
// usage: node scripts/check-docs.mjs PATH_OF_WEIR
//
// A fenced block `shell-session` is part of the page's session: lines after "$ " are commands ("> " goes on with one), the others their
// standard output. Values that differ from run to run are matched by their shape (identifiers, times, retry); cursors by
// identity: the first one met on the page stands for the real one from then on, also in later commands. "…" matches
// anything within a line. "$ ./run" starts the server again.

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const weir = path.resolve(process.argv[2] ?? 'build/dev/weir');
const sessions = ['README.md'];
const slow = process.env.WEIR_TEST_SLOW === '1' ? 6 : 1;

let passed = 0;
let failed = 0;

function check(what, problem) {
  if (problem === undefined) {
    passed += 1;
  } else {
    failed += 1;
    console.log(`${what}: ${problem}`);
  }
}

// --- Links ---

function pages(folder = root) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const full = path.join(folder, entry.name);
    if (entry.isDirectory()) return ['node_modules', 'build', '.git'].includes(entry.name) ? [] : pages(full);
    return entry.name.endsWith('.md') ? [full] : [];
  });
}

/** What GitHub makes of a heading. */
function anchorOf(heading) {
  return heading.trim().toLowerCase().replace(/[^\p{L}\p{N}\- _]/gu, '').replace(/ /g, '-');
}

function anchorsOf(text) {
  return new Set([...text.matchAll(/^#{1,6} (.+)$/gm)].map(([, heading]) => anchorOf(heading)));
}

function checkLinks(page) {
  const text = readFileSync(page, 'utf8').replace(/^```.*?^```/gms, '').replace(/`[^`\n]*`/g, '');
  for (const [, target] of text.matchAll(/\]\(([^()\s]+)\)/g)) {
    if (/^[a-z]+:/.test(target)) continue;
    const [file, anchor] = target.split('#');
    const full = file === '' ? page : path.resolve(path.dirname(page), decodeURIComponent(file));
    let problem;
    if (!existsSync(full)) problem = `leads to ${target}, which is not there`;
    else if (anchor && full.endsWith('.md') && !anchorsOf(readFileSync(full, 'utf8')).has(anchor)) problem = `${target} has no such heading`;
    check(path.relative(root, page), problem);
  }
}

// --- Sessions ---

/** The session of a page as steps: a command and the lines that it prints. */
function stepsOf(text) {
  const steps = [];
  for (const [, block] of text.matchAll(/^```shell-session\n(.*?)^```$/gms)) {
    for (const line of block.split('\n').slice(0, -1)) {
      if (line.startsWith('$ ')) steps.push({ command: line.slice(2), expected: [] });
      else if (line.startsWith('> ')) steps.at(-1).command += `\n${line.slice(2)}`;
      else steps.at(-1).expected.push(line);
    }
  }
  return steps;
}

const cursor = /[0-9a-f]{16}-\d+/;
/** Cursors of the page, and what they are in this run. @type {Map<string, string>} */
const cursors = new Map();

const shapes = [
  [cursor, null],
  [/"sequence":\d+/, '"sequence":\\d+'],
  [/"timestamp":"[^"]*"/, '"timestamp":"\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z"'],
  [/"client_id":"[^"]*"/, '"client_id":"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"'],
  [/^retry: \d+/, 'retry: \\d+'],
  [/[0-9a-f]{16}-…/, '[0-9a-f]{16}-\\d+'],
  [/…/, '.*'],
];
const variable = new RegExp(shapes.map(([shape]) => `(${shape.source})`).join('|'));

function escapeRegExp(text) {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** Whether the line is as expected; learns the cursors that it meets for the first time. */
function lineMatches(expected, actual) {
  let pattern = '^';
  const learnt = [];
  let rest = expected;
  for (let match = rest.match(variable); match; match = rest.match(variable)) {
    pattern += escapeRegExp(rest.slice(0, match.index));
    const shape = shapes[match.slice(1).findIndex((group) => group !== undefined)];
    if (shape[1] !== null) pattern += shape[1];
    else if (cursors.has(match[0])) pattern += cursors.get(match[0]);
    else {
      pattern += `(${cursor.source})`;
      learnt.push(match[0]);
    }
    rest = rest.slice(match.index + match[0].length);
  }
  const found = actual.match(new RegExp(`${pattern}${escapeRegExp(rest)}$`));
  if (!found) return false;
  learnt.forEach((name, i) => cursors.set(name, found[i + 1]));
  return true;
}

class Server {
  constructor(folder) {
    this.folder = folder;
    this.port = 0;
  }

  async start() {
    await this.exit;
    const args = ['serve', '--listen', `127.0.0.1:${this.port}`, '--data-dir', 'build/demo-data', '--demo'];
    const child = spawn(weir, args, { cwd: this.folder, stdio: ['ignore', 'pipe', 'pipe'] });
    this.child = child;
    this.exit = new Promise((resolve) => child.once('close', (code, signal) => resolve({ code, signal })));
    let said = '';
    const listening = new Promise((resolve, reject) => {
      for (const stream of [child.stdout, child.stderr]) {
        stream.on('data', (bytes) => {
          said += bytes;
          const match = said.match(/url=http:\/\/127\.0\.0\.1:(\d+)/);
          if (match) resolve(Number(match[1]));
        });
      }
      child.once('error', reject);
      child.once('close', () => reject(new Error(`the server ended:\n${said}`)));
      setTimeout(() => reject(new Error(`the server does not listen after 10 s:\n${said}`)), 10_000 * slow).unref();
    });
    this.port = await listening;
  }

  async stop() {
    this.child?.kill('SIGTERM');
    return this.exit;
  }
}

async function runSession(page) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'weir-docs-'));
  const server = new Server(folder);
  try {
    await server.start();
    for (const { command, expected } of stepsOf(readFileSync(path.join(root, page), 'utf8'))) {
      if (/^\.\/run\b/.test(command)) {
        await server.start();
        continue;
      }
      let real = command.replaceAll('127.0.0.1:3000', `127.0.0.1:${server.port}`);
      for (const [name, value] of cursors) real = real.replaceAll(new RegExp(`\\b${name}\\b`, 'g'), value);
      const { stdout } = spawnSync('bash', ['-c', real], { cwd: folder, encoding: 'utf8', timeout: 20_000 * slow });
      const actual = stdout.replace(/\n$/, '').split('\n');
      // A stream's last blank line is the end of its block on the page.
      while (expected.at(-1) === '') expected.pop();
      while (actual.at(-1) === '') actual.pop();
      const same = actual.length === expected.length && expected.every((line, i) => lineMatches(line, actual[i]));
      check(page, same ? undefined : `$ ${command}\n  the page says:\n${indent(expected)}\n  it prints:\n${indent(actual)}`);
    }
  } finally {
    const { code } = (await server.stop()) ?? {};
    check(page, code === 0 ? undefined : `the server ends with ${code} on SIGTERM`);
    rmSync(folder, { recursive: true, force: true });
  }
}

function indent(lines) {
  return lines.map((line) => `    ${line}`).join('\n');
}

for (const page of pages()) checkLinks(page);
for (const page of sessions) await runSession(page).catch((error) => check(page, error.message));
console.log(`${passed} passed, ${failed} failed, 0 skipped`);
process.exitCode = failed === 0 ? 0 : 1;
