// What the bell says, in the languages that it comes with.

import type { Severity } from '../inbox/types.js';
import type { ViewStatus } from '../view/view.js';

/** The lists that the panel has. */
export type BellTab = 'inbox' | 'unread' | 'snoozed' | 'archived';

export interface BellTexts {
  readonly title: string;
  readonly unread: (count: number) => string;
  readonly status: Readonly<Record<ViewStatus, string>>;
  readonly statusAbout: Readonly<Record<ViewStatus, string>>;
  readonly tabs: Readonly<Record<BellTab, string>>;
  readonly empty: Readonly<Record<BellTab, string>>;
  readonly loading: string;
  readonly older: string;
  readonly readAll: string;
  readonly isUnread: string;
  readonly severities: Readonly<Record<Severity, string>>;
  readonly times: (count: number) => string;
  readonly markRead: string;
  readonly markUnread: string;
  readonly archive: string;
  readonly unarchive: string;
  readonly remove: string;
  readonly snooze: string;
  readonly unsnooze: string;
  readonly comesBack: (time: string) => string;
  readonly snoozes: { readonly hour: string; readonly hours: string; readonly tomorrow: string; readonly week: string };
  readonly soundOn: string;
  readonly soundOff: string;
  readonly close: string;
  readonly region: string;
  readonly missed: (count: number) => string;
  readonly failed: (reason: string) => string;
}

const english: BellTexts = {
  title: 'Notifications',
  unread: (count) => (count === 0 ? 'none unread' : `${count} unread`),
  status: { loading: 'connecting', live: 'live', polling: 'polling', offline: 'offline', ended: 'closed' },
  statusAbout: {
    loading: 'Waiting for the server.',
    live: 'Notifications come as they happen.',
    polling: 'A stream does not get through; the server is asked now and then.',
    offline: 'The server cannot be reached.',
    ended: 'No more notifications come.',
  },
  tabs: { inbox: 'All', unread: 'Unread', snoozed: 'Later', archived: 'Archive' },
  empty: { inbox: 'No notifications', unread: 'Nothing unread', snoozed: 'Nothing is put aside', archived: 'The archive is empty' },
  loading: 'Loading…',
  older: 'Show older',
  readAll: 'Mark all as read',
  isUnread: 'unread',
  severities: { info: 'Information', success: 'Success', warning: 'Warning', critical: 'Critical' },
  times: (count) => `${count} times`,
  markRead: 'Mark as read',
  markUnread: 'Mark as unread',
  archive: 'Archive',
  unarchive: 'Back to the inbox',
  remove: 'Delete',
  snooze: 'Remind me later',
  unsnooze: 'Back now',
  comesBack: (time) => `comes back ${time}`,
  snoozes: { hour: 'In an hour', hours: 'In three hours', tomorrow: 'Tomorrow at 9', week: 'On Monday at 9' },
  soundOn: 'Turn the sound on',
  soundOff: 'Turn the sound off',
  close: 'Close',
  region: 'New notifications',
  missed: (count) => (count === 1 ? 'One notification while you were away' : `${count} notifications while you were away`),
  failed: (reason) => `Not done: ${reason}`,
};

const russianPlural = new Intl.PluralRules('ru');
const russian = (count: number, forms: { one: string; few: string; many: string }) => {
  const rule = russianPlural.select(count);
  return `${count} ${rule === 'one' || rule === 'few' ? forms[rule] : forms.many}`;
};

const russianTexts: BellTexts = {
  title: 'Уведомления',
  unread: (count) => (count === 0 ? 'непрочитанных нет' : russian(count, { one: 'непрочитанное', few: 'непрочитанных', many: 'непрочитанных' })),
  status: { loading: 'подключение', live: 'на связи', polling: 'опрос', offline: 'нет связи', ended: 'закрыто' },
  statusAbout: {
    loading: 'Ждём ответа сервера.',
    live: 'Уведомления приходят сразу.',
    polling: 'Поток не проходит; сервер время от времени опрашивается.',
    offline: 'Сервер недоступен.',
    ended: 'Новых уведомлений не будет.',
  },
  tabs: { inbox: 'Все', unread: 'Непрочитанные', snoozed: 'Позже', archived: 'Архив' },
  empty: { inbox: 'Уведомлений нет', unread: 'Непрочитанных нет', snoozed: 'Ничего не отложено', archived: 'Архив пуст' },
  loading: 'Загрузка…',
  older: 'Показать более старые',
  readAll: 'Прочитать все',
  isUnread: 'не прочитано',
  severities: { info: 'Сведения', success: 'Успех', warning: 'Предупреждение', critical: 'Критично' },
  times: (count) => russian(count, { one: 'раз', few: 'раза', many: 'раз' }),
  markRead: 'Отметить прочитанным',
  markUnread: 'Отметить непрочитанным',
  archive: 'В архив',
  unarchive: 'Вернуть из архива',
  remove: 'Удалить',
  snooze: 'Напомнить позже',
  unsnooze: 'Вернуть сейчас',
  comesBack: (time) => `вернётся ${time}`,
  snoozes: { hour: 'Через час', hours: 'Через три часа', tomorrow: 'Завтра в 9', week: 'В понедельник в 9' },
  soundOn: 'Включить звук',
  soundOff: 'Выключить звук',
  close: 'Закрыть',
  region: 'Новые уведомления',
  missed: (count) => `Пока вас не было: ${russian(count, { one: 'уведомление', few: 'уведомления', many: 'уведомлений' })}`,
  failed: (reason) => `Не сделано: ${reason}`,
};

/** The texts of a language such as `ru` or `en-GB`; English where there are none. */
export function bellTexts(language: string): BellTexts {
  return language.toLowerCase().split('-')[0] === 'ru' ? russianTexts : english;
}

const units: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
];
const week = 604_800_000;

/** How long ago a time is, or when it comes: "5 min. ago", and the date after a week. */
export function relativeTime(time: number, now: number, language: string): string {
  const away = time - now;
  if (Math.abs(away) >= week) return new Intl.DateTimeFormat(language, { dateStyle: 'medium' }).format(time);
  const words = new Intl.RelativeTimeFormat(language, { numeric: 'auto', style: 'short' });
  // "now", and not so many seconds: nobody redraws it each second.
  const [unit, length] = units.find(([, each]) => Math.abs(away) >= each) ?? ['second' as const, Infinity];
  return words.format(Math.trunc(away / length), unit);
}
