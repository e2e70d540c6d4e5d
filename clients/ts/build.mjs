// @ts-check
// Builds dist/: modules with their types by the compiler, and each entry as one minified file, for pages without a bundler.
// Prints their sizes. usage: node build.mjs

import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import zlib from 'node:zlib';

import { build } from 'esbuild';

const here = path.dirname(fileURLToPath(import.meta.url));

/** @param {string} place below this folder */
const at = (place) => path.join(here, place);

rmSync(at('dist'), { recursive: true, force: true });
execFileSync(process.execPath, [at('node_modules/typescript/bin/tsc'), '--project', here], { stdio: 'inherit' });

for (const { entry, file, external } of [
  { entry: 'dist/index.js', file: 'dist/weir-client.min.js', external: [] },
  // What an application pays for the hooks on top of the client.
  { entry: 'dist/react/index.js', file: 'dist/weir-client-react.min.js', external: ['react', '../client.js', '../view/view.js'] },
]) {
  await build({ entryPoints: [at(entry)], outfile: at(file), external, bundle: true, minify: true, format: 'esm', target: 'es2022', legalComments: 'none' });
  const bytes = readFileSync(at(file));
  const brotli = zlib.brotliCompressSync(bytes).length;
  console.log(`${file}: ${bytes.length} bytes, gzip ${zlib.gzipSync(bytes, { level: 9 }).length}, brotli ${brotli}`);
}
