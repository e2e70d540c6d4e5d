// Light or dark. theme/boot.js has set it before the first paint, by the same key and the same rule; from then on it is
// kept here, so that a change of the system's choice, or of another tab's, shows at once.

import { useSyncExternalStore } from 'react';

export type ThemeChoice = 'system' | 'light' | 'dark';
export type Theme = 'light' | 'dark';

const key = 'weir.theme';
const prefersDark = () => matchMedia('(prefers-color-scheme: dark)');
const listeners = new Set<() => void>();

export function themeChoice(): ThemeChoice {
  try {
    const stored = localStorage.getItem(key);
    return stored === 'light' || stored === 'dark' ? stored : 'system';
  } catch {
    return 'system';
  }
}

export function theme(): Theme {
  const choice = themeChoice();
  if (choice !== 'system') return choice;
  return prefersDark().matches ? 'dark' : 'light';
}

function apply(): void {
  document.documentElement.dataset.theme = theme();
  for (const listener of listeners) listener();
}

export function chooseTheme(choice: ThemeChoice): void {
  try {
    if (choice === 'system') localStorage.removeItem(key);
    else localStorage.setItem(key, choice);
  } catch {
    // It then holds for nobody but this page's boot; the system's choice stays.
  }
  apply();
}

/** Follows the system and the other tabs. */
export function followTheme(): void {
  prefersDark().addEventListener('change', apply);
  addEventListener('storage', (event) => {
    if (event.key === key) apply();
  });
  apply();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const useTheme = (): Theme => useSyncExternalStore(subscribe, theme);
export const useThemeChoice = (): ThemeChoice => useSyncExternalStore(subscribe, themeChoice);
