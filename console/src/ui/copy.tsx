import { useEffect, useState } from 'react';

import { defineText, useText } from '../text/language.tsx';
import { Check, Copy, X } from './icons.ts';

const texts = defineText({
  en: { copy: 'Copy', copied: 'Copied', failed: 'Not copied' },
  ru: { copy: 'Копировать', copied: 'Скопировано', failed: 'Не скопировано' },
});

const shownFor = 1500;

/** The clipboard needs TLS or localhost; elsewhere the older way still works. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement('textarea');
    const focused = document.activeElement;
    area.className = 'visually-hidden';
    area.value = text;
    document.body.append(area);
    area.select();
    const copied = document.execCommand('copy');
    area.remove();
    if (focused instanceof HTMLElement) focused.focus();
    return copied;
  }
}

/** A button that copies a text, and says that it did. `what` names the text for who cannot see it. */
export function CopyButton({ text, what }: { text: string; what: string }) {
  const t = useText(texts);
  const [outcome, setOutcome] = useState<'copied' | 'failed' | null>(null);
  useEffect(() => {
    if (outcome === null) return;
    const timer = setTimeout(() => setOutcome(null), shownFor);
    return () => clearTimeout(timer);
  }, [outcome]);
  const Icon = outcome === null ? Copy : outcome === 'copied' ? Check : X;
  return (
    <button
      type="button"
      className="button button--quiet button--icon button--small"
      title={t.copy}
      onClick={async () => setOutcome((await copyText(text)) ? 'copied' : 'failed')}
    >
      <Icon size={14} aria-hidden />
      <span className="visually-hidden" role="status">
        {outcome === null ? '' : t[outcome]}
      </span>
      <span className="visually-hidden">{`${t.copy}: ${what}`}</span>
    </button>
  );
}
