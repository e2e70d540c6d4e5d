// @ts-check
// Dependencies point down only: every #include of src/ is held against the table of layers, which is the DEPENDS of
// each folder's CMakeLists.txt held against the one written here.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';

const source = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../src');

/** What a layer may include beside itself. @type {Record<string, string[]>} */
const table = {
  base: [],
  proto: ['base'],
  log: ['base', 'proto'],
  hub: ['base', 'proto', 'log'],
  net: ['base', 'proto'],
  client: ['base', 'proto'],
  access: ['base', 'proto', 'client'],
  telemetry: ['base', 'proto', 'client'],
  api: ['base', 'proto', 'log', 'hub', 'net', 'access'],
  apps: ['base', 'proto', 'log', 'hub', 'net', 'api', 'access', 'client'],
  cli: ['base', 'proto', 'client'],
  node: ['base', 'proto', 'log', 'hub', 'net', 'api', 'client', 'access', 'apps', 'telemetry'],
  server: ['base', 'proto', 'log', 'hub', 'net', 'api', 'client', 'access', 'apps', 'cli', 'node'],
  embed: ['base', 'proto', 'log', 'hub', 'net', 'api', 'client', 'access', 'node'],
};

/** @param {string} folder @returns {string[]} */
function filesUnder(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const full = path.join(folder, entry.name);
    return entry.isDirectory() ? filesUnder(full) : [full];
  });
}

const files = filesUnder(source).filter((file) => /\.(hpp|cpp)$/.test(file));
/** @param {string} file */
const layerOf = (file) => path.relative(source, file).split(path.sep)[0];
/** @param {string} file */
const nameOf = (file) => path.relative(source, file);

test('EveryFolderOfTheSourceIsALayerOfTheTable', () => {
  const folders = readdirSync(source, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  assert.deepEqual(folders.sort(), Object.keys(table).sort());
});

test('EveryIncludePointsDown', () => {
  let checked = 0;
  for (const file of files) {
    const layer = layerOf(file);
    for (const match of readFileSync(file, 'utf8').matchAll(/^[ \t]*#[ \t]*include[ \t]*"([^"]+)"/gm)) {
      const [, included] = match;
      const target = included.split('/')[0];
      assert(included.includes('/'), `${nameOf(file)} includes "${included}" without its layer`);
      assert(target === layer || table[layer].includes(target), `${nameOf(file)}: ${layer} may not include "${included}"`);
      assert(existsSync(path.join(source, included)), `${nameOf(file)}: there is no "${included}"`);
      ++checked;
    }
  }
  assert(checked > 100, `${checked} includes were read`);
});

test('NoProjectHeaderIsIncludedInAngleBrackets', () => {
  for (const file of files) {
    for (const [, included] of readFileSync(file, 'utf8').matchAll(/^[ \t]*#[ \t]*include[ \t]*<([^>]+)>/gm)) {
      assert(!existsSync(path.join(source, included)), `${nameOf(file)} includes <${included}>`);
    }
  }
});

test('NoTwoHeadersIncludeEachOther', () => {
  /** @type {Map<string, string[]>} */
  const includes = new Map();
  for (const file of files.filter((each) => each.endsWith('.hpp'))) {
    includes.set(nameOf(file), [...readFileSync(file, 'utf8').matchAll(/^#include "([^"]+)"/gm)].map((match) => match[1]));
  }
  /** @type {Map<string, 'open' | 'done'>} */
  const state = new Map();
  const visit = (/** @type {string} */ name, /** @type {string[]} */ trail) => {
    assert.notEqual(state.get(name), 'open', `a circle: ${[...trail, name].join(' -> ')}`);
    if (state.get(name) === 'done') return;
    state.set(name, 'open');
    for (const next of includes.get(name) ?? []) visit(next, [...trail, name]);
    state.set(name, 'done');
  };
  for (const name of includes.keys()) visit(name, []);
});

test('EveryFileIsInItsFoldersNamespace', () => {
  for (const file of files) {
    const text = readFileSync(file, 'utf8');
    const layer = layerOf(file);
    const opened = [...text.matchAll(/^namespace (weir(?:::\w+)*)/gm)].map((match) => match[1]);
    for (const name of opened) {
      // What include/weir declares is defined in its own namespace.
      if (layer === 'embed' && name === 'weir') continue;
      assert(name === `weir::${layer}` || name.startsWith(`weir::${layer}::`), `${nameOf(file)} opens ${name}`);
    }
    if (path.basename(file) !== 'main.cpp' && /^(class|struct|enum|inline|template|\w[\w:<>&* ]+\()/m.test(text)) {
      assert(opened.length > 0, `${nameOf(file)} declares something outside weir::${layer}`);
    }
  }
});

test('EveryHeaderIsGuarded', () => {
  for (const file of files.filter((each) => each.endsWith('.hpp'))) {
    assert.match(readFileSync(file, 'utf8'), /^#pragma once$/m, nameOf(file));
  }
});

test('CMakeLinksALayerToTheSameOthers', () => {
  for (const [layer, allowed] of Object.entries(table)) {
    const text = readFileSync(path.join(source, layer, 'CMakeLists.txt'), 'utf8');
    const call = text.match(/weir_layer\(\s*(\w+)\s+DEPENDS([^)]*)\)/);
    assert(call, `${layer}/CMakeLists.txt calls weir_layer`);
    assert.equal(call[1], layer);
    const linked = [...call[2].matchAll(/\bweir_(\w+)\b/g)].map((match) => match[1]).filter((name) => name in table);
    assert.deepEqual(linked.sort(), [...allowed].sort(), `${layer}/CMakeLists.txt`);
  }
});

test('EveryLayerHasAReadme', () => {
  for (const layer of Object.keys(table)) {
    const readme = path.join(source, layer, 'README.md');
    assert(existsSync(readme), `src/${layer}/README.md`);
    const lines = readFileSync(readme, 'utf8').trimEnd().split('\n').length;
    assert(lines >= 3, `src/${layer}/README.md says something`);
  }
});
