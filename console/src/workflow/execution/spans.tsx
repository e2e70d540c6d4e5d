import { useFormat, useText } from '../../text/language.tsx';
import { timeOf } from '../reducer.ts';
import type { Span } from '../types.ts';
import { texts } from './texts.ts';

/** The spans in the order in which they began, a child's below its node's. */
export function spanTree(spans: readonly Span[]): { span: Span; depth: number }[] {
  const nodes = new Set(spans.map(({ nodeId }) => nodeId));
  const parentOf = ({ parentId }: Span) => (parentId && nodes.has(parentId) ? parentId : '');
  const rows: { span: Span; depth: number }[] = [];
  const shown = new Set<string>();
  const walk = (parent: string, depth: number) => {
    for (const span of spans) {
      if (parentOf(span) !== parent) continue;
      rows.push({ span, depth });
      // Children stand below their node's first attempt.
      if (shown.has(span.nodeId)) continue;
      shown.add(span.nodeId);
      walk(span.nodeId, depth + 1);
    }
  };
  walk('', 0);
  return rows;
}

const deepest = 3;

/** Attempts and their parts, as a tracing system would show them. */
export function Spans({ spans, now }: { spans: readonly Span[]; now: number }) {
  const t = useText(texts);
  const format = useFormat();
  if (spans.length === 0) return <p className="visually-empty">{t.noSpans}</p>;
  const { name, begun, duration } = t.spanColumns;
  return (
    <div className="table-scroll">
      <table className="table" data-testid="spans">
        <thead>
          <tr>
            <th scope="col">{name}</th>
            <th scope="col">{begun}</th>
            <th scope="col" className="number">
              {duration}
            </th>
          </tr>
        </thead>
        <tbody>
          {spanTree(spans).map(({ span, depth }) => {
            const from = timeOf(span.startTime) ?? 0;
            return (
              <tr key={span.spanId}>
                <th scope="row" className={`span span--${Math.min(depth, deepest)}`}>
                  {span.name}
                  {span.attempt > 1 && <span className="muted"> ×{span.attempt}</span>}
                </th>
                <td className="mono nowrap">{format.clockMs(from)}</td>
                <td className="number">{format.seconds(((timeOf(span.endTime) ?? now) - from) / 1000)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
