import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';

import { filesUnder } from './precompress.ts';

// What scripts/build-console made, which ./test calls before.
const folder = path.join(path.dirname(fileURLToPath(import.meta.url)), '../../build/console');
const all = filesUnder(folder);
const plain = all.filter((name) => !/\.(br|gz)$/.test(name));
const page = readFileSync(path.join(folder, 'index.html'), 'utf8');
const named = [...page.matchAll(/(?:src|href)="\/([^"]+)"/g)].map(([, name]) => name ?? '');

/** Bytes on the wire: as brotli where there is such a file. */
const wire = (name: string) => statSync(path.join(folder, all.includes(`${name}.br`) ? `${name}.br` : name)).size;
const sum = (names: readonly string[]) => names.map(wire).reduce((a, b) => a + b, 0);
const kib = 1024;

describe('the bundle', () => {
  test('stays below its ceilings: what every page loads, and all of it', () => {
    const sizes = { first: sum(named), all: sum(plain) };
    console.log(`brotli: ${(sizes.first / kib).toFixed(1)} KiB for every page, ${(sizes.all / kib).toFixed(1)} KiB in all`);
    expect(sizes.first).toBeLessThan(190 * kib);
    expect(sizes.all).toBeLessThan(410 * kib);
  });

  test('has the bell for other pages in one file', () => {
    const bell = readFileSync(path.join(folder, 'weir-bell.js'), 'utf8');
    expect(bell).not.toMatch(/\b(import|export)\b/);
    expect(wire('weir-bell.js')).toBeLessThan(22 * kib);
  });

  test('loads what draws graphs only with the first graph', () => {
    const drawing = plain.filter((name) => name.endsWith('.js') && readFileSync(path.join(folder, name), 'utf8').includes('react-flow__'));
    expect(drawing.map((name) => name.replace(/-[\w-]{8}\.js$/, ''))).toEqual(['assets/flow_graph']);
    expect(named).not.toContain(drawing[0]);
    expect(wire(drawing[0] ?? '')).toBeLessThan(75 * kib);
  });

  test('names only files that are there, the script that chooses the theme first', () => {
    for (const name of named) expect(plain).toContain(name);
    const scripts = [...page.matchAll(/<script([^>]*)>/g)].map(([, attributes]) => attributes ?? '');
    expect(scripts[0]).toMatch(/src="\/assets\/theme-/);
    expect(scripts[0]).not.toMatch(/module|async|defer/);
  });

  test('has nothing inline, which the page’s policy would forbid', () => {
    expect(page).not.toMatch(/<style|<script>| style=| on[a-z]+=/);
    // tooling/sonner_style.ts has left the element out.
    for (const name of plain.filter((each) => each.endsWith('.js'))) expect(readFileSync(path.join(folder, name), 'utf8'), name).not.toContain('[data-sonner-toaster][dir=ltr]');
  });

  test('gives each part a name made of its content', () => {
    for (const name of plain) if (!['index.html', 'weir-bell.js'].includes(name)) expect(name).toMatch(/^assets\/[\w.-]+-[\w-]{8}\.(js|css|svg)$/);
  });

  test('holds the same in each coding', () => {
    for (const name of plain.filter((each) => all.includes(`${each}.gz`))) {
      const content = readFileSync(path.join(folder, name));
      expect(gunzipSync(readFileSync(path.join(folder, `${name}.gz`))).equals(content), name).toBe(true);
      expect(brotliDecompressSync(readFileSync(path.join(folder, `${name}.br`))).equals(content), name).toBe(true);
    }
  });
});
