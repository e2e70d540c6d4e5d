import { useCallback, useEffect, useRef } from 'react';

import { request } from '../../api/http.ts';
import { paths } from '../api.ts';
import { reduceList, shownRows, withOlder, type ListFilter, type ListState } from '../list_reducer.ts';
import type { ExecutionsAnswer, WorkflowEvent } from '../types.ts';
import { useLiveView } from '../../live/use_live_view.ts';

const rowsAtOnce = 100;

/** Milliseconds; so often at most the list is read again because an event told too little. */
const rereadAfter = 5_000;

/** The list, live, and older ones as far as they were asked for. The server filters what it can; the rest is looked for in what was read. */
export function useExecutions({ status, workflowId, text }: ListFilter) {
  const query = { status, workflowId, limit: rowsAtOnce };
  const live = useLiveView<ListState>(paths.executions(query), {
    apply: (state, change, type) => reduceList(state, { ...(change as unknown as WorkflowEvent), type }, { status, workflowId }),
    revision: 'listRev',
    stream: paths.executionsStream,
    changes: paths.executionsChanges,
  });
  const { view, state } = live;
  const reading = useRef(false);

  const readOlder = useCallback(async () => {
    const before = view?.snapshot.state?.nextBefore;
    if (!view || !before || reading.current) return;
    reading.current = true;
    try {
      const page = await request<ExecutionsAnswer>(paths.executions({ status, workflowId, limit: rowsAtOnce, before }));
      const now = view.snapshot.state;
      if (now !== undefined && now.nextBefore === before) view.offer(withOlder(now, page));
    } catch {
      // It is asked for again when somebody scrolls on.
    }
    reading.current = false;
  }, [view, status, workflowId]);

  const stale = state?.stale === true;
  const reread = useRef(0);
  useEffect(() => {
    if (!stale || !view) return undefined;
    const timer = setTimeout(
      () => {
        reread.current = Date.now();
        view.refresh();
      },
      Math.max(0, reread.current + rereadAfter - Date.now()),
    );
    return () => clearTimeout(timer);
  }, [stale, view]);

  return { live, rows: state === undefined ? [] : shownRows(state, { status, workflowId, text }), readOlder };
}
