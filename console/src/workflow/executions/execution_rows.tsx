import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef } from 'react';
import { Link } from 'react-router';

import { useFormat, useText } from '../../text/language.tsx';
import { onLinkKeys } from '../../ui/link_keys.ts';
import { executionPage } from '../api.ts';
import { elapsed, isNodeTerminal, timeOf } from '../reducer.ts';
import { StatusBadge } from '../status_badge.tsx';
import { isActive } from '../list_reducer.ts';
import type { ExecutionRow, NodeStatus } from '../types.ts';
import { texts } from './texts.ts';

const rowHeight = 48;
/** So many rows before the end older ones are read. */
const readAhead = 20;
/** Nodes that are drawn one by one. */
const dotsMax = 24;

function Nodes({ row, total }: { row: ExecutionRow; total: number }) {
  const t = useText(texts);
  const nodes = Object.entries(row.nodeDetails).filter(([id]) => !id.includes('/'));
  const done = nodes.filter(([, { status }]) => isNodeTerminal(status)).length;
  // A row knows the nodes that something has happened to; the definition knows how many there are.
  const all = isActive(row) ? Math.max(nodes.length, total) : nodes.length;
  const dots: NodeStatus[] = [...nodes.map(([, { status }]) => status), ...Array.from({ length: all - nodes.length }, () => 'pending' as const)];
  if (all === 0) return <span className="muted">–</span>;
  return (
    <span className="runs__nodes" title={t.nodesDone(done, all)}>
      <span className="runs__dots" aria-hidden>
        {dots.slice(0, dotsMax).map((status, i) => (
          <span key={i} className={`runs__dot status--${status}`} />
        ))}
      </span>
      <span className="muted">
        {done}/{all}
      </span>
    </span>
  );
}

function Cells({ row, now, total }: { row: ExecutionRow; now: number; total: number }) {
  const format = useFormat();
  const started = timeOf(row.startTime);
  const lasted = elapsed(row, now);
  return (
    <>
      <span role="cell" className="runs__name">
        <Link to={executionPage(row.executionId)} className="clip">
          {row.workflowName}
        </Link>
        <code className="clip muted" title={row.executionId}>
          {row.executionId}
        </code>
      </span>
      <span role="cell">
        <StatusBadge status={row.status} />
      </span>
      <span role="cell">
        <Nodes row={row} total={total} />
      </span>
      <span role="cell" className="muted nowrap">
        {started !== null && <time dateTime={new Date(started).toISOString()}>{format.dateTime(started)}</time>}
      </span>
      <span role="cell" className="number">
        {lasted === null ? '–' : format.seconds(lasted / 1000)}
      </span>
    </>
  );
}

interface ExecutionRowsProps {
  rows: readonly ExecutionRow[];
  now: number;
  /** How many nodes each workflow has. */
  nodesOf: ReadonlyMap<string, number>;
  /** There are older ones than were read. */
  more: boolean;
  onMore: () => void;
}

export function ExecutionRows({ rows, now, nodesOf, more, onMore }: ExecutionRowsProps) {
  const t = useText(texts);
  const scroll = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => rowHeight,
    getItemKey: (index) => rows[index]?.executionId ?? index,
    overscan: 8,
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (more && last >= rows.length - readAhead) onMore();
  }, [more, last, rows.length, onMore]);
  const { execution, status, nodes, begun, duration } = t.columns;
  return (
    <div role="table" aria-label={t.title} aria-rowcount={more ? -1 : rows.length + 1} className="runs__table">
      <div role="rowgroup" className="runs__head">
        <div role="row" className="runs__row" aria-rowindex={1}>
          {[execution, status, nodes, begun, duration].map((each) => (
            <span key={each} role="columnheader" className={each === duration ? 'number' : ''}>
              {each}
            </span>
          ))}
        </div>
      </div>
      <div ref={scroll} className="runs__scroll" role="presentation" onKeyDown={onLinkKeys} data-testid="executions">
        <div role="rowgroup" className="runs__space" style={{ height: virtual.getTotalSize() }}>
          {items.map(({ index, key, start }) => {
            const row = rows[index];
            return (
              row && (
                <div key={key} role="row" aria-rowindex={index + 2} className="runs__row" data-status={row.status} data-id={row.executionId} style={{ transform: `translateY(${start}px)` }}>
                  <Cells row={row} now={now} total={nodesOf.get(row.workflowId) ?? 0} />
                </div>
              )
            );
          })}
        </div>
        {more && <p className="runs__more muted">{t.more}</p>}
      </div>
    </div>
  );
}
