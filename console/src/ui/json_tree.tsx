import { useState } from 'react';

import { useFormat } from '../text/language.tsx';
import { ChevronRight } from './icons.ts';

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

const openDepth = 2;
const shownAtOnce = 100;

function isBranch(value: Json): value is Json[] | { [name: string]: Json } {
  return value !== null && typeof value === 'object';
}

function Leaf({ value }: { value: null | boolean | number | string }) {
  return <span className={`json__${value === null ? 'null' : typeof value}`}>{JSON.stringify(value)}</span>;
}

function Branch({ name, value, depth }: { name: string | null; value: Json[] | { [name: string]: Json }; depth: number }) {
  const format = useFormat();
  const [open, setOpen] = useState(depth < openDepth);
  const [shown, setShown] = useState(shownAtOnce);
  const entries = Object.entries(value);
  const [left, right] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  return (
    <>
      <button type="button" className="json__toggle" aria-expanded={open} onClick={() => setOpen(!open)}>
        <ChevronRight size={12} aria-hidden />
        {name !== null && <span className="json__name">{name}: </span>}
        <span className="muted">{open ? left : `${left}…${right} ${format.count(entries.length)}`}</span>
      </button>
      {open && (
        <ul className="json__members">
          {entries.slice(0, shown).map(([member, each]) => (
            <Member key={member} name={member} value={each} depth={depth + 1} />
          ))}
          {entries.length > shown && (
            <li>
              <button type="button" className="button button--small" onClick={() => setShown(shown + 10 * shownAtOnce)}>
                +{format.count(entries.length - shown)}
              </button>
            </li>
          )}
        </ul>
      )}
      {open && <span className="muted json__end">{right}</span>}
    </>
  );
}

function Member({ name, value, depth }: { name: string; value: Json; depth: number }) {
  return (
    <li>
      {isBranch(value) ? (
        <Branch name={name} value={value} depth={depth} />
      ) : (
        <span className="json__leaf">
          <span className="json__name">{name}: </span>
          <Leaf value={value} />
        </span>
      )}
    </li>
  );
}

/** JSON text as a tree that opens and closes; any other text as it is. */
export function JsonTree({ text }: { text: string }) {
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    return <pre className="json json--text">{text}</pre>;
  }
  return <div className="json">{isBranch(value) ? <Branch name={null} value={value} depth={0} /> : <Leaf value={value} />}</div>;
}
