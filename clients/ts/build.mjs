// @ts-check
// Builds dist/: the modules with their types, and everything as one minified file for pages without a bundler. Prints the sizes.
// usage: node build.mjs

import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { sizes } from './sizes.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));

/** @param {string} place below this folder */
const at = (place) => path.join(here, place);

rmSync(at('dist'), { recursive: true, force: true });
execFileSync(process.execPath, [at('node_modules/typescript/bin/tsc'), '--project', here], { stdio: 'inherit' });
for (const { name, bytes, raw, gzip, brotli } of await sizes()) {
  const file = { everything: 'dist/weir-client.min.js', bell: 'dist/weir-bell.js' }[name];
  if (file) writeFileSync(at(file), bytes);
  console.log(`${name.padEnd(10)} ${raw} bytes, gzip ${gzip}, brotli ${brotli}`);
}
