import { useState } from 'react';
import { Link, useNavigate } from 'react-router';
import { toast } from 'sonner';
import type { UseView } from 'weir-client/react';

import { messageOf } from '../../api/http.ts';
import { PageHead } from '../../shell/page_head.tsx';
import { useFormat, useText } from '../../text/language.tsx';
import { Confirm } from '../../ui/confirm.tsx';
import { CopyButton } from '../../ui/copy.tsx';
import { Ban, RotateCcw } from '../../ui/icons.ts';
import { cancel, definitionPage, executionPage, rerun } from '../api.ts';
import { elapsed, isNodeTerminal, isTerminal, timeOf } from '../reducer.ts';
import { StatusBadge } from '../status_badge.tsx';
import type { Execution } from '../types.ts';
import { StreamBadge } from './stream_badge.tsx';
import { texts } from './texts.ts';

/** Starts the execution again, wholly or from a node on, and goes to the new one. */
export function useRerun(executionId: string): (fromNode: string | null) => Promise<void> {
  const t = useText(texts);
  const navigate = useNavigate();
  return async (fromNode) => {
    try {
      const started = await rerun(executionId, fromNode);
      toast.success(t.rerunStarted);
      await navigate(executionPage(started.executionId));
    } catch (error) {
      toast.error(t.failed, { description: messageOf(error) });
    }
  };
}

interface RunHeadProps {
  /** As it is now, whatever moment is shown below. */
  execution: Execution;
  live: UseView<Execution>;
  now: number;
  nodesAll: number;
}

/** What the execution is and how it stands; what can be done with it. */
export function RunHead({ execution, live, now, nodesAll }: RunHeadProps) {
  const t = useText(texts);
  const format = useFormat();
  const [confirming, setConfirming] = useState(false);
  const again = useRerun(execution.executionId);
  const { executionId, workflowId, workflowName, status, definitionVersion, startTime, parentExecutionId: parent, rerunOf } = execution;
  const over = isTerminal(status);
  const lasted = elapsed(execution, now);
  const done = Object.values(execution.nodeDetails).filter((node) => !node.nodeId.includes('/') && isNodeTerminal(node.status)).length;
  const started = timeOf(startTime);

  const onCancel = async () => {
    try {
      await cancel(executionId);
      toast.success(t.cancelling);
    } catch (error) {
      toast.error(t.failed, { description: messageOf(error) });
    }
  };

  return (
    <>
      <PageHead
        title={workflowName}
        hint={
          <span className="run__ids">
            <code data-testid="execution-id">{executionId}</code>
            <CopyButton text={executionId} what={t.id} />
            <Link to={definitionPage(workflowId)}>{t.version(definitionVersion)}</Link>
            {rerunOf && (
              <Link to={executionPage(rerunOf)}>
                {t.rerunOf} <code>{rerunOf.slice(0, 16)}…</code>
              </Link>
            )}
            {parent && (
              <Link to={executionPage(parent)}>
                {t.parent} <code>{parent.slice(0, 16)}…</code>
              </Link>
            )}
          </span>
        }
      >
        <StreamBadge status={live.status} reason={live.error?.message ?? null} />
        {!over && (
          <button type="button" className="button button--danger" data-testid="cancel" aria-disabled={status === 'cancelling'} onClick={() => status !== 'cancelling' && setConfirming(true)}>
            <Ban size={14} aria-hidden />
            {t.cancel}
          </button>
        )}
        {over && (
          <button type="button" className="button" data-testid="rerun" onClick={() => void again(null)}>
            <RotateCcw size={14} aria-hidden />
            {t.rerun}
          </button>
        )}
      </PageHead>
      <dl className="run__facts">
        <div>
          <dt>{t.status}</dt>
          <dd>
            <StatusBadge status={status} testId="run-status" />
          </dd>
        </div>
        <div>
          <dt>{t.duration}</dt>
          <dd data-testid="run-duration">{lasted === null ? '–' : format.seconds(lasted / 1000)}</dd>
        </div>
        <div>
          <dt>{t.started}</dt>
          <dd>{started === null ? '–' : <time dateTime={new Date(started).toISOString()}>{format.dateTime(started)}</time>}</dd>
        </div>
        <div>
          <dt>{t.nodes}</dt>
          <dd data-testid="run-nodes">{t.nodesDone(done, nodesAll)}</dd>
        </div>
      </dl>
      <Confirm open={confirming} title={t.cancelTitle} text={t.cancelText} action={t.cancelIt} onConfirm={() => void onCancel()} onClose={() => setConfirming(false)} />
    </>
  );
}
