import { useQuery } from '@tanstack/react-query';
import { Fragment, useMemo } from 'react';
import { Link } from 'react-router';
import type { Task } from 'weir-client/tasks';

import { Problem } from '../api/http.ts';
import { useFormat, useText } from '../text/language.tsx';
import { Loading, Note } from '../ui/basics.tsx';
import { CopyButton } from '../ui/copy.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { X } from '../ui/icons.ts';
import { JsonTree } from '../ui/json_tree.tsx';
import { ProblemNote } from '../ui/problem_note.tsx';
import { useKeptFocus } from '../ui/use_kept_focus.ts';
import { executionPage } from '../workflow/api.ts';
import { executionOf, readTask, type FullTask, type TaskAttempt, type TaskStage } from './api.ts';
import { percentOf, ProgressBar } from './progress_bar.tsx';
import { TaskStatusBadge } from './status_badge.tsx';
import { statusTexts, taskStatuses } from './statuses.ts';
import { TaskActions, type ActedOn } from './task_actions.tsx';
import { texts } from './texts.ts';
import { useReread } from './use_reread.ts';

function Facts({ task }: { task: FullTask }) {
  const t = useText(texts);
  const format = useFormat();
  const execution = executionOf(task.data);
  const time = (label: string, at: number | null) =>
    at !== null && (
      <>
        <dt>{label}</dt>
        <dd>{format.dateTime(at)}</dd>
      </>
    );
  return (
    <dl className="facts">
      <dt>id</dt>
      <dd className="row">
        <code>{task.id}</code>
        <CopyButton text={task.id} what={t.id} />
      </dd>
      {time(t.made, task.createdAt)}
      {time(t.begun, task.startedAt)}
      {time(t.endedAt, task.endedAt)}
      {execution !== null && (
        <>
          <dt>{t.run}</dt>
          <dd>
            <Link to={executionPage(execution)} className="mono" data-testid="task-run">
              {execution}
            </Link>
          </dd>
        </>
      )}
    </dl>
  );
}

function Stages({ stages, running, testId }: { stages: readonly TaskStage[]; running: boolean; testId?: string }) {
  const t = useText(texts);
  const format = useFormat();
  return (
    <ol className="stages" data-testid={testId}>
      {stages.map(({ name, startedAt, endedAt }, i) => (
        <li key={`${i} ${name}`} data-current={endedAt === null && running}>
          <span className="clip">{name}</span>
          <span className="muted nowrap">
            {format.clock(startedAt)}
            {endedAt === null ? running && ` · ${t.now}` : ` · ${format.seconds((endedAt - startedAt) / 1000)}`}
          </span>
        </li>
      ))}
    </ol>
  );
}

/** Those before the present one, with what became of them. */
function EarlierAttempts({ attempts }: { attempts: readonly TaskAttempt[] }) {
  const t = useText(texts);
  const format = useFormat();
  const words = useText(statusTexts);
  const outcomeOf = (outcome: string | null) => taskStatuses.filter((each) => each === outcome).map((each) => words[each])[0] ?? t.lost;
  return (
    <ol className="attempts" data-testid="attempts">
      {attempts.map(({ attempt, worker, startedAt, endedAt, outcome, errorMessage, stages }) => (
        <li key={attempt}>
          <p>
            <b>{t.attempt(attempt)}</b>{' '}
            <span className="muted">
              {[outcomeOf(outcome), format.clock(startedAt), endedAt !== null && format.seconds((endedAt - startedAt) / 1000), worker && t.by(worker)].filter(Boolean).join(' · ')}
            </span>
          </p>
          {errorMessage && <p className="mono attempts__error">{errorMessage}</p>}
          {stages.length > 0 && <Stages stages={stages} running={false} />}
        </li>
      ))}
    </ol>
  );
}

type Plain = string | number | boolean | null;
const isPlain = (value: unknown): value is Plain => value === null || typeof value !== 'object';

/** Plain values by their names: an object's members, or a list of objects that have a name and a value each. */
function factsOf(value: unknown): readonly (readonly [string, Plain])[] | null {
  if (isPlain(value)) return null;
  const pairs: readonly (readonly [unknown, unknown])[] = Array.isArray(value) ? value.map((each: { name?: unknown; value?: unknown } | null) => [each?.name, each?.value]) : Object.entries(value as object);
  return pairs.every((pair): pair is readonly [string, Plain] => typeof pair[0] === 'string' && pair[1] !== undefined && isPlain(pair[1])) ? pairs : null;
}

function Value({ title, value, testId }: { title: string; value: unknown; testId: string }) {
  if (value === null || value === undefined) return null;
  const facts = factsOf(value);
  return (
    <section aria-label={title} data-testid={testId}>
      <h3>{title}</h3>
      {facts === null ? (
        <JsonTree text={JSON.stringify(value)} />
      ) : (
        <dl className="facts">
          {facts.map(([name, each], i) => (
            <Fragment key={`${i} ${name}`}>
              <dt>{name}</dt>
              <dd>{String(each ?? '–')}</dd>
            </Fragment>
          ))}
        </dl>
      )}
    </section>
  );
}

interface DrawerProps {
  /** null: closed. */
  id: string | null;
  /** As the feed tells it, where it does. */
  live: Task | undefined;
  /** Another value when something may have changed of a task that the feed does not tell of. */
  version: number;
  onCancel: (task: ActedOn) => void;
  onRetry: (id: string) => void;
  onClose: () => void;
}

function Content({ id, live, version, onCancel, onRetry, onClose }: DrawerProps & { id: string }) {
  const t = useText(texts);
  const keptFocus = useKeptFocus();
  const queryKey = useMemo(() => ['task', id], [id]);
  const { data: task, error } = useQuery({ queryKey, queryFn: ({ signal }) => readTask(id, signal) });
  useReread(queryKey, live?.rev ?? version);
  const earlier = task?.attempts.filter(({ attempt }) => attempt < task.attempt) ?? [];
  // What passes is in no answer that was read before.
  const progress = Math.max(task?.progress ?? 0, live !== undefined && live.attempt === task?.attempt ? live.progress : 0);
  const missing = error instanceof Problem && error.status === 404;
  return (
    <div {...keptFocus} className="drawer__body" data-testid="drawer">
      <header className="drawer__head">
        <h2 className="grow">{task?.productName ?? id}</h2>
        {task !== undefined && <TaskStatusBadge status={task.status} testId="drawer-status" />}
        <button type="button" className="button button--quiet button--icon button--small" aria-label={t.close} title={t.close} onClick={onClose} data-autofocus>
          <X size={14} aria-hidden />
        </button>
        {task !== undefined && (
          <div className="row drawer__actions">
            <TaskActions task={task} onCancel={onCancel} onRetry={onRetry} />
          </div>
        )}
      </header>
      {task === undefined ? (
        missing ? (
          <Note tone="warn">{t.missing}</Note>
        ) : error === null ? (
          <Loading label={t.loading} />
        ) : (
          <ProblemNote error={error} />
        )
      ) : (
        <>
          <div className="task-card__progress">
            <ProgressBar progress={progress} status={task.status} label={t.progressOf(task.productName)} />
            <span className="number">{percentOf(progress)} %</span>
          </div>
          {task.errorMessage && (
            <Note tone="bad">
              <span className="mono">{task.errorMessage}</span>
            </Note>
          )}
          <Facts task={task} />
          {task.stages.length > 0 && (
            <section aria-label={t.stages}>
              <h3>{t.stages}</h3>
              <Stages stages={task.stages} running={task.status === 'processing'} testId="stages" />
            </section>
          )}
          {earlier.length > 0 && (
            <section aria-label={t.attempts}>
              <h3>{t.attempts}</h3>
              <EarlierAttempts attempts={earlier} />
            </section>
          )}
          <Value title={t.product} value={task.details} testId="task-details" />
          <Value title={t.characteristics} value={task.characteristics} testId="task-characteristics" />
          <Value title={t.result} value={task.result} testId="task-result" />
          <Value title={t.input} value={task.data} testId="task-data" />
        </>
      )}
    </div>
  );
}

/** Everything of one task, read when somebody wants to know. */
export function TaskDrawer({ id, ...rest }: DrawerProps) {
  const t = useText(texts);
  return (
    <Dialog open={id !== null} label={t.details} className="dialog--drawer" onClose={rest.onClose}>
      {id !== null && <Content key={id} id={id} {...rest} />}
    </Dialog>
  );
}
