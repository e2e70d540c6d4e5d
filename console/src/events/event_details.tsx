import { Link } from 'react-router';

import { topicPage } from '../api/topic_path.ts';
import type { LiveEvent } from '../live/stream.ts';
import { defineText, useFormat, useText } from '../text/language.tsx';
import { CopyButton } from '../ui/copy.tsx';
import { X } from '../ui/icons.ts';
import { JsonTree } from '../ui/json_tree.tsx';

const texts = defineText({
  en: {
    title: 'Event',
    close: 'Close the details',
    cursor: 'Cursor',
    ephemeral: 'none: it is in no log',
    topic: 'Topic',
    type: 'Type',
    time: 'Time',
    key: 'Key',
    id: 'Publisher’s id',
    size: 'Size',
    data: 'Data',
    explain: 'Why didn’t somebody get it?',
  },
  ru: {
    title: 'Событие',
    close: 'Закрыть подробности',
    cursor: 'Курсор',
    ephemeral: 'нет: события нет в журнале',
    topic: 'Тема',
    type: 'Тип',
    time: 'Время',
    key: 'Ключ',
    id: 'Id отправителя',
    size: 'Размер',
    data: 'Данные',
    explain: 'Почему кто-то его не получил?',
  },
});

const encoder = new TextEncoder();

/** All that is known of one event. */
export function EventDetails({ event, onClose }: { event: LiveEvent; onClose: () => void }) {
  const t = useText(texts);
  const format = useFormat();
  return (
    <section className="details" aria-label={t.title} data-testid="event-details">
      <header className="row">
        <h2 className="grow">{t.title}</h2>
        <button type="button" className="button button--quiet button--icon button--small" aria-label={t.close} onClick={onClose}>
          <X size={15} aria-hidden />
        </button>
      </header>
      <dl className="facts">
        <dt>{t.cursor}</dt>
        <dd className="row">
          {event.cursor === null ? (
            t.ephemeral
          ) : (
            <>
              <code>{event.cursor}</code>
              <CopyButton text={event.cursor} what={t.cursor} />
            </>
          )}
        </dd>
        <dt>{t.topic}</dt>
        <dd>
          {event.topics.map((topic) => (
            <Link key={topic} to={topicPage(topic)} className="mono details__topic">
              {topic}
            </Link>
          ))}
        </dd>
        <dt>{t.type}</dt>
        <dd className="mono">{event.type}</dd>
        {event.time !== null && (
          <>
            <dt>{t.time}</dt>
            <dd>
              {format.dateTime(event.time)} <span className="muted">{format.clockMs(event.time).slice(-4)}</span>
            </dd>
          </>
        )}
        {event.key !== null && (
          <>
            <dt>{t.key}</dt>
            <dd className="mono">{event.key}</dd>
          </>
        )}
        {event.id !== null && (
          <>
            <dt>{t.id}</dt>
            <dd className="mono">{event.id}</dd>
          </>
        )}
        <dt>{t.size}</dt>
        <dd>{format.bytes(encoder.encode(event.data).length)}</dd>
      </dl>
      <div className="row">
        <h3 className="grow">{t.data}</h3>
        <CopyButton text={event.data} what={t.data} />
      </div>
      <JsonTree key={event.n} text={event.data} />
      {event.cursor !== null && <Link to={`/explain?cursor=${encodeURIComponent(event.cursor)}`}>{t.explain}</Link>}
    </section>
  );
}
