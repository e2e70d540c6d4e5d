import { DropdownMenu } from 'radix-ui';
import type { ReactNode } from 'react';

import { useSession } from '../api/session.ts';
import { chooseTheme, useTheme, useThemeChoice, type ThemeChoice } from '../theme/theme.ts';
import { defineText, languageNames, languages, useFormat, useLanguage, useText } from '../text/language.tsx';
import { Check, Languages, Monitor, Moon, Sun, UserRound } from '../ui/icons.ts';

const texts = defineText({
  en: {
    theme: 'Theme',
    themes: { system: 'As the system', light: 'Light', dark: 'Dark' },
    language: 'Language',
    operator: 'Operator',
    until: (time: string) => `until ${time}`,
    signOut: 'Sign out',
  },
  ru: {
    theme: 'Тема',
    themes: { system: 'Как в системе', light: 'Светлая', dark: 'Тёмная' },
    language: 'Язык',
    operator: 'Оператор',
    until: (time: string) => `до ${time}`,
    signOut: 'Выйти',
  },
});

export function Menu({ label, icon, children }: { label: string; icon: ReactNode; children: ReactNode }) {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger className="button button--quiet button--icon" aria-label={label} title={label}>
        {icon}
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className="menu" align="end" sideOffset={6} collisionPadding={8}>
          <DropdownMenu.Label className="menu__label">{label}</DropdownMenu.Label>
          {children}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

export function Choice({ value, icon, children }: { value: string; icon?: ReactNode; children: ReactNode }) {
  return (
    <DropdownMenu.RadioItem className="menu__item" value={value}>
      {icon}
      {children}
      <DropdownMenu.ItemIndicator asChild>
        <Check size={14} aria-hidden />
      </DropdownMenu.ItemIndicator>
    </DropdownMenu.RadioItem>
  );
}

export function ThemeMenu() {
  const t = useText(texts);
  const choice = useThemeChoice();
  const Icon = useTheme() === 'dark' ? Moon : Sun;
  const icons = { system: Monitor, light: Sun, dark: Moon };
  return (
    <Menu label={t.theme} icon={<Icon size={16} aria-hidden />}>
      <DropdownMenu.RadioGroup value={choice} onValueChange={(value) => chooseTheme(value as ThemeChoice)}>
        {(['system', 'light', 'dark'] as const).map((each) => {
          const ChoiceIcon = icons[each];
          return (
            <Choice key={each} value={each} icon={<ChoiceIcon size={14} aria-hidden />}>
              {t.themes[each]}
            </Choice>
          );
        })}
      </DropdownMenu.RadioGroup>
    </Menu>
  );
}

export function LanguageMenu() {
  const t = useText(texts);
  const { language, choose } = useLanguage();
  return (
    <Menu label={t.language} icon={<Languages size={16} aria-hidden />}>
      <DropdownMenu.RadioGroup value={language} onValueChange={(value) => choose(languages.find((each) => each === value) ?? 'en')}>
        {languages.map((each) => (
          <Choice key={each} value={each}>
            <span lang={each}>{languageNames[each]}</span>
          </Choice>
        ))}
      </DropdownMenu.RadioGroup>
    </Menu>
  );
}

/** Who is signed in; nothing where nobody has to be. */
export function OperatorMenu() {
  const t = useText(texts);
  const format = useFormat();
  const { session, signOut } = useSession();
  if (!session?.required || !session.admin) return null;
  return (
    <Menu label={session.operator?.name ?? t.operator} icon={<UserRound size={16} aria-hidden />}>
      {session.expires !== null && <p className="menu__label">{t.until(format.dateTime(session.expires))}</p>}
      <DropdownMenu.Item className="menu__item" onSelect={() => void signOut()}>
        {t.signOut}
      </DropdownMenu.Item>
    </Menu>
  );
}
