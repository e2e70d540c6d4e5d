// The pages: one row each. A new page is a row here, its addresses in paths.json (for which the server gives out the
// console), and a module with the page as its default export.

import type { LucideIcon } from 'lucide-react';
import type { ComponentType } from 'react';

import { defineText, type Texts } from './text/language.tsx';
import {
  Activity,
  Bell,
  CalendarClock,
  CircleHelp,
  Columns4,
  KeyRound,
  LayoutDashboard,
  ListChecks,
  ListTodo,
  ListTree,
  Lock,
  Plug,
  Shapes,
  SlidersHorizontal,
  Stamp,
  Workflow,
} from './ui/icons.ts';

export interface Page {
  path: string;
  label: Texts<string>;
  /** Other words that the palette finds it by. */
  keywords: string;
  icon: LucideIcon;
  /** After G, on the keyboard. */
  key: string;
  group: 'live' | 'workflows' | 'learn' | 'server';
  load: () => Promise<{ default: ComponentType }>;
}

export const groups: Record<Page['group'], Texts<string>> = {
  live: defineText({ en: 'Live', ru: 'Сейчас' }),
  workflows: defineText({ en: 'Workflows', ru: 'Процессы' }),
  learn: defineText({ en: 'Examples', ru: 'Примеры' }),
  server: defineText({ en: 'Server', ru: 'Сервер' }),
};

export const pages: readonly Page[] = [
  {
    path: '/',
    label: defineText({ en: 'Overview', ru: 'Обзор' }),
    keywords: 'home start publish demo главная начало публикация',
    icon: LayoutDashboard,
    key: 'o',
    group: 'live',
    load: () => import('./pages/overview/overview_page.tsx'),
  },
  {
    path: '/topics',
    label: defineText({ en: 'Topics', ru: 'Темы' }),
    keywords: 'streams events list темы события потоки',
    icon: ListTree,
    key: 't',
    group: 'live',
    load: () => import('./pages/topics/topics_page.tsx'),
  },
  {
    path: '/connections',
    label: defineText({ en: 'Connections', ru: 'Соединения' }),
    keywords: 'clients subscribers lag disconnect подписчики клиенты отставание',
    icon: Plug,
    key: 'c',
    group: 'live',
    load: () => import('./pages/connections/connections_page.tsx'),
  },
  {
    path: '/charts',
    label: defineText({ en: 'Metrics', ru: 'Метрики' }),
    keywords: 'charts rates latency memory commits графики задержки память',
    icon: Activity,
    key: 'm',
    group: 'live',
    load: () => import('./pages/charts/charts_page.tsx'),
  },
  {
    path: '/notifications',
    label: defineText({ en: 'Notifications', ru: 'Уведомления' }),
    keywords: 'inbox bell unread alerts preferences quiet hours deliveries входящие колокольчик непрочитанные тихие часы доставка',
    icon: Bell,
    key: 'n',
    group: 'live',
    load: () => import('./pages/notifications/notifications_page.tsx'),
  },
  {
    path: '/tasks',
    label: defineText({ en: 'Tasks', ru: 'Задачи' }),
    keywords: 'feed cards progress jobs product generation карточки прогресс ход работы товары',
    icon: ListChecks,
    key: 'f',
    group: 'live',
    load: () => import('./tasks/tasks_page.tsx'),
  },
  {
    path: '/executions',
    label: defineText({ en: 'Executions', ru: 'Запуски' }),
    keywords: 'workflow runs execute start jobs процессы запустить выполнение',
    icon: ListTodo,
    key: 'x',
    group: 'workflows',
    load: () => import('./workflow/executions/executions_page.tsx'),
  },
  {
    path: '/definitions',
    label: defineText({ en: 'Definitions', ru: 'Описания' }),
    keywords: 'workflow yaml graph nodes editor import export процессы граф редактор узлы',
    icon: Workflow,
    key: 'd',
    group: 'workflows',
    load: () => import('./workflow/definitions/definitions_page.tsx'),
  },
  {
    path: '/approvals',
    label: defineText({ en: 'Approvals', ru: 'Согласования' }),
    keywords: 'workflow approve reject decide waiting решение одобрить отклонить ждёт',
    icon: Stamp,
    key: 'p',
    group: 'workflows',
    load: () => import('./workflow/approvals/approvals_page.tsx'),
  },
  {
    path: '/schedules',
    label: defineText({ en: 'Schedules', ru: 'Расписания' }),
    keywords: 'workflow cron time timezone trigger время крон расписание',
    icon: CalendarClock,
    key: 'h',
    group: 'workflows',
    load: () => import('./workflow/schedules/schedules_page.tsx'),
  },
  {
    path: '/secrets',
    label: defineText({ en: 'Secrets', ru: 'Секреты' }),
    keywords: 'workflow password token credentials пароль токен ключ',
    icon: Lock,
    key: 'k',
    group: 'workflows',
    load: () => import('./workflow/secrets/secrets_page.tsx'),
  },
  {
    path: '/gallery',
    label: defineText({ en: 'Gallery', ru: 'Галерея' }),
    keywords: 'examples code chat notifications feed dashboard progress stocks примеры код чат уведомления лента прогресс котировки',
    icon: Shapes,
    key: 'e',
    group: 'learn',
    load: () => import('./pages/gallery/gallery_page.tsx'),
  },
  {
    path: '/transports',
    label: defineText({ en: 'Transports', ru: 'Транспорты' }),
    keywords: 'four compare sse websocket long poll polling latency bytes четыре сравнение опрос задержка байты',
    icon: Columns4,
    key: 'r',
    group: 'learn',
    load: () => import('./pages/transports/transports_page.tsx'),
  },
  {
    path: '/explain',
    label: defineText({ en: 'Why didn’t I get it?', ru: 'Почему не дошло?' }),
    keywords: 'explain delivery missing debug доставка объяснение потерялось',
    icon: CircleHelp,
    key: 'w',
    group: 'server',
    load: () => import('./pages/explain/explain_page.tsx'),
  },
  {
    path: '/access',
    label: defineText({ en: 'Access', ru: 'Доступ' }),
    keywords: 'token jwt key grants claims токен ключ права',
    icon: KeyRound,
    key: 'a',
    group: 'server',
    load: () => import('./pages/access/access_page.tsx'),
  },
  {
    path: '/settings',
    label: defineText({ en: 'Settings', ru: 'Настройки' }),
    keywords: 'configuration flags environment конфигурация параметры',
    icon: SlidersHorizontal,
    key: 's',
    group: 'server',
    load: () => import('./pages/settings/settings_page.tsx'),
  },
];

/** Pages that no navigation names. */
export const hiddenPages: readonly Pick<Page, 'path' | 'load'>[] = [
  { path: '/topics/*', load: () => import('./pages/topic/topic_page.tsx') },
  { path: '/gallery/*', load: () => import('./pages/gallery/example_page.tsx') },
  { path: '/executions/*', load: () => import('./workflow/execution/execution_page.tsx') },
  { path: '/definitions/*', load: () => import('./workflow/definitions/definition_page.tsx') },
  { path: '/login', load: () => import('./pages/login/login_page.tsx') },
];
