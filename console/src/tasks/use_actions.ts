import { useCallback, useMemo } from 'react';
import { toast } from 'sonner';

import { messageOf } from '../api/http.ts';
import { useText } from '../text/language.tsx';
import { cancelTask, retryTask } from './api.ts';
import { texts } from './texts.ts';

export interface TaskActions {
  cancel: (id: string) => Promise<void>;
  retry: (id: string) => Promise<void>;
}

/** What may be done to a task. What comes of it is told by the stream; here only whether it was taken. */
export function useActions(): TaskActions {
  const t = useText(texts);
  const act = useCallback(
    async (asked: Promise<unknown>, done: string) => {
      try {
        await asked;
        toast.success(done);
      } catch (error) {
        toast.error(t.failed, { description: messageOf(error) });
      }
    },
    [t],
  );
  return useMemo(() => ({ cancel: (id) => act(cancelTask(id), t.cancelled), retry: (id) => act(retryTask(id), t.retried) }), [act, t]);
}
