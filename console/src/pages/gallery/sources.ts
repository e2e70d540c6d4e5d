// The examples' own files, as text: what is shown is what runs.

const files = import.meta.glob<string>('../../../../examples/*/*.{js,jsx}', { query: '?raw', import: 'default', eager: true });
const shared = import.meta.glob<string>('../../../../examples/element.js', { query: '?raw', import: 'default', eager: true });

export interface SourceFile {
  name: string;
  text: string;
}

/** The files of an example, and the one that all of them share where they use it. */
export function sourcesOf(example: string, names: readonly string[]): SourceFile[] {
  const own = names.map((name) => ({ name, text: files[`../../../../examples/${example}/${name}`] ?? '' }));
  const common = Object.values(shared).map((text) => ({ name: 'element.js', text }));
  return own.some(({ text }) => text.includes("'../element.js'")) ? [...own, ...common] : own;
}
