// @ts-check
// What the parts of the client weigh in a page, minified and compressed.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import zlib from 'node:zlib';

import { build } from 'esbuild';

const here = path.dirname(fileURLToPath(import.meta.url));

/** Bytes of gzip that SSEClient may have, with all transports and the sharing between tabs; a test holds it to that. */
export const coreBytesMax = 8192;
/** The same of the bell, with everything that it needs. */
export const bellBytesMax = 22528;

/** @type {{name: string, contents: string, external: string[], format?: import('esbuild').Format}[]} */
const parts = [
  { name: 'SSEClient', contents: "export { SSEClient } from './dist/index.js'", external: [] },
  { name: 'everything', contents: "export * from './dist/index.js'", external: [] },
  // What an application pays for the hooks on top of the client, without the bell.
  { name: 'react', contents: "export { usePresence, useSSE, useTaskFeed, useView } from './dist/react/index.js'", external: ['react', '../client.js', '../presence.js', '../view/view.js', '../tasks/feed.js'] },
  { name: 'inbox', contents: "export { createInbox } from './dist/inbox/index.js'", external: [] },
  // What an application pays for the task feed on top of views.
  { name: 'tasks', contents: "export * from './dist/tasks/index.js'", external: ['../view/view.js'] },
  // With the client in it: one script for any page.
  { name: 'bell', contents: "import './dist/bell/script.js'", external: [], format: 'iife' },
];

/** Of dist/ as it is. */
export async function sizes() {
  return Promise.all(
    parts.map(async ({ name, contents, external, format = 'esm' }) => {
      const { outputFiles } = await build({
        stdin: { contents, resolveDir: here },
        external,
        bundle: true,
        minify: true,
        format,
        target: 'es2022',
        legalComments: 'none',
        write: false,
      });
      const bytes = outputFiles[0]?.contents ?? new Uint8Array();
      return { name, bytes, raw: bytes.length, gzip: zlib.gzipSync(bytes, { level: 9 }).length, brotli: zlib.brotliCompressSync(bytes).length };
    }),
  );
}
