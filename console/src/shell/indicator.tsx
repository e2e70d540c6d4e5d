import type { Link, LinkState } from '../live/link.ts';
import { defineText, useText } from '../text/language.tsx';
import { CircleDashed, CircleSlash, Radio, RefreshCw, WifiOff } from '../ui/icons.ts';

const texts = defineText({
  en: {
    connecting: 'connecting',
    live: 'live',
    polling: (seconds: number | null) => (seconds === null ? 'polling' : `polling every ${seconds} s`),
    offline: 'offline',
    closed: 'not connected',
    about: {
      connecting: 'Waiting for the server’s first word.',
      live: 'Events come as they happen.',
      polling: 'A stream does not get through; the server is asked again and again.',
      offline: 'The server cannot be reached. This page comes back by itself.',
      closed: 'No live data comes.',
    },
  },
  ru: {
    connecting: 'подключение',
    live: 'на связи',
    polling: (seconds: number | null) => (seconds === null ? 'опрос' : `опрос каждые ${seconds} с`),
    offline: 'нет связи',
    closed: 'не подключено',
    about: {
      connecting: 'Ждём первого ответа сервера.',
      live: 'События приходят сразу.',
      polling: 'Поток не проходит; сервер опрашивается снова и снова.',
      offline: 'Сервер недоступен. Страница подключится сама.',
      closed: 'Живые данные не приходят.',
    },
  },
});

const icons = { connecting: CircleDashed, live: Radio, polling: RefreshCw, offline: WifiOff, closed: CircleSlash };
const tones: Record<LinkState, string> = {
  connecting: '',
  live: ' badge--good',
  polling: ' badge--warn',
  offline: ' badge--bad',
  closed: '',
};

/** What is true of a connection, by icon and word, not by colour alone. */
export function Indicator({ link, testId = 'state' }: { link: Link; testId?: string }) {
  const t = useText(texts);
  const Icon = icons[link.state];
  const word = link.state === 'polling' ? t.polling(link.pollSeconds) : t[link.state];
  return (
    <span
      className={`badge indicator${tones[link.state]}`}
      role="status"
      title={link.reason === null ? t.about[link.state] : `${t.about[link.state]} ${link.reason}`}
      data-state={link.state}
      data-testid={testId}
    >
      <Icon size={12} aria-hidden />
      {word}
    </span>
  );
}
