import { Handle, Position, type Node, type NodeProps } from '@xyflow/react';
import { memo } from 'react';

import { useText } from '../../text/language.tsx';
import { kindIcon, kindTexts } from '../node_kinds.ts';
import { statusIcons, statusTexts } from '../statuses.ts';
import type { NodeStatus } from '../types.ts';
import type { Direction } from './layout.ts';

export interface ChildCounts {
  total: number;
  done: number;
  failed: number;
}

export interface CardData extends Record<string, unknown> {
  name: string;
  kind: string;
  direction: Direction;
  /** Null where there is no run: a definition. */
  status: NodeStatus | null;
  /** As it is shown: "1.2 s". */
  time: string;
  attempt: number;
  percent: number | null;
  children: ChildCounts | null;
}

export type CardNode = Node<CardData, 'card'>;

/** A node: what it is, what it does, how far it is. */
export const NodeCard = memo(function NodeCard({ id, data, selected }: NodeProps<CardNode>) {
  const kinds = useText(kindTexts);
  const statuses = useText(statusTexts);
  const { name, kind, status, time, attempt, percent, children, direction } = data;
  const Kind = kindIcon(kind);
  const Status = status === null ? null : statusIcons[status];
  const done = children !== null && children.total > 0 ? (100 * children.done) / children.total : percent;
  return (
    <div className={`card${status === null ? '' : ` status--${status}`}`} data-status={status ?? undefined} data-selected={selected} data-node={id}>
      <Handle type="target" position={direction === 'LR' ? Position.Left : Position.Top} isConnectable={false} />
      <span className="card__kind" aria-hidden>
        <Kind size={16} />
      </span>
      <span className="card__name clip">{name}</span>
      <span className="card__state clip">
        {Status === null ? (
          (kinds[kind] ?? kind)
        ) : (
          <>
            <Status className="status-icon" size={12} aria-hidden />
            {statuses[status ?? 'pending']}
            {attempt > 1 && ` ×${attempt}`}
            {time !== '' && <span className="card__time">{time}</span>}
          </>
        )}
      </span>
      {children !== null && (
        <span className="card__children">
          {children.done}/{children.total}
        </span>
      )}
      {done !== null && (status === 'running' || children !== null) && (
        <svg className="card__bar" viewBox="0 0 100 3" preserveAspectRatio="none" aria-hidden>
          <rect className="card__bar-done" width={Math.min(100, done)} height={3} />
        </svg>
      )}
      <Handle type="source" position={direction === 'LR' ? Position.Right : Position.Bottom} isConnectable={false} />
    </div>
  );
});
