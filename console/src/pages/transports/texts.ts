import type { TransportName } from 'weir-client';

import { defineText } from '../../text/language.tsx';

interface TransportTexts {
  name: string;
  about: string;
}

export const texts = defineText({
  en: {
    title: 'Transports',
    hint: 'One topic, followed in four ways at once by this page. The cursors are the same, so a client may change from one to another at any time.',
    start: 'Start',
    again: 'Start anew',
    stop: 'Stop',
    rate: 'Events a second',
    explain:
      'What one sees: with an event stream and a WebSocket an event is there when it is committed, over one request; a long poll asks anew after each answer and is nearly as quick; a poll asks about every five seconds, so its events wait, and come in heaps. None is lost in any of them.',
    counted:
      'Measured in this page, by its own clock: the time from the call that publishes to the event’s handler, so the commit is in it. Bytes are those of answers’ bodies and of WebSocket messages, as the client reads them, unpacked; heads are the fields of answers’ heads that a script may see (none of a WebSocket’s). What TCP, TLS and the framing add is not in them.',
    idle: 'Press Start: this page then publishes to examples/transports, and follows it four times.',
    median: 'median',
    p95: '95th percentile',
    latency: 'Latency',
    latencyOf: (count: string) => `of the last ${count}`,
    requests: 'Requests',
    bodies: 'Bytes received',
    heads: 'and in heads',
    events: 'Events',
    eventsOf: (events: string, published: string) => `${events} of ${published}`,
    arrivals: 'Arrivals in the last 30 s',
    transports: {
      sse: { name: 'Server-Sent Events', about: 'One answer that does not end. To the client only, plain HTTP, back by itself with its cursor.' },
      websocket: { name: 'WebSocket', about: 'A connection of its own, both ways. Its messages carry the same cursors.' },
      longpoll: { name: 'Long poll', about: 'A request that is answered when an event comes. Through every proxy.' },
      poll: { name: 'Poll', about: 'A request now and then, as often as the server asks for. Holds no connection.' },
    } as Record<TransportName, TransportTexts>,
  },
  ru: {
    title: 'Транспорты',
    hint: 'Одна тема, за которой эта страница следит четырьмя способами сразу. Курсоры одни и те же, поэтому клиент может в любой момент сменить один на другой.',
    start: 'Начать',
    again: 'Начать заново',
    stop: 'Остановить',
    rate: 'Событий в секунду',
    explain:
      'Что здесь видно: с потоком событий и WebSocket событие приходит, как только зафиксировано, за один запрос; длинный опрос спрашивает заново после каждого ответа и почти так же быстр; опрос спрашивает примерно раз в пять секунд, поэтому события ждут и приходят кучками. Ни в одном ничего не теряется.',
    counted:
      'Измерено в этой странице, по её часам: время от вызова публикации до обработчика события, вместе с фиксацией. Байты — тела ответов и сообщения WebSocket, как их читает клиент, распакованные; заголовки — те поля ответов, которые видит скрипт (у WebSocket — никаких). Того, что добавляют TCP, TLS и кадры, здесь нет.',
    idle: 'Нажмите «Начать»: страница станет публиковать в examples/transports и следить за этой темой четыре раза.',
    median: 'медиана',
    p95: '95-й процентиль',
    latency: 'Задержка',
    latencyOf: (count: string) => `последних ${count}`,
    requests: 'Запросы',
    bodies: 'Получено байт',
    heads: 'и в заголовках',
    events: 'События',
    eventsOf: (events: string, published: string) => `${events} из ${published}`,
    arrivals: 'Приход за последние 30 с',
    transports: {
      sse: { name: 'Server-Sent Events', about: 'Один ответ, который не кончается. Только к клиенту, обычный HTTP, возвращается сам со своим курсором.' },
      websocket: { name: 'WebSocket', about: 'Отдельное соединение, в обе стороны. В сообщениях те же курсоры.' },
      longpoll: { name: 'Длинный опрос', about: 'Запрос, на который отвечают, когда придёт событие. Проходит через любой прокси.' },
      poll: { name: 'Опрос', about: 'Запрос время от времени, как часто просит сервер. Соединения не держит.' },
    },
  },
});
