import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';

import { request } from '../../api/http.ts';
import type { Poll } from '../../api/types.ts';
import { paths, type DefinitionAnswer, type NodeAnswer } from '../api.ts';
import { isTerminal, reduceExecution } from '../reducer.ts';
import type { Execution, WorkflowEvent } from '../types.ts';
import { useLiveView } from '../../live/use_live_view.ts';

const apply = (state: Execution, change: object, type: string): Execution => reduceExecution(state, { ...(change as WorkflowEvent), type });

/** An execution, live: its state once, then each of its events. */
export function useExecution(id: string) {
  const live = useLiveView<Execution>(paths.execution(id), { apply });
  const { view, state } = live;
  const over = state === undefined ? undefined : isTerminal(state.status);
  const ran = useRef(false);
  useEffect(() => {
    if (over === false) ran.current = true;
    if (over !== true || !ran.current) return;
    // What it made of its input is not on the stream.
    ran.current = false;
    view?.refresh();
  }, [over, view]);
  return live;
}

/** The definition that an execution runs by, which never changes. */
export function useDefinitionOf(execution: Execution | undefined) {
  return useQuery({
    queryKey: ['workflow-version', execution?.workflowId, execution?.definitionVersion],
    queryFn: ({ signal }) => request<DefinitionAnswer>(paths.version(execution?.workflowId ?? '', execution?.definitionVersion ?? 0), { signal }),
    enabled: execution !== undefined,
    select: ({ definition }) => definition,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** What a node was given and what it gave; asked for again when its status or attempt is another. */
export function useNodeAnswer(execution: Execution, nodeId: string | null) {
  const detail = nodeId === null ? undefined : execution.nodeDetails[nodeId];
  return useQuery({
    queryKey: ['workflow-node', execution.executionId, nodeId, detail?.status ?? 'pending', detail?.attempt ?? 0],
    queryFn: ({ signal }) => request<NodeAnswer>(paths.node(execution.executionId, nodeId ?? ''), { signal }),
    enabled: nodeId !== null,
    placeholderData: (before, query) => (query?.queryKey[2] === nodeId ? before : undefined),
  });
}

const eventsAtOnce = 500;

interface Known {
  id: string;
  events: readonly WorkflowEvent[];
  /** What has been read up to. */
  cursor: string;
  error: unknown;
}

/** The execution's own events from its first, while `wanted`; those that come are read as they come. */
export function useRunEvents(execution: Execution | undefined, wanted: boolean): { events: readonly WorkflowEvent[]; error: unknown } {
  const id = execution?.executionId ?? '';
  const rev = execution?.rev ?? 0;
  const [held, setKnown] = useState<Known>({ id, events: [], cursor: '', error: null });
  const known: Known = held.id === id ? held : { id, events: [], cursor: '', error: null };
  const behind = wanted && id !== '' && (known.events.at(-1)?.rev ?? 0) < rev;
  const latest = useRef(known);
  latest.current = known;

  useEffect(() => {
    if (!behind) return undefined;
    const ending = new AbortController();
    const read = async () => {
      let { events, cursor } = latest.current;
      try {
        for (;;) {
          const page = await request<Poll>(paths.events(id, { after: cursor, limit: eventsAtOnce }), { signal: ending.signal });
          const last = events.at(-1)?.rev ?? 0;
          const fresh = page.events.map(({ event, data }) => ({ ...(JSON.parse(data) as WorkflowEvent), type: event })).filter((event) => event.rev > last);
          events = [...events, ...fresh];
          cursor = page.cursor;
          setKnown({ id, events, cursor, error: null });
          if (!page.more) break;
        }
      } catch (error) {
        if (!ending.signal.aborted) setKnown({ id, events, cursor, error });
      }
    };
    void read();
    return () => ending.abort();
    // Each revision reads on.
  }, [id, rev, behind]);

  return known;
}
