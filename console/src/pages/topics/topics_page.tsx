import { useVirtualizer } from '@tanstack/react-virtual';
import { useRef, useState } from 'react';
import { Link, useNavigate } from 'react-router';

import { topicPage } from '../../api/topic_path.ts';
import { useStore } from '../../live/store.ts';
import { useSamples } from '../../live/system.tsx';
import { rateAt, visibleTopics, type TopicRow, type TopicsOrder } from '../../live/topics_state.ts';
import { useTopics } from '../../live/use_topics.ts';
import { PageHead } from '../../shell/page_head.tsx';
import { pluralEn, pluralRu } from '../../text/plural.ts';
import { defineText, useFormat, useText } from '../../text/language.tsx';
import { Badge, Empty, Loading, SearchBox } from '../../ui/basics.tsx';
import { Curl } from '../../ui/curl.tsx';
import { ArrowDown, ListTree } from '../../ui/icons.ts';
import { onLinkKeys } from '../../ui/link_keys.ts';
import './topics.css';

const texts = defineText({
  en: {
    title: 'Topics',
    count: (count: number, text: string) => `${text} ${pluralEn(count, 'topic', 'topics')}`,
    found: (found: string, all: string) => `${found} of ${all}`,
    search: 'Search by name',
    columns: { topic: 'Topic', rate: 'Rate', events: 'Events', bytes: 'Size', subscribers: 'Subscribers' },
    closed: 'closed',
    loading: 'Loading',
    empty: 'No topic holds anything yet',
    emptyText: 'A topic begins with its first event. Run this, and it appears here:',
    emptyWhat: 'Publish to the topic news',
    nothing: 'No topic has that in its name.',
  },
  ru: {
    title: 'Темы',
    count: (count: number, text: string) => `${text} ${pluralRu(count, 'тема', 'темы', 'тем')}`,
    found: (found: string, all: string) => `${found} из ${all}`,
    search: 'Искать по имени',
    columns: { topic: 'Тема', rate: 'Частота', events: 'События', bytes: 'Размер', subscribers: 'Подписчики' },
    closed: 'закрыта',
    loading: 'Загрузка',
    empty: 'Ни в одной теме пока ничего нет',
    emptyText: 'Тема начинается с первого события. Выполните команду, и она появится здесь:',
    emptyWhat: 'Опубликовать в тему news',
    nothing: 'Ни у одной темы нет этого в имени.',
  },
});

const rowHeight = 36;
const columns: readonly TopicsOrder[] = ['topic', 'rate', 'events', 'bytes', 'subscribers'];

function Cells({ row, now }: { row: TopicRow; now: number }) {
  const t = useText(texts);
  const format = useFormat();
  const rate = rateAt(row, now);
  return (
    <>
      <span role="cell" className="topics__name">
        <Link to={topicPage(row.topic)} className="mono clip" title={row.topic}>
          {row.topic}
        </Link>
        {row.closed && <Badge>{t.closed}</Badge>}
      </span>
      <span role="cell" className={rate > 0 ? 'number topics__busy' : 'number muted'}>
        {rate > 0 ? format.perSecond(rate) : '–'}
      </span>
      <span role="cell" className="number">
        {format.count(row.events)}
      </span>
      <span role="cell" className="number">
        {format.bytes(row.bytes)}
      </span>
      <span role="cell" className="number">
        {format.count(row.subscribers)}
      </span>
    </>
  );
}

/** All topics, live. */
export default function TopicsPage() {
  const t = useText(texts);
  const format = useFormat();
  const navigate = useNavigate();
  const state = useStore(useTopics(), (all) => all);
  const now = useSamples().at(-1)?.time ?? 0;
  const [search, setSearch] = useState('');
  const [order, setOrder] = useState<TopicsOrder>('topic');
  const rows = visibleTopics(state, search, order, now);
  const scroll = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => rowHeight,
    getItemKey: (index) => rows[index]?.topic ?? index,
    overscan: 12,
  });
  const all = state.topics.size;

  const body =
    rows.length > 0 ? (
      <div ref={scroll} className="topics__scroll" role="presentation" onKeyDown={onLinkKeys} data-testid="topic-list">
        <div role="rowgroup" style={{ height: virtual.getTotalSize() }} className="topics__space">
          {virtual.getVirtualItems().map(({ index, key, start }) => {
            const row = rows[index];
            return (
              row && (
                <div key={key} role="row" aria-rowindex={index + 2} className="topics__row" style={{ transform: `translateY(${start}px)` }}>
                  <Cells row={row} now={now} />
                </div>
              )
            );
          })}
        </div>
      </div>
    ) : null;

  return (
    <div className="page page--fill topics-page">
      <PageHead title={t.title} hint={search === '' ? t.count(all, format.count(all)) : t.found(format.count(rows.length), format.count(all))}>
        <form
          className="topics__search"
          onSubmit={(event) => {
            event.preventDefault();
            const [first] = rows;
            if (search !== '' && first) void navigate(topicPage(first.topic));
          }}
        >
          <SearchBox label={t.search} value={search} onChange={(event) => setSearch(event.target.value)} />
        </form>
      </PageHead>
      <section className="panel topics" aria-label={t.title}>
        {!state.loaded && all === 0 ? (
          <Loading label={t.loading} />
        ) : rows.length === 0 ? (
          search !== '' ? (
            <p className="empty muted">{t.nothing}</p>
          ) : (
            <Empty icon={ListTree} title={t.empty}>
              <p className="empty__text">{t.emptyText}</p>
              <Curl command="curl -d hello {base}/v1/topics/news" what={t.emptyWhat} />
            </Empty>
          )
        ) : (
          <div role="table" aria-label={t.title} aria-rowcount={rows.length + 1} className="topics__table">
            <div role="rowgroup" className="topics__head">
              <div role="row" className="topics__row" aria-rowindex={1}>
                {columns.map((column) => (
                  <span key={column} role="columnheader" aria-sort={order === column ? (column === 'topic' ? 'ascending' : 'descending') : 'none'} className={column === 'topic' ? '' : 'number'}>
                    <button type="button" className="topics__sort" onClick={() => setOrder(column)}>
                      {t.columns[column]}
                      {order === column && <ArrowDown size={12} aria-hidden />}
                    </button>
                  </span>
                ))}
              </div>
            </div>
            {body}
          </div>
        )}
      </section>
    </div>
  );
}
