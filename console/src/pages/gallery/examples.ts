// The examples of examples/, as the gallery shows them.

import type { LucideIcon } from 'lucide-react';
import type { ComponentType } from 'react';
import type { SSEClient } from 'weir-client';

import { defineText, type Texts } from '../../text/language.tsx';
import { Bell, Gauge, ListChecks, MessageCircle, Newspaper, TrendingUp } from '../../ui/icons.ts';
import type { Producer } from './producing.ts';

export interface Example {
  /** Of its folder, and in the address. */
  name: string;
  icon: LucideIcon;
  title: Texts<string>;
  about: Texts<string>;
  /** What lights it up from a terminal; `{base}` and `{run}` are filled in. */
  command: string;
  /** Each start is another one, with a topic of its own; nothing is followed before the first. */
  perRun?: boolean;
  /** Shows it in an element, and gives the client that feeds it. */
  mount: () => Promise<(place: HTMLElement, run: string) => SSEClient>;
  producer: () => Promise<Producer>;
  react?: () => Promise<{ default: ComponentType }>;
  /** Those of its folder, in the order in which to read them. */
  files: readonly string[];
}

export const examples: readonly Example[] = [
  {
    name: 'notifications',
    icon: Bell,
    title: defineText({ en: 'Notifications', ru: 'Уведомления' }),
    about: defineText({
      en: 'Alerts and a badge. The number comes whole with each event, so all tabs agree: open a second one and mark all as read.',
      ru: 'Оповещения и счётчик. Число приходит целиком в каждом событии, поэтому все вкладки согласны: откройте вторую и отметьте всё прочитанным.',
    }),
    command: `curl --json '[{"topic":"examples/notifications/ada","event":"alert","data":{"title":"Hello","message":"from a terminal"}},{"topic":"examples/notifications/ada","event":"badge","data":{"count":5}}]' '{base}/v1/publish'`,
    mount: async () => {
      const { notifications } = await import('../../../../examples/notifications/notifications.js');
      return (place) => notifications(place, 'ada');
    },
    producer: () => import('../../../../examples/notifications/producer.js'),
    files: ['notifications.js', 'producer.js'],
  },
  {
    name: 'live-feed',
    icon: Newspaper,
    title: defineText({ en: 'Live feed', ru: 'Живая лента' }),
    about: defineText({
      en: 'Posts as they are written. Reload the page: it goes on where it was, and says how many posts came meanwhile.',
      ru: 'Записи по мере появления. Перезагрузите страницу: лента продолжится с того же места и скажет, сколько записей пришло за это время.',
    }),
    command: `curl --json '{"author":"me","text":"from a terminal"}' '{base}/v1/topics/examples/feed'`,
    mount: async () => (await import('../../../../examples/live-feed/live_feed.js')).liveFeed,
    producer: () => import('../../../../examples/live-feed/producer.js'),
    files: ['live_feed.js', 'producer.js'],
  },
  {
    name: 'metrics-dashboard',
    icon: Gauge,
    title: defineText({ en: 'Metrics dashboard', ru: 'Панель показателей' }),
    about: defineText({
      en: 'Figures once a second, with their last minute out of the log. They are measured: in your browser, or in Node.',
      ru: 'Показатели раз в секунду, с последней минутой из журнала. Они измерены: в вашем браузере или программой на сервере.',
    }),
    command: `curl -H 'Weir-Event: metrics' --json '{"Temperature, °C":21.5}' '{base}/v1/topics/examples/metrics'`,
    mount: async () => (await import('../../../../examples/metrics-dashboard/metrics_dashboard.js')).metricsDashboard,
    producer: () => import('../../../../examples/metrics-dashboard/producer.js'),
    files: ['metrics_dashboard.js', 'producer.js'],
  },
  {
    name: 'progress',
    icon: ListChecks,
    title: defineText({ en: 'Progress of a long operation', ru: 'Ход долгой операции' }),
    about: defineText({
      en: 'A job with a topic of its own. The last event closes the topic, the stream ends, and nobody comes back to wait for more.',
      ru: 'Задание со своей темой. Последнее событие закрывает тему, поток заканчивается, и никто не возвращается ждать.',
    }),
    command: `curl -H 'Weir-Event: progress' --json '{"progress":60,"stage":"by hand"}' '{base}/v1/topics/examples/progress/{run}'`,
    perRun: true,
    mount: async () => (await import('../../../../examples/progress/progress.js')).progress,
    producer: () => import('../../../../examples/progress/producer.js'),
    files: ['progress.js', 'producer.js'],
  },
  {
    name: 'stock-ticker',
    icon: TrendingUp,
    title: defineText({ en: 'Stock ticker', ru: 'Котировки' }),
    about: defineText({
      en: 'Simulated prices. The page begins with the newest of each symbol, and is told four times a second at most.',
      ru: 'Вымышленные цены. Страница начинает с последней цены каждого символа и получает новые не чаще четырёх раз в секунду.',
    }),
    command: `curl -H 'Weir-Event: price_update' -H 'Weir-Key: MINE' --json '{"symbol":"MINE","price":42,"change":5}' '{base}/v1/topics/examples/stocks'`,
    mount: async () => (await import('../../../../examples/stock-ticker/stock_ticker.js')).stockTicker,
    producer: () => import('../../../../examples/stock-ticker/producer.js'),
    react: async () => ({ default: (await import('../../../../examples/stock-ticker/stock_ticker_react.jsx')).StockTicker }),
    files: ['stock_ticker.js', 'prices.js', 'stock_ticker_react.jsx', 'producer.js'],
  },
  {
    name: 'chat',
    icon: MessageCircle,
    title: defineText({ en: 'Chat', ru: 'Чат' }),
    about: defineText({
      en: 'Messages come by the stream and leave by POST. Who comes in sees the last fifty.',
      ru: 'Сообщения приходят потоком, уходят запросом POST. Вошедший видит последние пятьдесят.',
    }),
    command: `curl --json '{"name":"terminal","text":"hello","at":0}' '{base}/v1/topics/examples/chat/room/123'`,
    mount: async () => (await import('../../../../examples/chat/chat.js')).chat,
    producer: () => import('../../../../examples/chat/producer.js'),
    files: ['chat.js', 'producer.js'],
  },
];

export const findExample = (name: string): Example | undefined => examples.find((each) => each.name === name);
