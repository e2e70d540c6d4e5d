import { useState, type ReactNode } from 'react';

import type { LogAction, LogState } from '../live/log_state.ts';
import { useStore, type Store } from '../live/store.ts';
import type { LiveEvent } from '../live/stream.ts';
import { pluralEn, pluralRu } from '../text/plural.ts';
import { defineText, useFormat, useText } from '../text/language.tsx';
import { SearchBox } from '../ui/basics.tsx';
import { ArrowUp, Eraser, Pause, Play } from '../ui/icons.ts';
import { EventDetails } from './event_details.tsx';
import { EventList } from './event_list.tsx';

const texts = defineText({
  en: {
    search: 'Search in these events',
    pause: 'Pause',
    follow: 'Follow',
    clear: 'Clear the list',
    newer: (count: number, text: string) => `${text} newer ${pluralEn(count, 'event', 'events')}`,
    received: (received: string, kept: string) => `${received} received, ${kept} kept here`,
    nothingFound: 'No event here holds that text.',
  },
  ru: {
    search: 'Искать в этих событиях',
    pause: 'Пауза',
    follow: 'Следить',
    clear: 'Очистить список',
    newer: (count: number, text: string) => `${text} ${pluralRu(count, 'новое событие', 'новых события', 'новых событий')}`,
    received: (received: string, kept: string) => `получено ${received}, хранится здесь ${kept}`,
    nothingFound: 'Ни в одном событии здесь нет такого текста.',
  },
});

interface EventBrowserProps {
  log: Store<LogState, LogAction>;
  label: string;
  showTopic?: boolean;
  /** A stream can be paused and followed; a page of history only searched. */
  live?: boolean;
  textOf?: (event: LiveEvent) => string;
  empty: ReactNode;
  tools?: ReactNode;
}

function useCounts(log: Store<LogState, LogAction>) {
  return {
    received: useStore(log, (state) => state.received),
    kept: useStore(log, (state) => state.kept.length),
    waiting: useStore(log, (state) => state.waiting),
    frozen: useStore(log, (state) => state.frozen !== null),
    search: useStore(log, (state) => state.search),
  };
}

/** A list of events with its search, and the details of the one that is chosen. */
export function EventBrowser({ log, label, showTopic = false, live = true, textOf, empty, tools }: EventBrowserProps) {
  const t = useText(texts);
  const format = useFormat();
  const { received, kept, waiting, frozen, search } = useCounts(log);
  const [held, setHeld] = useState(false);
  const [selected, setSelected] = useState<LiveEvent | null>(null);

  const follow = () => {
    setHeld(false);
    setSelected(null);
    log.dispatch({ type: 'follow' });
  };
  const pause = () => {
    setHeld(true);
    log.dispatch({ type: 'freeze' });
  };
  const clear = () => {
    setSelected(null);
    log.dispatch({ type: 'clear' });
  };

  return (
    <div className="browser">
      <div className="browser__tools">
        <SearchBox label={t.search} value={search} onChange={(event) => log.dispatch({ type: 'search', text: event.target.value })} />
        {live && (
          <>
            <button type="button" className="button" aria-pressed={frozen} onClick={frozen ? follow : pause} data-testid="follow">
              {frozen ? <Play size={14} aria-hidden /> : <Pause size={14} aria-hidden />}
              {frozen ? t.follow : t.pause}
            </button>
            <button type="button" className="button button--icon" title={t.clear} aria-label={t.clear} onClick={clear}>
              <Eraser size={14} aria-hidden />
            </button>
          </>
        )}
        {tools}
        <span className="browser__count" data-testid="events-count">
          {t.received(format.count(received), format.count(kept))}
        </span>
      </div>
      <div className="browser__body" data-details={selected !== null}>
        <div className="browser__list">
          {frozen && waiting > 0 && live && (
            <button type="button" className="button button--main button--small browser__newer" onClick={follow} data-testid="newer">
              <ArrowUp size={13} aria-hidden />
              {t.newer(waiting, format.count(waiting))}
            </button>
          )}
          <EventList
            log={log}
            label={label}
            newestFirst={live}
            showTopic={showTopic}
            selected={selected?.n ?? null}
            onSelect={setSelected}
            held={held}
            {...(textOf ? { textOf } : {})}
            empty={search !== '' && kept > 0 ? <p className="empty muted">{t.nothingFound}</p> : empty}
            testId="events"
          />
        </div>
        {selected !== null && <EventDetails event={selected} onClose={() => setSelected(null)} />}
      </div>
    </div>
  );
}
