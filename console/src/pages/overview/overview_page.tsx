import { useCallback, useEffect, useMemo, useState } from 'react';

import { EventBrowser } from '../../events/event_browser.tsx';
import { PublishForm } from '../../events/publish_form.tsx';
import { createStore, useStore } from '../../live/store.ts';
import type { ControlFrame, LiveEvent } from '../../live/stream.ts';
import { useLog } from '../../live/use_log.ts';
import { Indicator } from '../../shell/indicator.tsx';
import { PageHead } from '../../shell/page_head.tsx';
import { useFormat, useText } from '../../text/language.tsx';
import { Note, Panel } from '../../ui/basics.tsx';
import { CopyButton } from '../../ui/copy.tsx';
import { Curl } from '../../ui/curl.tsx';
import { Radio } from '../../ui/icons.ts';
import { emptyMachine, logLine, reduceMachine } from './machine_state.ts';
import { MachineTiles } from './machine_tiles.tsx';
import { ServerTiles } from './server_tiles.tsx';
import { texts } from './texts.ts';
import { BusyTopics } from './busy_topics.tsx';
import './overview.css';

// Some minutes of the demo: fills the courses at once, and the list with what came lately.
const newest = 400;
const noticeShown = 12_000;

const patterns = ['demo/**', 'playground/**'];

const textOf = (event: LiveEvent) => (event.topic === 'demo/log' && logLine(event.data)) || event.data;

type Notice = { tone: 'good' | 'warn'; text: string };

/** What a control frame means to who watches; null: nothing. */
function useNotice(): [Notice | null, (frame: ControlFrame) => void] {
  const t = useText(texts);
  const format = useFormat();
  const [frame, setFrame] = useState<ControlFrame | null>(null);
  useEffect(() => {
    if (frame === null) return;
    const timer = setTimeout(() => setFrame(null), noticeShown);
    return () => clearTimeout(timer);
  }, [frame]);
  const onControl = useCallback((next: ControlFrame) => {
    if (['recovery', 'gap', 'drain'].includes(next.type)) setFrame(next);
  }, []);
  const notice = useMemo((): Notice | null => {
    if (frame === null) return null;
    if (frame.type === 'drain') return { tone: 'warn', text: t.drain };
    if (frame.type === 'gap') return { tone: 'warn', text: t.gap(String(frame.data.reason)) };
    const { events } = frame.data;
    return { tone: 'good', text: typeof events === 'number' ? t.resumed(events, format.count(events)) : t.resumedUnknown };
  }, [frame, t, format]);
  return [notice, onControl];
}

function TryIt() {
  const t = useText(texts);
  const commands: [string, string][] = [
    [t.tryOne, "curl -d 'hello from a terminal' {base}/v1/topics/playground/shell"],
    [t.tryLines, 'ping -c 5 localhost | while read -r line; do\n  curl -s -d "$line" {base}/v1/topics/playground/ping\ndone'],
    [t.tryFollow, "curl -N '{base}/v1/subscribe?match=demo/**&last=5'"],
  ];
  return (
    <Panel title={t.tryIt} hint={t.tryHint}>
      {commands.map(([title, command]) => (
        <div key={title} className="stack stack--close">
          <h3>{title}</h3>
          <Curl command={command} what={title} />
        </div>
      ))}
    </Panel>
  );
}

/** What happens on this server now, and how to make something happen. */
export default function OverviewPage() {
  const t = useText(texts);
  const [open, setOpen] = useState(true);
  const [notice, onControl] = useNotice();
  const [machine] = useState(() => createStore(reduceMachine, emptyMachine));
  const aside = useCallback(
    (event: LiveEvent) => {
      if (event.type === 'metrics' && event.topic === 'demo/metrics') machine.dispatch({ type: 'sample', data: event.data });
      else if (event.type === 'clock' && event.topic === 'demo/clock') machine.dispatch({ type: 'clock', data: event.data });
      else return false;
      return true;
    },
    [machine],
  );
  const { log, link, cursor } = useLog({ match: patterns, last: newest, open, aside, onControl });
  const linkNow = useStore(link, (state) => state);
  // What is set aside moves the cursor, too.
  useStore(log, (state) => state.received);
  useStore(machine, (state) => state.samples);
  const lastId = cursor();

  return (
    <div className="page">
      <PageHead title={t.title} hint={t.hint} />
      <section aria-label={t.server}>
        <ServerTiles />
      </section>
      <MachineTiles machine={machine} />
      <div className="overview">
        <Panel title={t.events} hint={t.eventsHint} aside={<Indicator link={linkNow} testId="stream-state" />} flush className="overview__events">
          <div className="overview__stream">
            <PublishForm topic="playground/hello" data="Hello from the browser" />
            <div className="row">
              <span className="panel__hint">{t.lastId}</span>
              <code className="clip" data-testid="last-id">
                {lastId === '' ? t.noneYet : lastId}
              </code>
              {lastId !== '' && <CopyButton text={lastId} what={t.lastId} />}
              <button type="button" className="button button--small overview__toggle" title={t.toggleHint} onClick={() => setOpen(!open)} data-testid="toggle">
                {open ? t.disconnect : t.connect}
              </button>
            </div>
            {notice !== null && (
              <Note tone={notice.tone} testId="notice">
                {notice.text}
              </Note>
            )}
          </div>
          <div className="overview__browser">
            <EventBrowser
              log={log}
              label={t.events}
              showTopic
              textOf={textOf}
              empty={
                <div className="empty" data-testid="events-empty">
                  <Radio size={28} aria-hidden />
                  <p className="empty__text">{t.eventsEmpty}</p>
                  <Curl command="curl -d hello {base}/v1/topics/playground/shell" what={t.tryOne} />
                </div>
              }
            />
          </div>
        </Panel>
        <div className="stack stack--wide">
          <TryIt />
          <BusyTopics />
        </div>
      </div>
    </div>
  );
}
