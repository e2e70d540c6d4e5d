import type { TaskStatus } from 'weir-client/tasks';

/** Whole percent; never 100 before it is. */
export const percentOf = (progress: number): number => Math.floor(progress);

/** How far a task is. */
export function ProgressBar({ progress, status, label }: { progress: number; status: TaskStatus; label: string }) {
  return (
    <div className={`bar status--${status}`} role="progressbar" aria-label={label} aria-valuemin={0} aria-valuemax={100} aria-valuenow={percentOf(progress)} data-status={status}>
      <div className="bar__done" style={{ width: `${progress}%` }} />
    </div>
  );
}
