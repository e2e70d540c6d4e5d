import { readFileSync } from 'node:fs';

import type { Plugin } from 'vite';

/**
 * Puts a small script in front of everything else, which chooses light or dark before anything is painted. It is a
 * file of its own, because the page's policy allows nothing inline, and no module, because those run after the page.
 */
export function themeBeforePaint(script: string): Plugin {
  let building = false;
  let file = '';
  return {
    name: 'theme-before-paint',
    configResolved(config) {
      building = config.command === 'build';
    },
    buildStart() {
      if (building) file = this.emitFile({ type: 'asset', name: 'theme.js', source: readFileSync(script, 'utf8') });
    },
    generateBundle() {
      file = `/${this.getFileName(file)}`;
    },
    transformIndexHtml: {
      order: 'post',
      handler: () => [{ tag: 'script', attrs: { src: building ? file : '/src/theme/boot.js' }, injectTo: 'head-prepend' }],
    },
  };
}
