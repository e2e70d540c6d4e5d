// @ts-check
// Runs test files, two at a time, and ends with one line of totals:
//
//   tests 123 passed 120 failed 2 skipped 1 seconds 98
//
// node run.mjs [--concurrency N] [--quiet] [file or folder …]      default: everything
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { run } from 'node:test';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));

/** @param {string} place @returns {string[]} */
function testsIn(place) {
  if (statSync(place).isFile()) return [place];
  return readdirSync(place)
    .filter((name) => name !== 'node_modules' && !name.startsWith('.'))
    .flatMap((name) => {
      const full = path.join(place, name);
      if (statSync(full).isDirectory()) return testsIn(full);
      return name.endsWith('.test.mjs') ? [full] : [];
    });
}

const args = process.argv.slice(2);
let concurrency = 2;
let quiet = false;
/** @type {string[]} */
const places = [];
for (let arg = args.shift(); arg !== undefined; arg = args.shift()) {
  if (arg === '--concurrency') concurrency = Number(args.shift());
  else if (arg === '--quiet') quiet = true;
  else places.push(existsSync(path.resolve(arg)) ? path.resolve(arg) : path.join(here, arg));
}
for (const place of places) {
  if (!existsSync(place)) {
    console.error(`${place}: no such test file or folder`);
    process.exit(2);
  }
}

const files = [...new Set((places.length > 0 ? places : [here]).flatMap(testsIn))]
  // The longest first, so that it does not run alone at the end.
  .sort((a, b) => Number(b.includes('crash')) - Number(a.includes('crash')) || a.localeCompare(b));
const started = Date.now();
const totals = { tests: 0, passed: 0, failed: 0, skipped: 0 };
/** @type {string[]} */
const failures = [];

/** Where a test is written. Node names the file that called its test(), which is the wrapper's. */
const texts = new Map(files.map((file) => [path.relative(here, file), readFileSync(file, 'utf8')]));
/** @param {string} name */
const fileOf = (name) => [...texts].find(([, text]) => text.includes(`'${name}'`))?.[0] ?? '';

/** @param {any} error */
function explain(error) {
  const cause = error?.cause ?? error;
  return cause?.stack ?? String(cause);
}

const stream = run({ files, concurrency });
stream.on('test:pass', (data) => finished(data, true));
stream.on('test:fail', (data) => finished(data, false));
stream.on('test:diagnostic', (data) => {
  // Node's own totals of each file say what the last line says.
  if (!/^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) [\d.]+$/.test(data.message) && (!quiet || failures.length > 0)) {
    console.log(`    ${data.message.replaceAll('\n', '\n    ')}`);
  }
});
stream.on('test:stderr', (data) => process.stderr.write(data.message));

/** @param {any} data @param {boolean} passed */
function finished(data, passed) {
  const file = fileOf(data.name);
  // A file is reported like a test by some versions of Node; it counts only where it failed by itself.
  const isFile = files.some((each) => each === data.name || each === path.resolve(here, data.name));
  if (isFile && (passed || data.details?.error?.failureType === 'subtestsFailed')) return;
  ++totals.tests;
  const milliseconds = Math.round(data.details?.duration_ms ?? 0);
  if (passed && data.skip !== undefined) {
    ++totals.skipped;
    console.log(`skip  ${file} ${data.name}: ${data.skip}`);
  } else if (passed) {
    ++totals.passed;
    if (!quiet) console.log(`ok    ${file} ${data.name} (${milliseconds} ms)`);
  } else {
    ++totals.failed;
    failures.push(`${file} ${data.name}\n${explain(data.details?.error)}`);
    console.log(`FAIL  ${file} ${data.name} (${milliseconds} ms)\n${explain(data.details?.error).replaceAll(/^/gm, '      ')}`);
  }
}

stream.on('end', () => {
  if (failures.length > 0) console.log(`\n${failures.length} failed:\n${failures.map((each) => `  ${each.split('\n')[0]}`).join('\n')}`);
  const seconds = Math.round((Date.now() - started) / 1000);
  console.log(`tests ${totals.tests} passed ${totals.passed} failed ${totals.failed} skipped ${totals.skipped} seconds ${seconds}`);
  process.exitCode = totals.failed > 0 || totals.tests === 0 ? 1 : 0;
});
stream.resume();
