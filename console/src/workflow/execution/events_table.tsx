import { useVirtualizer } from '@tanstack/react-virtual';
import { useRef } from 'react';

import { useFormat, useText } from '../../text/language.tsx';
import type { WorkflowEvent } from '../types.ts';
import { texts } from './texts.ts';

const rowHeight = 30;

/** Members that each event has, or that another column shows. */
const ordinary = new Set(['type', 'executionId', 'nodeId', 'timestamp', 'rev', 'status', 'startTime', 'endTime', 'parentId', 'workflowId', 'workflowName', 'duration', 'executionTime']);

/** What an event says beside where and when. */
export function aboutEvent(event: WorkflowEvent): string {
  return Object.entries(event)
    .filter(([name, value]) => !ordinary.has(name) && value !== null && value !== '')
    .map(([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ');
}

interface EventsTableProps {
  events: readonly WorkflowEvent[];
  selected: string | null;
  /** How many have happened at the moment that is shown. */
  at: number | null;
  onMove: (at: number) => void;
}

/** The run's own log. A row is a moment: choosing it shows the run as it was then. */
export function EventsTable({ events, selected, at, onMove }: EventsTableProps) {
  const t = useText(texts);
  const format = useFormat();
  const scroll = useRef<HTMLDivElement>(null);
  const rows = events.map((event, i) => ({ event, count: i + 1 })).filter(({ event }) => selected === null || event.nodeId === selected || event.parentId === selected);
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => scroll.current, estimateSize: () => rowHeight, overscan: 12 });
  if (rows.length === 0) return <p className="visually-empty">{t.noEvents}</p>;
  const { time, type, node, about } = t.eventColumns;
  return (
    <div className="run-events" role="table" aria-label={t.tabs.events} aria-rowcount={rows.length + 1} data-testid="run-events">
      <div role="rowgroup">
        <div role="row" className="run-events__row run-events__head" aria-rowindex={1}>
          {[time, type, node, about].map((each) => (
            <span key={each} role="columnheader">
              {each}
            </span>
          ))}
        </div>
      </div>
      <div ref={scroll} role="presentation" className="run-events__scroll">
        <div role="rowgroup" className="run-events__space" style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map(({ index, start }) => {
            const row = rows[index];
            if (row === undefined) return null;
            const { event, count } = row;
            return (
              <div key={event.rev} role="row" aria-rowindex={index + 2} className="run-events__row" data-shown={at === count} data-later={at !== null && count > at} style={{ transform: `translateY(${start}px)` }}>
                <span role="cell">
                  <button type="button" className="run-events__time" onClick={() => onMove(count)}>
                    {format.clockMs(event.timestamp)}
                  </button>
                </span>
                <span role="cell" className="clip">
                  {event.type}
                </span>
                <span role="cell" className="clip">
                  {event.nodeId ?? ''}
                </span>
                <span role="cell" className="clip muted" title={aboutEvent(event)}>
                  {aboutEvent(event)}
                </span>
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}
