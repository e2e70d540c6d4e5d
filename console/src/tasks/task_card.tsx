import { memo } from 'react';
import { isActive, type Task } from 'weir-client/tasks';

import { useFormat, useText } from '../text/language.tsx';
import { Note } from '../ui/basics.tsx';
import { PanelRight } from '../ui/icons.ts';
import { percentOf, ProgressBar } from './progress_bar.tsx';
import { TaskStatusBadge } from './status_badge.tsx';
import { TaskActions, type ActedOn } from './task_actions.tsx';
import { texts } from './texts.ts';

export interface CardProps {
  task: Task;
  /** The server's time; it ticks where the card is under way. */
  now: number;
  /** Milliseconds, where it can be said. */
  left: number | null;
  onDetails: (id: string) => void;
  onCancel: (task: ActedOn) => void;
  onRetry: (id: string) => void;
}

function Times({ task, now, left }: Pick<CardProps, 'task' | 'now' | 'left'>) {
  const t = useText(texts);
  const format = useFormat();
  const ago = (time: number) => format.seconds(Math.max(0, Math.round((now - time) / 1000)));
  const time = isActive(task.status) ? task.createdAt : task.updatedAt;
  return (
    <p className="task-card__times muted">
      <time dateTime={new Date(time).toISOString()} title={format.dateTime(time)}>
        {isActive(task.status) ? t.since(ago(time)) : t.endedAgo(ago(time))}
      </time>
      {task.attempt > 1 && <span>{t.attempt(task.attempt)}</span>}
      {left !== null && <span data-testid="left">{t.left(format.seconds(Math.max(1, Math.round(left / 1000))))}</span>}
    </p>
  );
}

/** One task at a glance. */
export const TaskCard = memo(function TaskCard({ task, now, left, onDetails, onCancel, onRetry }: CardProps) {
  const t = useText(texts);
  const { id, productName: name, status, progress, currentStage, errorMessage, product } = task;
  return (
    <article className={`task-card status--${status}`} aria-label={name} tabIndex={-1} data-testid="task" data-id={id} data-status={status} data-progress={progress} data-attempt={task.attempt}>
      <header className="task-card__head">
        <h3 className="clip" title={name}>
          {name}
        </h3>
        <TaskStatusBadge status={status} />
      </header>
      {product?.generatedName != null && product.generatedName !== '' && <p className="clip muted">{String(product.generatedName)}</p>}
      <div className="task-card__progress">
        <ProgressBar progress={progress} status={status} label={t.progressOf(name)} />
        <span className="number">{percentOf(progress)} %</span>
      </div>
      <p className="task-card__stage clip" data-testid="stage">
        {currentStage ?? ''}
      </p>
      {errorMessage !== null && errorMessage !== '' && (
        <Note tone="bad">
          <span className="mono">{errorMessage}</span>
        </Note>
      )}
      <footer className="task-card__foot">
        <Times task={task} now={now} left={left} />
        <div className="row">
          <TaskActions task={task} onCancel={onCancel} onRetry={onRetry} />
          <button type="button" className="button button--small" aria-label={t.detailsOf(name)} onClick={() => onDetails(id)} data-testid="details">
            <PanelRight size={13} aria-hidden />
            {t.details}
          </button>
        </div>
      </footer>
    </article>
  );
});
