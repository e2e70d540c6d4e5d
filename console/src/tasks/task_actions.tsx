import { isActive, type Task } from 'weir-client/tasks';

import { useText } from '../text/language.tsx';
import { Ban, RotateCcw } from '../ui/icons.ts';
import { texts } from './texts.ts';

export type ActedOn = Pick<Task, 'id' | 'productName' | 'status'>;

/** Another attempt may be made of what did not come to its end. */
const mayRetry = ({ status }: ActedOn): boolean => status === 'failed' || status === 'cancelled' || status === 'stalled';

interface TaskActionsProps {
  task: ActedOn;
  onCancel: (task: ActedOn) => void;
  onRetry: (id: string) => void;
}

/** What may be done to a task in its state. */
export function TaskActions({ task, onCancel, onRetry }: TaskActionsProps) {
  const t = useText(texts);
  const { id, productName: name, status } = task;
  return (
    <>
      {mayRetry(task) && (
        <button type="button" className="button button--small" aria-label={t.retryOf(name)} onClick={() => onRetry(id)} data-testid="retry">
          <RotateCcw size={13} aria-hidden />
          {t.retry}
        </button>
      )}
      {isActive(status) && (
        <button type="button" className="button button--small button--quiet" aria-label={t.cancelOf(name)} onClick={() => onCancel(task)} data-testid="cancel">
          <Ban size={13} aria-hidden />
          {t.cancel}
        </button>
      )}
    </>
  );
}
