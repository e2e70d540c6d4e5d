import { fileURLToPath } from 'node:url';

import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

import { sonnerWithoutInlineStyle } from './tooling/sonner_style.ts';
import { themeBeforePaint } from './tooling/theme_before_paint.ts';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

// `npm run dev` shows the sources beside a server that runs already: WEIR_URL=http://127.0.0.1:3000 npm run dev
const server = process.env.WEIR_URL ?? 'http://127.0.0.1:3000';
const routes = ['/v1', '/api', '/events', '/broadcast', '/send', '/metrics', '/readyz', '/healthz', '/stats'];

export default defineConfig({
  plugins: [react(), sonnerWithoutInlineStyle(), themeBeforePaint(here('src/theme/boot.js'))],
  resolve: {
    alias: Object.fromEntries(['/react', '/inbox', '/bell', '/tasks', ''].map((part) => [`weir-client${part}`, here(`../clients/ts/src${part}/index.ts`)])),
    // The client's hooks and the examples lie outside of this folder, and use its React.
    dedupe: ['react', 'react-dom'],
  },
  server: {
    fs: { allow: [here('..')] },
    proxy: Object.fromEntries(routes.map((route) => [route, { target: server, ws: true }])),
  },
  build: {
    outDir: here('../build/console'),
    emptyOutDir: true,
    target: 'es2022',
    // Every file has an address of its own: the page's policy allows no data: scripts, and caches like it.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: {
      output: {
        entryFileNames: 'assets/[name]-[hash].js',
        chunkFileNames: 'assets/[name]-[hash].js',
        assetFileNames: 'assets/[name]-[hash][extname]',
        manualChunks: { react: ['react', 'react-dom', 'react-dom/client', 'react-router'] },
      },
    },
  },
  test: {
    environment: 'jsdom',
    include: ['src/**/*.test.{ts,tsx}', 'tooling/**/*.test.ts'],
    setupFiles: ['./test/setup.ts'],
    reporters: ['default', './test/totals.ts'],
    restoreMocks: true,
    testTimeout: 60_000,
  },
});
