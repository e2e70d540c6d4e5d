import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

import type { Plugin } from 'vite';

const worthwhile = 0.9;

/** Every file below the folder, named from it. */
export function filesUnder(folder: string, prefix = ''): string[] {
  return readdirSync(path.join(folder, prefix), { withFileTypes: true }).flatMap((entry) => {
    const name = path.posix.join(prefix, entry.name);
    return entry.isDirectory() ? filesUnder(folder, name) : [name];
  });
}

const kib = (bytes: number) => `${(bytes / 1024).toFixed(1)} KiB`.padStart(10);

/**
 * Lays a .gz and a .br beside each file, once, as small as they get: the server sends them as they are. What does not
 * shrink stays alone. Ends with the sizes.
 */
export function compressFolder(folder: string): string {
  const totals = { plain: 0, gzip: 0, brotli: 0 };
  const rows = filesUnder(folder)
    .filter((name) => !/\.(br|gz)$/.test(name))
    .sort()
    .map((name) => {
      const file = path.join(folder, name);
      const plain = readFileSync(file);
      const gzip = gzipSync(plain, { level: 9 });
      const brotli = brotliCompressSync(plain, {
        params: {
          [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
          [constants.BROTLI_PARAM_QUALITY]: 11,
          [constants.BROTLI_PARAM_SIZE_HINT]: plain.length,
        },
      });
      if (gzip.length < worthwhile * plain.length) {
        writeFileSync(`${file}.gz`, gzip);
        writeFileSync(`${file}.br`, brotli);
      }
      totals.plain += plain.length;
      totals.gzip += gzip.length;
      totals.brotli += brotli.length;
      return `${kib(plain.length)}${kib(gzip.length)}${kib(brotli.length)}  ${name}`;
    });
  const head = `${'plain'.padStart(10)}${'gzip'.padStart(10)}${'brotli'.padStart(10)}  file`;
  return [head, ...rows, `${kib(totals.plain)}${kib(totals.gzip)}${kib(totals.brotli)}  all`].join('\n');
}

export function precompress(): Plugin {
  let folder = '';
  return {
    name: 'precompress',
    apply: 'build',
    configResolved(config) {
      folder = config.build.outDir;
    },
    closeBundle() {
      console.log(compressFolder(folder));
    },
  };
}
