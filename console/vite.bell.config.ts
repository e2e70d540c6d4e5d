// The bell for the pages of others, as one script at an address that stays: /weir-bell.js. Built after the console, into the same folder.

import { fileURLToPath } from 'node:url';

import { defineConfig } from 'vite';

import { precompress } from './tooling/precompress.ts';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  plugins: [precompress()],
  build: {
    outDir: here('../build/console'),
    emptyOutDir: false,
    target: 'es2022',
    lib: { entry: here('../clients/ts/src/bell/script.ts'), formats: ['iife'], name: 'WeirBellScript', fileName: () => 'weir-bell.js' },
  },
});
