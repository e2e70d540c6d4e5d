import { useVirtualizer } from '@tanstack/react-virtual';
import { useId, useRef, type KeyboardEvent, type ReactNode } from 'react';

import { shownEvents, type LogAction, type LogState } from '../live/log_state.ts';
import { useStore, type Store } from '../live/store.ts';
import type { LiveEvent } from '../live/stream.ts';
import { useFormat } from '../text/language.tsx';

const rowHeight = 30;
const dataShown = 400;

interface EventListProps {
  log: Store<LogState, LogAction>;
  label: string;
  /** A stream shows what came last above; a page of history begins with what came first. */
  newestFirst?: boolean;
  showTopic?: boolean;
  /** The `n` of the event whose details are shown. */
  selected: number | null;
  onSelect: (event: LiveEvent | null) => void;
  /** What a row shows of an event's data; default: the data. */
  textOf?: (event: LiveEvent) => string;
  /** Stands still by wish, not because somebody scrolled: going back to the newest does not end it. */
  held?: boolean;
  empty: ReactNode;
  testId?: string;
}

const dataOf = (event: LiveEvent) => event.data;

function Row({ event, showTopic, textOf }: { event: LiveEvent; showTopic: boolean; textOf: (event: LiveEvent) => string }) {
  const format = useFormat();
  return (
    <>
      <time className="event__time">{event.time === null ? '–' : format.clockMs(event.time)}</time>
      {showTopic && <span className="event__topic">{event.topic}</span>}
      <span className="event__type">{event.type}</span>
      <span className="event__data">{textOf(event).slice(0, dataShown)}</span>
      <span className="event__cursor">{event.cursor?.slice(event.cursor.lastIndexOf('-') + 1) ?? ''}</span>
    </>
  );
}

/**
 * The events of a log, of which only those in sight exist as elements. Scrolling away from the newest, or choosing an event,
 * makes the view stand still; what comes meanwhile is kept, and counted.
 */
export function EventList({ log, label, newestFirst = true, showTopic = false, selected, onSelect, held = false, textOf = dataOf, empty, testId }: EventListProps) {
  const events = useStore(log, shownEvents);
  const frozen = useStore(log, (state) => state.frozen !== null);
  const scroll = useRef<HTMLDivElement>(null);
  const id = useId();
  const at = (index: number) => events[newestFirst ? events.length - 1 - index : index];
  const rows = useVirtualizer({
    count: events.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => rowHeight,
    getItemKey: (index) => at(index)?.n ?? index,
    overscan: 16,
  });
  const selectedIndex = selected === null ? -1 : events.findIndex((event) => event.n === selected);
  const selectedRow = selectedIndex < 0 ? -1 : newestFirst ? events.length - 1 - selectedIndex : selectedIndex;

  const choose = (index: number) => {
    const event = at(Math.min(Math.max(index, 0), events.length - 1));
    if (event === undefined) return;
    log.dispatch({ type: 'freeze' });
    onSelect(event);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const page = Math.max(1, Math.floor((scroll.current?.clientHeight ?? 0) / rowHeight) - 1);
    const moves: Record<string, number> = {
      ArrowDown: selectedRow + 1,
      ArrowUp: selectedRow - 1,
      PageDown: selectedRow + page,
      PageUp: selectedRow - page,
      Home: 0,
      End: events.length - 1,
    };
    const target = moves[event.key];
    if (event.key === 'Escape' && selected !== null) {
      onSelect(null);
    } else if (target !== undefined) {
      choose(target);
      if (events.length > 0) rows.scrollToIndex(Math.min(Math.max(target, 0), events.length - 1));
    } else {
      return;
    }
    event.preventDefault();
  };
  const onScroll = () => {
    if (!newestFirst) return;
    const away = (scroll.current?.scrollTop ?? 0) > rowHeight / 2;
    if (away) log.dispatch({ type: 'freeze' });
    else if (frozen && !held && selected === null) log.dispatch({ type: 'follow' });
  };

  if (events.length === 0) {
    return (
      <div className="events events--empty" data-testid={testId}>
        {empty}
      </div>
    );
  }
  return (
    <div
      ref={scroll}
      className={showTopic ? 'events events--topics' : 'events'}
      role="listbox"
      aria-label={label}
      aria-activedescendant={selectedRow < 0 ? undefined : `${id}-${selected}`}
      tabIndex={0}
      onScroll={onScroll}
      onKeyDown={onKeyDown}
      data-testid={testId}
    >
      <div role="presentation" className="events__space" style={{ height: rows.getTotalSize() }}>
        {rows.getVirtualItems().map(({ index, key, start }) => {
          const event = at(index);
          if (event === undefined) return null;
          return (
            <div
              key={key}
              id={`${id}-${event.n}`}
              className="event"
              role="option"
              aria-selected={event.n === selected}
              aria-setsize={events.length}
              aria-posinset={index + 1}
              data-type={event.type}
              style={{ transform: `translateY(${start}px)` }}
              onClick={() => choose(index)}
            >
              <Row event={event} showTopic={showTopic} textOf={textOf} />
            </div>
          );
        })}
      </div>
    </div>
  );
}
