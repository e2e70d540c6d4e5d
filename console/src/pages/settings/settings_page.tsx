import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';

import { request } from '../../api/http.ts';
import type { Setting, SettingsList } from '../../api/types.ts';
import { PageHead } from '../../shell/page_head.tsx';
import { pluralEn, pluralRu } from '../../text/plural.ts';
import { defineText, useFormat, useText } from '../../text/language.tsx';
import { Badge, Loading, Panel, SearchBox } from '../../ui/basics.tsx';
import { CopyButton } from '../../ui/copy.tsx';
import { EyeOff, RefreshCw } from '../../ui/icons.ts';
import { JsonTree } from '../../ui/json_tree.tsx';
import { ProblemNote } from '../../ui/problem_note.tsx';
import './settings.css';

const texts = defineText({
  en: {
    title: 'Settings',
    hint: (version: string, count: number, text: string) => `Weir ${version}, ${text} ${pluralEn(count, 'setting', 'settings')} changed from the default`,
    search: 'Search settings',
    changedOnly: 'Changed only',
    loading: 'Loading',
    nothing: 'No setting is like that.',
    default: (value: string) => `default ${value}`,
    sources: { default: 'default', file: 'file', environment: 'environment', flag: 'flag' },
    reload: 'Taken by a reload (SIGHUP), without a restart',
    reloadShort: 'reload',
    secret: 'secret',
    empty: 'empty',
    namespaces: 'Namespaces',
    webhooks: 'Webhooks',
    groups: {} as Partial<Record<string, string>>,
  },
  ru: {
    title: 'Настройки',
    hint: (version: string, count: number, text: string) =>
      `Weir ${version}, ${pluralRu(count, 'изменена', 'изменены', 'изменено')} ${text} ${pluralRu(count, 'настройка', 'настройки', 'настроек')}`,
    search: 'Искать настройки',
    changedOnly: 'Только изменённые',
    loading: 'Загрузка',
    nothing: 'Таких настроек нет.',
    default: (value: string) => `по умолчанию ${value}`,
    sources: { default: 'по умолчанию', file: 'файл', environment: 'окружение', flag: 'ключ запуска' },
    reload: 'Принимается при перезагрузке настроек (SIGHUP), без перезапуска',
    reloadShort: 'на ходу',
    secret: 'секрет',
    empty: 'пусто',
    namespaces: 'Пространства имён',
    webhooks: 'Вебхуки',
    // The names are the server's, as are the settings' own.
    groups: {
      'Where it listens and writes': 'Где слушает и куда пишет',
      'The log': 'Журнал',
      Streams: 'Потоки',
      Polls: 'Опросы',
      WebSocket: 'WebSocket',
      HTTP: 'HTTP',
      TLS: 'TLS',
      Access: 'Доступ',
      'Rates and shares': 'Частоты и доли',
      'Stopping and telling': 'Остановка и сообщения',
    },
  },
});

export function textOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  return Array.isArray(value) ? value.map(textOf).join(', ') : typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** By group, in the order of the list; those whose name or help holds the text. */
export function groupSettings(settings: readonly Setting[], search: string, changedOnly: boolean): Map<string, Setting[]> {
  const text = search.trim().toLowerCase();
  const groups = new Map<string, Setting[]>();
  for (const setting of settings) {
    if (changedOnly && setting.source === 'default') continue;
    if (text !== '' && !`${setting.name} ${setting.help}`.toLowerCase().includes(text)) continue;
    const group = groups.get(setting.group);
    if (group) group.push(setting);
    else groups.set(setting.group, [setting]);
  }
  return groups;
}

function Value({ setting }: { setting: Setting }) {
  const t = useText(texts);
  const text = textOf(setting.value);
  const initial = textOf(setting.default);
  if (setting.secret && setting.value === null) return <Badge icon={EyeOff}>{t.secret}</Badge>;
  return (
    <>
      <code className="settings__value">{text === '' ? <span className="muted">{t.empty}</span> : text}</code>
      {setting.source !== 'default' && initial !== text && <div className="muted">{t.default(initial === '' ? t.empty : initial)}</div>}
    </>
  );
}

function Row({ setting }: { setting: Setting }) {
  const t = useText(texts);
  return (
    <li className="settings__row">
      <div className="settings__name">
        <code>{setting.name}</code>
        <CopyButton text={setting.name} what={setting.name} />
      </div>
      <div>
        <Value setting={setting} />
      </div>
      <div className="row settings__marks">
        <span className={setting.source === 'default' ? 'badge' : 'badge badge--accent'} title={setting.place ?? ''}>
          {t.sources[setting.source]}
        </span>
        {setting.reload && (
          <span className="badge" title={t.reload}>
            <RefreshCw size={11} aria-hidden />
            {t.reloadShort}
          </span>
        )}
      </div>
      <p className="settings__help muted" lang="en">
        {setting.help}
        {setting.allowed !== null && ` (${setting.allowed})`}
      </p>
    </li>
  );
}

/** The configuration that is in effect, and where each value comes from. */
export default function SettingsPage() {
  const t = useText(texts);
  const format = useFormat();
  const [search, setSearch] = useState('');
  const [changedOnly, setChangedOnly] = useState(false);
  const { data, error } = useQuery({ queryKey: ['settings'], queryFn: ({ signal }) => request<SettingsList>('/v1/settings', { signal }) });
  const groups = useMemo(() => groupSettings(data?.settings ?? [], search, changedOnly), [data, search, changedOnly]);
  const changed = data?.settings.filter(({ source }) => source !== 'default').length ?? 0;
  const more = [
    { title: t.namespaces, values: data?.namespaces ?? [] },
    { title: t.webhooks, values: data?.webhooks ?? [] },
  ];
  return (
    <div className="page">
      <PageHead title={t.title} hint={data && t.hint(data.version, changed, format.count(changed))}>
        <SearchBox label={t.search} value={search} onChange={(event) => setSearch(event.target.value)} />
        <button type="button" className="button" aria-pressed={changedOnly} onClick={() => setChangedOnly(!changedOnly)}>
          {t.changedOnly}
        </button>
      </PageHead>
      {error !== null && <ProblemNote error={error} />}
      {data === undefined && error === null && <Loading label={t.loading} />}
      <div className="stack stack--wide" data-testid="settings">
        {[...groups].map(([group, settings]) => (
          <Panel key={group} title={t.groups[group] ?? group} flush>
            <ul>
              {settings.map((setting) => (
                <Row key={setting.name} setting={setting} />
              ))}
            </ul>
          </Panel>
        ))}
        {data !== undefined && groups.size === 0 && <p className="empty muted">{t.nothing}</p>}
        {more.map(
          ({ title, values }) =>
            values.length > 0 && (
              <Panel key={title} title={title}>
                <JsonTree text={JSON.stringify(values)} />
              </Panel>
            ),
        )}
      </div>
    </div>
  );
}
