import { Command } from 'cmdk';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useNavigate } from 'react-router';

import { request, withQuery } from '../api/http.ts';
import { topicPage } from '../api/topic_path.ts';
import type { TopicList } from '../api/types.ts';
import { pages } from '../routes.tsx';
import { definitionPage } from '../workflow/api.ts';
import { useDefinitions } from '../workflow/use_definitions.ts';
import { chooseTheme } from '../theme/theme.ts';
import { defineText, languageNames, languages, useLanguage, useText } from '../text/language.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { CornerDownLeft } from '../ui/icons.ts';

const texts = defineText({
  en: {
    title: 'Go to or do',
    hint: 'A page, a topic or a command',
    nothing: 'Nothing has that name.',
    pages: 'Pages',
    topics: 'Topics',
    open: (topic: string) => `Open the topic ${topic}`,
    workflows: 'Workflows',
    commands: 'Commands',
    light: 'Light theme',
    dark: 'Dark theme',
    system: 'Theme as the system’s',
  },
  ru: {
    title: 'Перейти или сделать',
    hint: 'Страница, тема или команда',
    nothing: 'Ничего с таким именем.',
    pages: 'Страницы',
    topics: 'Темы',
    open: (topic: string) => `Открыть тему ${topic}`,
    workflows: 'Процессы',
    commands: 'Команды',
    light: 'Светлая тема',
    dark: 'Тёмная тема',
    system: 'Тема как в системе',
  },
});

const topicsShown = 200;

/** How well an item answers what was typed, 0 for not at all: by its name, then by its other words, never by letters that lie apart. */
export function paletteScore(value: string, typed: string, [label = '', ...others]: readonly string[] = []): number {
  const text = typed.trim().toLowerCase();
  const name = label.toLowerCase();
  if (value.startsWith('open ')) return 0.1;
  if (name.startsWith(text)) return 1;
  if (name.includes(text)) return 0.8;
  return others.join(' ').toLowerCase().split(' ').some((word) => word.startsWith(text)) ? 0.5 : 0;
}


function Commands({ onDone }: { onDone: () => void }) {
  const t = useText(texts);
  const { language, choose } = useLanguage();
  const navigate = useNavigate();
  const [text, setText] = useState('');
  const { data } = useQuery({
    queryKey: ['palette-topics'],
    queryFn: ({ signal }) => request<TopicList>(withQuery('/v1/topics', { limit: topicsShown }), { signal }),
  });
  const { data: workflows = [] } = useDefinitions();
  const topics = data?.topics ?? [];
  const typed = text.trim();

  const item = (value: string, label: string, act: () => void, keywords: string[] = [], hint?: string) => (
    <Command.Item
      key={value}
      className="palette__item"
      value={value}
      keywords={[label, ...keywords]}
      onSelect={() => {
        act();
        onDone();
      }}
    >
      <span className="clip">{label}</span>
      {hint !== undefined && <kbd className="kbd">{hint}</kbd>}
      <CornerDownLeft className="palette__enter" size={13} aria-hidden />
    </Command.Item>
  );

  return (
    <Command className="palette" label={t.title} filter={paletteScore} loop>
      <Command.Input className="palette__input" placeholder={t.hint} value={text} onValueChange={setText} data-autofocus />
      <Command.List className="palette__list" label={t.title}>
        <Command.Empty className="palette__empty">{t.nothing}</Command.Empty>
        <Command.Group heading={t.pages}>
          {pages.map((page) =>
            item(`page ${page.path}`, page.label[language], () => void navigate(page.path), [page.label.en, page.keywords], `G ${page.key.toUpperCase()}`),
          )}
        </Command.Group>
        <Command.Group heading={t.commands}>
          {item('theme light', t.light, () => chooseTheme('light'))}
          {item('theme dark', t.dark, () => chooseTheme('dark'))}
          {item('theme system', t.system, () => chooseTheme('system'))}
          {languages.filter((each) => each !== language).map((each) => item(`language ${each}`, languageNames[each], () => choose(each)))}
        </Command.Group>
        {workflows.length > 0 && (
          <Command.Group heading={t.workflows}>
            {workflows.map(({ id, name }) => item(`workflow ${id}`, name, () => void navigate(definitionPage(id)), [id]))}
          </Command.Group>
        )}
        <Command.Group heading={t.topics}>
          {topics.map(({ topic }) => item(`topic ${topic}`, topic, () => void navigate(topicPage(topic))))}
          {typed !== '' && !topics.some(({ topic }) => topic === typed) && item(`open ${typed}`, t.open(typed), () => void navigate(topicPage(typed)))}
        </Command.Group>
      </Command.List>
    </Command>
  );
}

/** Everything by its name, from the keyboard. */
export function Palette({ open, onClose }: { open: boolean; onClose: () => void }) {
  const t = useText(texts);
  return (
    <Dialog open={open} label={t.title} className="dialog--palette" onClose={onClose}>
      <Commands onDone={onClose} />
    </Dialog>
  );
}
