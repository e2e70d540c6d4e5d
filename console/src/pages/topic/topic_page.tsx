import { useEffect, useState, type FormEvent } from 'react';
import { Link, useLocation, useSearchParams } from 'react-router';

import { request, withQuery } from '../../api/http.ts';
import { encodeTopic, topicOfPage } from '../../api/topic_path.ts';
import type { Poll, TopicInfo } from '../../api/types.ts';
import { PublishForm } from '../../events/publish_form.tsx';
import { PageHead } from '../../shell/page_head.tsx';
import { useFormat, useText } from '../../text/language.tsx';
import { Badge, Empty, Panel } from '../../ui/basics.tsx';
import { CopyButton } from '../../ui/copy.tsx';
import { Curl } from '../../ui/curl.tsx';
import { ChevronLeft, CircleSlash, Filter } from '../../ui/icons.ts';
import { ProblemNote } from '../../ui/problem_note.tsx';
import { History } from './history.tsx';
import { LiveStream } from './live_stream.tsx';
import { texts } from './texts.ts';
import { useTopic } from './use_topic.ts';
import './topic.css';

function Cursor({ cursor, what }: { cursor: string | null; what: string }) {
  const t = useText(texts);
  if (cursor === null) return t.none;
  return (
    <span className="row topic__cursor">
      <code>{cursor.slice(cursor.lastIndexOf('-') + 1)}</code>
      <CopyButton text={cursor} what={what} />
    </span>
  );
}

/** What is kept, at most; a bound of zero is none. */
function Retention({ retention }: Pick<TopicInfo, 'retention'>) {
  const t = useText(texts);
  const format = useFormat();
  const { age_ms: age, events, bytes } = retention;
  const bounds = [age > 0 && format.seconds(age / 1000), events > 0 && t.eventsBound(events, format.count(events)), bytes > 0 && format.bytes(bytes)];
  return bounds.filter((bound) => bound !== false).join(', ') || t.unbounded;
}

function Facts({ info }: { info: TopicInfo }) {
  const t = useText(texts);
  const format = useFormat();
  return (
    <Panel title={t.facts}>
      <dl className="facts" data-testid="topic-facts">
        <dt>{t.events}</dt>
        <dd>{format.count(info.events)}</dd>
        <dt>{t.size}</dt>
        <dd>{format.bytes(info.bytes)}</dd>
        <dt>{t.subscribers}</dt>
        <dd>{format.count(info.subscribers)}</dd>
        <dt>{t.first}</dt>
        <dd>
          <Cursor cursor={info.first} what={t.first} />
        </dd>
        <dt>{t.last}</dt>
        <dd>
          <Cursor cursor={info.last} what={t.last} />
        </dd>
        <dt>{t.retention}</dt>
        <dd>
          <Retention retention={info.retention} />
        </dd>
      </dl>
    </Panel>
  );
}

/** The filter that is typed takes effect when the server has found it right. */
function FilterBox({ topic, filter, onApply }: { topic: string; filter: string; onApply: (filter: string) => void }) {
  const t = useText(texts);
  const [text, setText] = useState(filter);
  const [error, setError] = useState<unknown>(null);
  useEffect(() => setText(filter), [filter]);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    try {
      await request<Poll>(withQuery('/v1/subscribe', { topic, filter: text, limit: 1, after: 'latest' }));
      setError(null);
      onApply(text.trim());
    } catch (failure) {
      setError(failure);
    }
  };
  return (
    <form className="topic__filter" onSubmit={submit}>
      <div className="row">
        <div className="search grow">
          <Filter size={14} aria-hidden />
          <input className="input input--mono" aria-label={t.filter} placeholder={t.filterHint} spellCheck={false} value={text} onChange={(event) => setText(event.target.value)} data-testid="filter" />
        </div>
        <button type="submit" className="button">
          {t.apply}
        </button>
      </div>
      {error !== null && <ProblemNote error={error} testId="filter-error" />}
    </form>
  );
}

function Topic({ topic }: { topic: string }) {
  const t = useText(texts);
  const info = useTopic(topic);
  const [query, setQuery] = useSearchParams();
  const filter = query.get('filter') ?? '';
  const after = query.get('after') ?? '';
  const history = query.get('view') === 'history';
  const go = (changes: Record<string, string>) => {
    const next = new URLSearchParams(query);
    for (const [name, value] of Object.entries(changes)) {
      if (value === '') next.delete(name);
      else next.set(name, value);
    }
    setQuery(next);
  };
  return (
    <div className="page page--fill topic-page">
      <PageHead
        title={topic}
        hint={
          <Link to="/topics" className="row topic__back">
            <ChevronLeft size={14} aria-hidden />
            {t.back}
          </Link>
        }
      >
        {info?.closed && <Badge>{t.closed}</Badge>}
      </PageHead>
      <div className="topic">
        <section className="panel topic__stream" aria-label={t.events}>
          <div className="topic__bar">
            <div className="row" role="group" aria-label={t.mode}>
              <button type="button" className="button" aria-pressed={!history} onClick={() => go({ view: '', after: '' })} data-testid="live">
                {t.live}
              </button>
              <button type="button" className="button" aria-pressed={history} onClick={() => go({ view: 'history' })} data-testid="history">
                {t.history}
              </button>
            </div>
            <FilterBox topic={topic} filter={filter} onApply={(next) => go({ filter: next })} />
          </div>
          {history ? (
            <History
              topic={topic}
              filter={filter}
              after={after === '' ? 'earliest' : after}
              info={info ?? null}
              onTravel={(next) => go({ after: next })}
              onFollow={(from) => go({ view: '', after: from })}
            />
          ) : (
            <LiveStream key={`${filter} ${after}`} topic={topic} filter={filter} after={after} />
          )}
        </section>
        <div className="stack stack--wide topic__side">
          {info && <Facts info={info} />}
          <Panel title={t.publish}>
            <PublishForm topic={topic} fixed full />
          </Panel>
          <Panel title={t.follow}>
            <Curl command={`curl -N '{base}/v1/topics/${encodeTopic(topic)}?last=10'`} what={t.followWhat} />
          </Panel>
        </div>
      </div>
    </div>
  );
}

/** One topic: its stream, its history, and a way to publish to it. */
export default function TopicPage() {
  const t = useText(texts);
  const topic = topicOfPage(useLocation().pathname);
  if (topic === null) {
    return (
      <div className="page">
        <PageHead title={t.noTopic} />
        <Empty icon={CircleSlash} title={t.noTopicText} />
      </div>
    );
  }
  return <Topic key={topic} topic={topic} />;
}
