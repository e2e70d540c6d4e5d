import { useEffect, useRef, type KeyboardEvent } from 'react';

import type { Problem } from '../types.ts';

interface EditorProps {
  label: string;
  value: string;
  problems: readonly Problem[];
  /** The line to go to; another object goes there again. */
  target: { line: number; column: number } | null;
  onChange: (value: string) => void;
}

/** What follows a line break: the line's own indentation, and more after what opens a block. */
export function indentAfter(line: string): string {
  const indent = /^ */.exec(line)?.[0] ?? '';
  const item = /^ *- /.test(line) ? '  ' : '';
  return /[:{[]\s*$/.test(line) ? `${indent}${item}  ` : `${indent}${item}`;
}

/** Where a line and a column are in a text; both begin with 1. */
export function offsetOf(text: string, line: number, column: number): number {
  let at = 0;
  for (let i = 1; i < line; ++i) {
    const next = text.indexOf('\n', at);
    if (next < 0) return text.length;
    at = next + 1;
  }
  const end = text.indexOf('\n', at);
  return Math.min(at + Math.max(0, column - 1), end < 0 ? text.length : end);
}

/** A text with the numbers of its lines, and marks where something is wrong. The Tab key goes on to the next control, as everywhere. */
export function Editor({ label, value, problems, target, onChange }: EditorProps) {
  const text = useRef<HTMLTextAreaElement>(null);
  const gutter = useRef<HTMLDivElement>(null);
  const lines = value.split('\n').length;
  const marks = new Map<number, string>();
  for (const { line, message } of problems) marks.set(line, marks.has(line) ? `${marks.get(line)}\n${message}` : message);

  const latest = useRef(value);
  latest.current = value;
  useEffect(() => {
    const area = text.current;
    if (target === null || area === null) return;
    const at = offsetOf(latest.current, target.line, target.column);
    area.focus();
    area.setSelectionRange(at, at);
    area.scrollTop = Math.max(0, (target.line - 5) * lineHeight);
  }, [target]);

  const onKey = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.key !== 'Enter' || event.ctrlKey || event.metaKey || event.nativeEvent.isComposing) return;
    const { selectionStart, value: now } = event.currentTarget;
    const line = now.slice(now.lastIndexOf('\n', selectionStart - 1) + 1, selectionStart);
    event.preventDefault();
    // The only way to type for somebody that the browser can undo.
    document.execCommand('insertText', false, `\n${indentAfter(line)}`);
  };

  return (
    <div className="editor">
      <div ref={gutter} className="editor__gutter" aria-hidden>
        {Array.from({ length: lines }, (_, i) => {
          const message = marks.get(i + 1);
          return (
            <div key={i} className={message === undefined ? 'editor__number' : 'editor__number editor__number--bad'} title={message}>
              {i + 1}
            </div>
          );
        })}
      </div>
      <textarea
        ref={text}
        className="editor__text"
        aria-label={label}
        aria-invalid={problems.length > 0}
        data-testid="source"
        spellCheck={false}
        autoComplete="off"
        autoCapitalize="off"
        wrap="off"
        value={value}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={onKey}
        onScroll={(event) => {
          if (gutter.current !== null) gutter.current.scrollTop = event.currentTarget.scrollTop;
        }}
      />
    </div>
  );
}

/** As in definitions.css. */
const lineHeight = 20;
