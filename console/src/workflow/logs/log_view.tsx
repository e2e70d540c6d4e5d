import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef, useState } from 'react';
import type { View } from 'weir-client';

import { defineText, useFormat, useText } from '../../text/language.tsx';
import { ArrowDown } from '../../ui/icons.ts';
import { ProblemNote } from '../../ui/problem_note.tsx';
import type { Execution } from '../types.ts';
import { linesOf, type LogLine } from './log_state.ts';
import { useNodeLog } from './use_node_log.ts';
import './logs.css';

const texts = defineText({
  en: {
    log: (node: string) => `Log of ${node}`,
    empty: 'This node has written nothing.',
    waiting: 'This node has written nothing yet.',
    follow: 'Follow',
    dropped: (count: string) => `${count} older lines are not shown`,
    size: (lines: string, bytes: string) => `${lines} lines, ${bytes}`,
  },
  ru: {
    log: (node: string) => `Журнал узла ${node}`,
    empty: 'Этот узел ничего не написал.',
    waiting: 'Этот узел пока ничего не написал.',
    follow: 'Следить',
    dropped: (count: string) => `Более ранние строки не показаны: ${count}`,
    size: (lines: string, bytes: string) => `Строк: ${lines}, ${bytes}`,
  },
});

const lineHeight = 20;
/** So near to its end a log is followed. */
const nearEnd = 24;

function Line({ line }: { line: LogLine }) {
  return (
    <>
      <span className="log__number" aria-hidden>
        {line.n}
      </span>
      <span className="log__text">
        {line.spans.map(({ text, className }, i) => (
          <span key={i} className={className}>
            {text}
          </span>
        ))}
      </span>
    </>
  );
}

interface LogViewProps {
  executionId: string;
  nodeId: string;
  view: View<Execution> | undefined;
  running: boolean;
  live: boolean;
}

/** A node's log. It follows until somebody scrolls away. */
export function LogView({ executionId, nodeId, view, running, live }: LogViewProps) {
  const t = useText(texts);
  const format = useFormat();
  const { log, error } = useNodeLog(executionId, nodeId, view, { running, live });
  const [following, setFollowing] = useState(true);
  const scroll = useRef<HTMLDivElement>(null);
  const lines = linesOf(log);
  const virtual = useVirtualizer({ count: lines.length, getScrollElement: () => scroll.current, estimateSize: () => lineHeight, overscan: 20 });

  useEffect(() => setFollowing(true), [nodeId]);
  useEffect(() => {
    const element = scroll.current;
    if (following && element !== null) element.scrollTop = element.scrollHeight;
  }, [following, lines.length, log.rest]);

  const onScroll = () => {
    const element = scroll.current;
    if (element !== null) setFollowing(element.scrollHeight - element.scrollTop - element.clientHeight < nearEnd);
  };

  return (
    <div className="log" data-testid="log">
      {error !== null && <ProblemNote error={error} />}
      {lines.length === 0 ? (
        error === null && <p className="log__empty muted">{running ? t.waiting : t.empty}</p>
      ) : (
        <>
          <p className="log__head muted">
            <span>{t.size(format.count(log.dropped + lines.length), format.bytes(log.end))}</span>
            {log.dropped > 0 && <span>{t.dropped(format.count(log.dropped))}</span>}
          </p>
          <div ref={scroll} className="log__scroll" onScroll={onScroll} role="log" aria-label={t.log(nodeId)} aria-live="off" tabIndex={0} data-following={following}>
            <div className="log__space" style={{ height: virtual.getTotalSize() }}>
              {virtual.getVirtualItems().map(({ index, key, start }) => {
                const line = lines[index];
                return (
                  line && (
                    <div key={key} className="log__line" style={{ transform: `translateY(${start}px)` }}>
                      <Line line={line} />
                    </div>
                  )
                );
              })}
            </div>
          </div>
          {!following && (
            <button type="button" className="button button--small log__follow" onClick={() => setFollowing(true)}>
              <ArrowDown size={13} aria-hidden />
              {t.follow}
            </button>
          )}
        </>
      )}
    </div>
  );
}
