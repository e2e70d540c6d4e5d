import type { Plugin } from 'vite';

/**
 * Sonner puts its style sheet into the page as a <style> element, which the page's policy forbids. The same style sheet is
 * a file of the package, which src/ui/toasts.tsx imports; here the element is left out.
 */
export function sonnerWithoutInlineStyle(): Plugin {
  return {
    name: 'sonner-without-inline-style',
    enforce: 'pre',
    transform(code, id) {
      if (!/\/sonner\/dist\/index\.m?js/.test(id)) return null;
      const call = /^__insertCSS\(".*"\);$/m;
      if (!call.test(code)) this.error('sonner inserts its style in another way than this plugin knows');
      return { code: code.replace(call, ''), map: null };
    },
  };
}
