// @ts-check
// The package: what it weighs, what its types say, and that its documentation is true.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';

import { bellBytesMax, coreBytesMax, sizes } from '../sizes.mjs';

const here = fileURLToPath(new URL('..', import.meta.url));
const root = path.resolve(here, '../..');

/** Compiles files strictly against the built package. @param {string[]} files */
function compile(files) {
  const options = ['--ignoreConfig', '--noEmit', '--strict', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess', '--target', 'es2022', '--lib', 'es2022,dom,dom.iterable', '--module', 'nodenext', '--types', '', '--jsx', 'react-jsx', '--skipLibCheck'];
  const { status, stdout } = spawnSync(process.execPath, [path.join(here, 'node_modules/typescript/bin/tsc'), ...options, ...files], { cwd: here, encoding: 'utf8' });
  return { status, stdout };
}

test('TheClientStaysSmall', async () => {
  const all = await sizes();
  for (const [part, most] of /** @type {const} */ ([['SSEClient', coreBytesMax], ['bell', bellBytesMax]])) {
    const found = all.find(({ name }) => name === part);
    assert(found && found.raw > 0);
    assert(found.gzip <= most, `${part} has ${found.gzip} bytes of gzip, and ${most} are meant`);
  }
});

test('TheTypesSayWhatIsMeant', () => {
  assert.deepEqual(compile(['test/types.ts']), { status: 0, stdout: '' });
});

test('EveryExampleOfTheDocumentationCompiles', () => {
  // Within the package, so that its name leads to itself.
  const folder = mkdtempSync(path.join(here, 'test', 'examples-'));
  try {
    const files = [path.join(root, 'docs/typescript.md'), path.join(here, 'README.md')].flatMap((page) => {
      const blocks = [...readFileSync(page, 'utf8').matchAll(/^```tsx?\n(.*?)^```$/gms)].map(([, code]) => code);
      assert(blocks.length > 0, `${page} has examples`);
      return blocks.map((code, i) => {
        const file = path.join(folder, `${path.basename(page, '.md')}-${i}.tsx`);
        writeFileSync(file, `${code}\nexport {};\n`);
        return file;
      });
    });
    assert.deepEqual(compile([...files, path.join(here, 'test/examples.d.ts')]), { status: 0, stdout: '' });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('EveryErrorOfTheServerHasItsNameInTheTypes', () => {
  const documented = readFileSync(path.join(root, 'docs/errors.md'), 'utf8').matchAll(/^\| `([a-z0-9-]+)` \| \d{3} \|/gm);
  const [codes = ''] = readFileSync(path.join(here, 'src/problem_codes.ts'), 'utf8').split('export type ClientCode');
  const typed = codes.matchAll(/'([a-z0-9-]+)'/g);
  assert.deepEqual([...typed].map(([, code]) => code), [...documented].map(([, code]) => code));
});

test('ThePackageHasNoDependenciesAtRunTime', () => {
  const { dependencies, peerDependenciesMeta } = JSON.parse(readFileSync(path.join(here, 'package.json'), 'utf8'));
  assert.equal(dependencies, undefined);
  assert.equal(peerDependenciesMeta.react.optional, true);
});

test('ThePackageLoadsByItsName', async () => {
  const client = await import('weir-client');
  const hooks = await import('weir-client/react');
  const tasks = await import('weir-client/tasks');
  assert.deepEqual(Object.keys(client).sort(), ['EventStreamParser', 'SSEClient', 'WeirError', 'createPresence', 'createView', 'publish']);
  assert.deepEqual(Object.keys(hooks).sort(), ['NotificationBell', 'useInbox', 'usePresence', 'useSSE', 'useTaskFeed', 'useView']);
  assert.deepEqual(Object.keys(await import('weir-client/inbox')).sort(), ['createInbox', 'floorOf', 'listOf']);
  assert.deepEqual(Object.keys(await import('weir-client/bell')).sort(), ['WeirBell', 'bellTexts', 'defineBell', 'relativeTime', 'severityIcons', 'snoozeChoices']);
  assert.deepEqual(Object.keys(tasks).sort(), ['createTaskFeed', 'isActive', 'reduceTaskFeed', 'taskFeedUrl']);
});
