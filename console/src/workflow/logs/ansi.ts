// A terminal's text as spans with classes. Colours are the page's own sixteen, so that they can be read in light and in dark; whatever else
// a terminal is told (cursor, title, links) is left out. A class, not a style: the page's policy forbids styles in markup, and there is no markup.

export interface Span {
  text: string;
  /** "ansi-red ansi-bold"; "" for plain text. */
  className: string;
}

export interface Style {
  foreground: number | null;
  background: number | null;
  bold: boolean;
  faint: boolean;
  italic: boolean;
  underline: boolean;
}

export const plainStyle: Style = { foreground: null, background: null, bold: false, faint: false, italic: false, underline: false };

const names = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'];

/** Control sequences (ECMA-48), operating system commands such as links and titles, and single escapes. */
// eslint-disable-next-line no-control-regex
const sequences = /\u001b\[([0-9;:<=>?]*)[ -/]*([@-~])|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|\u001b[ -/]*[0-~]|[\u0000-\u0008\u000b-\u001a\u001c-\u001f\u007f]/g;

/** The nearest of the eight to a colour of the 6×6×6 cube or to red, green and blue. */
function nearest(red: number, green: number, blue: number): number {
  const bright = Math.max(red, green, blue);
  const half = bright / 2;
  if (bright < 48) return 0;
  return (red > half ? 1 : 0) + (green > half ? 2 : 0) + (blue > half ? 4 : 0);
}

function indexed(colour: number): number {
  if (colour < 16) return colour % 8;
  if (colour >= 232) return colour < 244 ? 0 : 7;
  const level = (value: number) => (value === 0 ? 0 : 55 + 40 * value);
  const cube = colour - 16;
  return nearest(level(Math.floor(cube / 36)), level(Math.floor(cube / 6) % 6), level(cube % 6));
}

function withCodes(style: Style, parameters: string): Style {
  const codes = parameters.split(/[;:]/).map(Number);
  const next = { ...style };
  for (let i = 0; i < codes.length; ++i) {
    const code = codes[i] ?? 0;
    const extended = () => {
      const kind = codes[++i];
      if (kind === 5) return indexed(codes[++i] ?? 0);
      const [red = 0, green = 0, blue = 0] = codes.slice(i + 1, i + 4);
      i += 3;
      return nearest(red, green, blue);
    };
    if (code === 0) Object.assign(next, plainStyle);
    else if (code === 1) next.bold = true;
    else if (code === 2) next.faint = true;
    else if (code === 3) next.italic = true;
    else if (code === 4) next.underline = true;
    else if (code === 22) next.bold = next.faint = false;
    else if (code === 23) next.italic = false;
    else if (code === 24) next.underline = false;
    else if ((code >= 30 && code <= 37) || (code >= 90 && code <= 97)) next.foreground = code % 10;
    else if (code === 38) next.foreground = extended();
    else if (code === 39) next.foreground = null;
    else if ((code >= 40 && code <= 47) || (code >= 100 && code <= 107)) next.background = code % 10;
    else if (code === 48) next.background = extended();
    else if (code === 49) next.background = null;
  }
  return next;
}

function classOf({ foreground, background, bold, faint, italic, underline }: Style): string {
  return [
    foreground === null ? '' : `ansi-${names[foreground]}`,
    background === null ? '' : `ansi-on-${names[background]}`,
    bold ? 'ansi-bold' : '',
    faint ? 'ansi-faint' : '',
    italic ? 'ansi-italic' : '',
    underline ? 'ansi-underline' : '',
  ]
    .filter((each) => each !== '')
    .join(' ');
}

/** A line, and the style that the next one begins with. What a carriage return goes back over is gone, as on a terminal. */
export function spansOf(line: string, style: Style): { spans: Span[]; style: Style } {
  const spans: Span[] = [];
  let now = style;
  let at = 0;
  const push = (text: string) => {
    if (text === '') return;
    const back = text.lastIndexOf('\r');
    if (back >= 0) {
      spans.length = 0;
      text = text.slice(back + 1);
    }
    if (text !== '') spans.push({ text, className: classOf(now) });
  };
  // A return at the end of the line belongs to its end, not to its text.
  const text = line.replace(/\r+$/, '');
  for (const match of text.matchAll(sequences)) {
    if (match[0] === '\r') continue;
    push(text.slice(at, match.index));
    at = match.index + match[0].length;
    if (match[2] === 'm') now = withCodes(now, match[1] ?? '');
  }
  push(text.slice(at));
  return { spans, style: now };
}
