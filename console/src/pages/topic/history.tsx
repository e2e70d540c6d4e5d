import { useEffect, useState, type FormEvent } from 'react';

import { request, withQuery } from '../../api/http.ts';
import type { Poll, TopicInfo } from '../../api/types.ts';
import { EventBrowser } from '../../events/event_browser.tsx';
import { emptyLog, reduceLog } from '../../live/log_state.ts';
import { createStore } from '../../live/store.ts';
import { liveEvent } from '../../live/stream.ts';
import { useText } from '../../text/language.tsx';
import { Empty, Field, Note } from '../../ui/basics.tsx';
import { History as HistoryIcon, Play } from '../../ui/icons.ts';
import { ProblemNote } from '../../ui/problem_note.tsx';
import { cursorBefore, parseCursor } from './cursors.ts';
import { texts } from './texts.ts';

const pageEvents = 200;

interface HistoryProps {
  topic: string;
  filter: string;
  /** Events after this cursor are shown; `earliest` for the first that is kept. */
  after: string;
  info: TopicInfo | null;
  onTravel: (after: string) => void;
  onFollow: (after: string) => void;
}

/** A page of the log as it was, from a position on. */
function useHistoryPages(topic: string, filter: string, after: string) {
  const [log] = useState(() => createStore(reduceLog, emptyLog()));
  const [next, setNext] = useState({ cursor: after, more: false });
  const [gap, setGap] = useState<Poll['gap']>(undefined);
  const [error, setError] = useState<unknown>(null);

  const load = async (cursor: string, signal?: AbortSignal) => {
    try {
      const page = await request<Poll>(withQuery('/v1/subscribe', { topic, after: cursor, filter, limit: pageEvents }), signal ? { signal } : {});
      log.dispatch({ type: 'events', events: page.events.map(liveEvent) });
      setNext({ cursor: page.cursor, more: page.more });
      setGap(page.gap);
      setError(null);
    } catch (failure) {
      if (!signal?.aborted) setError(failure);
    }
  };

  useEffect(() => {
    const ending = new AbortController();
    log.dispatch({ type: 'clear' });
    setNext({ cursor: after, more: false });
    void load(after, ending.signal);
    return () => ending.abort();
    // `load` is made of what is listed.
  }, [log, topic, filter, after]);

  return { log, next, gap, error, loadMore: () => void load(next.cursor) };
}

function Travel({ info, after, onTravel }: Pick<HistoryProps, 'info' | 'after' | 'onTravel'>) {
  const t = useText(texts);
  const [text, setText] = useState(after);
  useEffect(() => setText(after), [after]);
  const first = info?.first == null ? null : parseCursor(info.first);
  const last = info?.last == null ? null : parseCursor(info.last);
  const typed = text.trim();
  const valid = typed === 'earliest' || parseCursor(typed) !== null;
  const position = parseCursor(typed);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (valid) onTravel(typed);
  };
  return (
    <form className="travel" onSubmit={submit}>
      <Field label={t.position} hint={t.positionHint} error={valid ? null : t.invalid} className="grow">
        {(attributes) => (
          <input {...attributes} className="input input--mono" spellCheck={false} value={text} onChange={(event) => setText(event.target.value)} data-testid="travel-cursor" />
        )}
      </Field>
      <button type="submit" className="button">
        {t.show}
      </button>
      {first !== null && last !== null && first.epoch === last.epoch && last.sequence > first.sequence && (
        <input
          className="travel__slider"
          type="range"
          aria-label={t.position}
          min={first.sequence}
          max={last.sequence}
          value={position === null ? first.sequence : Math.min(Math.max(position.sequence + 1, first.sequence), last.sequence)}
          onChange={(event) => setText(cursorBefore({ epoch: first.epoch, sequence: Number(event.target.value) }))}
          onPointerUp={() => onTravel(typed)}
          onKeyUp={() => onTravel(typed)}
          data-testid="travel-slider"
        />
      )}
    </form>
  );
}

/** Time travel: the topic's log from any position on. */
export function History({ topic, filter, after, info, onTravel, onFollow }: HistoryProps) {
  const t = useText(texts);
  const { log, next, gap, error, loadMore } = useHistoryPages(topic, filter, after);
  return (
    <>
      <Travel info={info} after={after} onTravel={onTravel} />
      {error !== null && (
        <div className="topic__note">
          <ProblemNote error={error} />
        </div>
      )}
      {gap && (
        <div className="topic__note">
          <Note tone="warn" testId="gap">
            {t.gap(gap.reason, gap.available_from)}
          </Note>
        </div>
      )}
      <div className="topic__browser">
        <EventBrowser
          log={log}
          label={t.history}
          live={false}
          tools={
            <>
              <button type="button" className="button" aria-disabled={!next.more} onClick={() => next.more && loadMore()} data-testid="more">
                {t.more}
              </button>
              <button type="button" className="button" onClick={() => onFollow(after)}>
                <Play size={14} aria-hidden />
                {t.fromHere}
              </button>
            </>
          }
          empty={<Empty icon={HistoryIcon} title={t.emptyHistory} />}
        />
      </div>
    </>
  );
}
