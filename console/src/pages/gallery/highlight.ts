// Just enough of a tokenizer to make short JavaScript readable.

export interface Token {
  kind: 'comment' | 'string' | 'keyword' | 'number' | 'plain';
  text: string;
}

const keywords =
  /^(?:as|async|await|break|catch|class|const|continue|else|export|extends|false|for|from|function|if|import|in|instanceof|let|new|null|of|return|this|throw|true|try|typeof|undefined|while|yield)$/;

// In the order of the groups: comments, strings (templates as a whole), regular expressions where one can begin, numbers, words.
const pattern =
  /(\/\/[^\n]*|\/\*[^]*?\*\/)|('(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|(?<=[(=:,!&|]\s*)\/(?:\\.|[^/\\\n])+\/[a-z]*)|(\b\d[\d_.]*\b)|([A-Za-z_$][\w$]*)/g;

/** All of the text, in pieces. */
export function tokens(source: string): Token[] {
  const found: Token[] = [];
  const add = (kind: Token['kind'], text: string) => {
    const last = found.at(-1);
    if (text === '') return;
    if (last?.kind === kind) last.text += text;
    else found.push({ kind, text });
  };
  let at = 0;
  for (const match of source.matchAll(pattern)) {
    const [text, comment, string, number] = match;
    add('plain', source.slice(at, match.index));
    add(comment !== undefined ? 'comment' : string !== undefined ? 'string' : number !== undefined ? 'number' : keywords.test(text) ? 'keyword' : 'plain', text);
    at = match.index + text.length;
  }
  add('plain', source.slice(at));
  return found;
}
