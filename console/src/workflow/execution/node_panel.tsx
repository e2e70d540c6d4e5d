import { Link } from 'react-router';

import { useFormat, useText } from '../../text/language.tsx';
import { Note, Panel } from '../../ui/basics.tsx';
import { RotateCcw, X } from '../../ui/icons.ts';
import { executionPage, type NodeAnswer } from '../api.ts';
import { kindTexts } from '../node_kinds.ts';
import { childrenOf, elapsed, isNodeTerminal, isTerminal, timeOf } from '../reducer.ts';
import { StatusBadge, StatusIcon } from '../status_badge.tsx';
import { statusTexts } from '../statuses.ts';
import type { Execution, NodeDetail, WorkflowNode } from '../types.ts';
import { DecisionForm } from './decision_form.tsx';
import { useRerun } from './run_head.tsx';
import { texts } from './texts.ts';

interface NodePanelProps {
  execution: Execution;
  /** The node itself, or for a child the one that it belongs to. */
  node: WorkflowNode | undefined;
  nodeId: string;
  /** What the server says of it beside the stream. */
  answer: NodeAnswer | undefined;
  now: number;
  /** A moment of the past is shown: nothing can be done. */
  past: boolean;
  onSelect: (nodeId: string | null) => void;
}

const childrenShown = 200;

/** Whether a person has to decide before it goes on. */
export const asksSomebody = ({ status, awaits }: NodeDetail): boolean => status === 'waiting' && (awaits === 'approval' || awaits === 'decision');

function Times({ detail, now }: { detail: NodeDetail; now: number }) {
  const t = useText(texts);
  const format = useFormat();
  const lasted = detail.status === 'skipped' ? null : elapsed(detail, now);
  const until = timeOf(detail.until);
  const row = (label: string, time: number | null) =>
    time !== null && (
      <>
        <dt>{label}</dt>
        <dd>{format.clockMs(time)}</dd>
      </>
    );
  return (
    <>
      {row(t.begun, timeOf(detail.startTime))}
      {row(t.endedAt, timeOf(detail.endTime))}
      {lasted !== null && (
        <>
          <dt>{t.duration}</dt>
          <dd>{format.seconds(lasted / 1000)}</dd>
        </>
      )}
      {(detail.status === 'retrying' || detail.status === 'waiting') && row(t.until[detail.status], until)}
    </>
  );
}

function Children({ execution, nodeId, onSelect }: { execution: Execution; nodeId: string; onSelect: (nodeId: string) => void }) {
  const t = useText(texts);
  const format = useFormat();
  const statuses = useText(statusTexts);
  const children = childrenOf(execution, nodeId);
  if (children.length === 0) return null;
  const done = children.filter(({ status }) => isNodeTerminal(status)).length;
  return (
    <section aria-label={t.children}>
      <h3>
        {t.children} <span className="muted">{t.childrenOf(done, children.length)}</span>
      </h3>
      <ul className="node__children">
        {children.slice(0, childrenShown).map((child) => {
          const key = child.nodeId.slice(nodeId.length + 1);
          return (
            <li key={child.nodeId}>
              <button type="button" className={`node__child status--${child.status}`} title={statuses[child.status]} data-node={child.nodeId} data-status={child.status} onClick={() => onSelect(child.nodeId)}>
                <StatusIcon status={child.status} size={12} />
                {key}
                <span className="visually-hidden">{statuses[child.status]}</span>
              </button>
            </li>
          );
        })}
        {children.length > childrenShown && <li className="muted">{t.moreChildren(format.count(children.length - childrenShown))}</li>}
      </ul>
    </section>
  );
}

/** What one node did. */
export function NodePanel({ execution, node, nodeId, answer, now, past, onSelect }: NodePanelProps) {
  const t = useText(texts);
  const format = useFormat();
  const kinds = useText(kindTexts);
  const again = useRerun(execution.executionId);
  const detail: NodeDetail = execution.nodeDetails[nodeId] ?? { nodeId, status: 'pending' };
  const isChild = nodeId.includes('/');
  const asks = asksSomebody(detail);
  const asked = answer?.input as { title?: string; message?: string } | null | undefined;
  return (
    <Panel
      title={isChild ? nodeId : (node?.name ?? nodeId)}
      className="node"
      aside={
        <>
          <StatusBadge status={detail.status} testId="node-status" />
          <button type="button" className="button button--quiet button--icon button--small" aria-label={t.close} title={t.close} onClick={() => onSelect(null)}>
            <X size={14} aria-hidden />
          </button>
        </>
      }
    >
      {asks && !past && (
        <div className="node__ask">
          <Note>
            <strong>{asked?.title ?? t.waitsForYou}</strong>
            {asked?.message && <p>{asked.message}</p>}
          </Note>
          <DecisionForm executionId={execution.executionId} nodeId={nodeId} />
        </div>
      )}
      {detail.error && (
        <Note tone={detail.status === 'failed' ? 'bad' : 'warn'} testId="node-error">
          {/* The stream carries the beginning of a long one. */}
          <span className="mono">{answer?.error ?? detail.error}</span>
        </Note>
      )}
      {detail.progress !== undefined && detail.status === 'running' && (
        <p className="node__progress">
          {detail.progress.percent !== null && <progress max={100} value={detail.progress.percent} aria-label={t.node} />}
          <span className="muted clip">{detail.progress.message}</span>
        </p>
      )}
      <dl className="facts">
        <dt>{t.node}</dt>
        <dd>
          <code>{nodeId}</code>
        </dd>
        {node !== undefined && (
          <>
            <dt>{t.kind}</dt>
            <dd>{kinds[node.type] ?? node.type}</dd>
          </>
        )}
        <Times detail={detail} now={now} />
        {detail.childExecutionId && (
          <>
            <dt>{t.child}</dt>
            <dd>
              <Link to={executionPage(detail.childExecutionId)} className="mono">
                {detail.childExecutionId}
              </Link>
            </dd>
          </>
        )}
      </dl>
      {(answer?.attempts?.length ?? 0) > 1 && (
        <section aria-label={t.attempts}>
          <h3>{t.attempts}</h3>
          <ol className="node__attempts">
            {answer?.attempts?.map((each) => {
              const began = timeOf(each.startTime);
              const ended = timeOf(each.endTime);
              return (
                <li key={each.attempt}>
                  <b>{t.attempt(each.attempt)}</b>
                  <span className="muted nowrap">
                    {began !== null && format.clockMs(began)}
                    {began !== null && ended !== null && ` · ${format.seconds((ended - began) / 1000)}`}
                  </span>
                  {each.error && <span className="mono node__attempt-error">{each.error}</span>}
                </li>
              );
            })}
          </ol>
        </section>
      )}
      <Children execution={execution} nodeId={nodeId} onSelect={onSelect} />
      {!past && !isChild && isTerminal(execution.status) && (
        <div className="row">
          <button type="button" className="button button--small" data-testid="rerun-from" onClick={() => void again(nodeId)}>
            <RotateCcw size={13} aria-hidden />
            {t.rerunFrom}
          </button>
        </div>
      )}
    </Panel>
  );
}
