import { useEffect, useState } from 'react';
import type { StreamEvent, View } from 'weir-client';

import { request } from '../../api/http.ts';
import { paths, type LogsAnswer } from '../api.ts';
import type { Execution } from '../types.ts';
import { emptyLog, isWhole, withText, type LogText } from './log_state.ts';

const rangeBytes = 256 * 1024;
/** Where nothing comes by a stream, and after a failure. */
const askAgainAfter = 2_000;
/** The stream tells of a text a moment before the log has it. */
const lateAfter = 300;

interface NodeLog {
  log: LogText;
  error: unknown;
}

/**
 * A node's log, from its beginning, followed while `running`: ranges are read until the known end, then the stream's own texts are
 * appended; where one leaves a hole, it is read.
 */
export function useNodeLog(executionId: string, nodeId: string, view: View<Execution> | undefined, { running, live }: { running: boolean; live: boolean }): NodeLog {
  const key = `${executionId} ${nodeId}`;
  const [known, setKnown] = useState<NodeLog & { key: string }>({ key, log: emptyLog, error: null });
  const shown = known.key === key ? known : { key, log: emptyLog, error: null };

  useEffect(() => {
    const ending = new AbortController();
    let state = shown.log;
    let reading = false;
    let timer = 0;
    const show = (error: unknown = null) => {
      if (!ending.signal.aborted) setKnown({ key, log: state, error });
    };
    const read = async () => {
      if (reading) return;
      reading = true;
      clearTimeout(timer);
      try {
        for (;;) {
          const answer = await request<LogsAnswer>(paths.logs(executionId, nodeId, { offset: state.end, limit: rangeBytes }), { signal: ending.signal });
          const before = state.end;
          state = withText(state, answer.offset, answer.text, answer.size);
          show();
          if (isWhole(state) || state.end === before) break;
        }
      } catch (error) {
        if (!ending.signal.aborted) show(error);
      }
      reading = false;
      if (!running || ending.signal.aborted || (live && isWhole(state))) return;
      timer = window.setTimeout(() => void read(), live ? lateAfter : askAgainAfter);
    };
    const onLog = (data: unknown, _: StreamEvent) => {
      // A long text is not on the stream: only where it is and how long.
      const { nodeId: of, offset, bytes = 0, text = '' } = data as { nodeId?: string; offset?: number; bytes?: number; text?: string };
      if (of !== nodeId || typeof offset !== 'number') return;
      state = withText(state, offset, text, offset + bytes);
      if (isWhole(state)) show();
      else void read();
    };
    view?.client.on('node.log', onLog);
    void read();
    return () => {
      ending.abort();
      clearTimeout(timer);
      view?.client.off('node.log', onLog);
    };
    // `running` and `live` are here so that the end of either reads what is left.
  }, [key, executionId, nodeId, view, running, live]);

  return shown;
}
