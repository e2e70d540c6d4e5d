// Which language the console speaks, and the two small tools for its texts: a page lays its texts beside its code with
// `defineText`, which holds the Russian ones to the shape of the English, and reads them with `useText`.

import { createContext, useCallback, useContext, useEffect, useMemo, useState, type ReactNode } from 'react';

import { formatFor, type Format } from './format.ts';

export const languages = ['en', 'ru'] as const;
export type Language = (typeof languages)[number];
export const languageNames: Record<Language, string> = { en: 'English', ru: 'Русский' };

export type Texts<T> = Readonly<Record<Language, T>>;

export function defineText<T>(texts: { en: T; ru: NoInfer<T> }): Texts<T> {
  return texts;
}

const key = 'weir.language';

/** What was chosen here before, else the first of the browser's languages that there is, else English. */
export function initialLanguage(wanted: readonly string[] = navigator.languages): Language {
  let stored: string | null = null;
  try {
    stored = localStorage.getItem(key);
  } catch {
    // Without storage the browser's languages decide each time.
  }
  const candidates = [...(stored === null ? [] : [stored]), ...wanted].map((each) => each.slice(0, 2).toLowerCase());
  return candidates.map((each) => languages.find((language) => language === each)).find((each) => each !== undefined) ?? 'en';
}

interface LanguageContext {
  language: Language;
  choose: (language: Language) => void;
  format: Format;
}

const Context = createContext<LanguageContext | null>(null);

export function LanguageProvider({ initial, children }: { initial: Language; children: ReactNode }) {
  const [language, setLanguage] = useState(initial);
  const choose = useCallback((next: Language) => {
    setLanguage(next);
    try {
      localStorage.setItem(key, next);
    } catch {
      // It holds until the page is left.
    }
  }, []);
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  const value = useMemo(() => ({ language, choose, format: formatFor(language) }), [language, choose]);
  return <Context value={value}>{children}</Context>;
}

export function useLanguage(): LanguageContext {
  const value = useContext(Context);
  if (value === null) throw new Error('a LanguageProvider must be around this');
  return value;
}

export function useText<T>(texts: Texts<T>): T {
  return texts[useLanguage().language];
}

export const useFormat = (): Format => useLanguage().format;
