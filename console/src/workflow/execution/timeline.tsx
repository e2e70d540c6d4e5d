import { Fragment } from 'react';

import { useFormat, useText } from '../../text/language.tsx';
import { childrenOf, elapsed, timeOf } from '../reducer.ts';
import { StatusIcon } from '../status_badge.tsx';
import { statusTexts } from '../statuses.ts';
import type { Execution, NodeDetail, WorkflowNode } from '../types.ts';
import { texts } from './texts.ts';

interface TimelineProps {
  execution: Execution;
  nodes: readonly WorkflowNode[];
  /** The server's time, or the moment that is shown. */
  now: number;
  selected: string | null;
  onSelect: (nodeId: string) => void;
}

const childrenShown = 100;
/** Milliseconds; a run that has just begun is no line of full length. */
const shortest = 100;

interface Scale {
  from: number;
  length: number;
}

export function scaleOf(execution: Execution, now: number): Scale | null {
  const starts = Object.values(execution.nodeDetails).flatMap(({ startTime }) => timeOf(startTime) ?? []);
  const from = Math.min(timeOf(execution.startTime) ?? Number.POSITIVE_INFINITY, ...starts);
  if (!Number.isFinite(from)) return null;
  return { from, length: Math.max(shortest, (timeOf(execution.endTime) ?? now) - from) };
}

const percent = (value: number) => `${Math.min(100, Math.max(0, 100 * value)).toFixed(3)}%`;

function Row({ name, node, scale, now, child, selected, onSelect }: { name: string; node: NodeDetail; scale: Scale; now: number; child: boolean; selected: boolean; onSelect: () => void }) {
  const format = useFormat();
  const statuses = useText(statusTexts);
  const started = timeOf(node.startTime);
  const lasted = node.status === 'skipped' ? null : elapsed(node, now);
  return (
    <li>
      <button type="button" className={`timeline__row status--${node.status}`} aria-pressed={selected} onClick={onSelect} data-node={node.nodeId} data-status={node.status}>
        <span className={child ? 'timeline__name timeline__name--child clip' : 'timeline__name clip'}>
          <StatusIcon status={node.status} size={13} />
          <span className="clip">{name}</span>
          <span className="visually-hidden">{statuses[node.status]}</span>
        </span>
        <span className="timeline__track" aria-hidden>
          {started !== null && lasted !== null && (
            <span className="timeline__bar" style={{ left: percent((started - scale.from) / scale.length), width: percent(lasted / scale.length) }} />
          )}
        </span>
        <span className="timeline__time">{lasted === null ? '–' : format.seconds(lasted / 1000)}</span>
      </button>
    </li>
  );
}

/** When each node ran and how long, from the server's times. */
export function Timeline({ execution, nodes, now, selected, onSelect }: TimelineProps) {
  const t = useText(texts);
  const format = useFormat();
  const scale = scaleOf(execution, now);
  if (scale === null) return <p className="visually-empty">{t.notBegun}</p>;
  const began = (id: string) => timeOf(execution.nodeDetails[id]?.startTime) ?? Number.POSITIVE_INFINITY;
  // The order in which they began; what has not begun, as the definition has it.
  const ordered = nodes.map((node, i) => ({ node, i })).sort((a, b) => began(a.node.id) - began(b.node.id) || a.i - b.i);
  return (
    <div className="timeline" data-testid="timeline">
      <ul aria-label={t.timeline}>
        {ordered.map(({ node }) => {
          const children = childrenOf(execution, node.id);
          const row = { scale, now };
          return (
            <Fragment key={node.id}>
              <Row {...row} child={false} name={node.name ?? node.id} node={execution.nodeDetails[node.id] ?? { nodeId: node.id, status: 'pending' }} selected={selected === node.id} onSelect={() => onSelect(node.id)} />
              {children.slice(0, childrenShown).map((each) => (
                <Row {...row} key={each.nodeId} child name={each.nodeId.slice(node.id.length + 1)} node={each} selected={selected === each.nodeId} onSelect={() => onSelect(each.nodeId)} />
              ))}
              {children.length > childrenShown && <li className="timeline__more muted">{t.moreChildren(format.count(children.length - childrenShown))}</li>}
            </Fragment>
          );
        })}
      </ul>
      <p className="timeline__axis muted" aria-hidden>
        <span>0</span>
        <span>{format.seconds(scale.length / 2000)}</span>
        <span>{format.seconds(scale.length / 1000)}</span>
      </p>
    </div>
  );
}
