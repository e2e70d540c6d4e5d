import { useCallback, useMemo, useState } from 'react';
import { Link, useParams, useSearchParams } from 'react-router';

import { PageHead } from '../../shell/page_head.tsx';
import { useFormat, useText } from '../../text/language.tsx';
import { Empty, Loading, Note, Panel } from '../../ui/basics.tsx';
import { ListTodo } from '../../ui/icons.ts';
import { ProblemNote } from '../../ui/problem_note.tsx';
import { GraphView } from '../graph/graph_view.tsx';
import { isTerminal, timeOf } from '../reducer.ts';
import { createReplay } from '../replay.ts';
import type { Execution } from '../types.ts';
import { useServerNow } from '../../live/use_live_view.ts';
import { asksSomebody, NodePanel } from './node_panel.tsx';
import { RunHead } from './run_head.tsx';
import { RunTabs, tabs, type Tab } from './run_tabs.tsx';
import { Scrubber } from './scrubber.tsx';
import { texts } from './texts.ts';
import { useDefinitionOf, useExecution, useNodeAnswer, useRunEvents } from './use_run.ts';
import './execution.css';

/** What was chosen is in the address, so that it can be passed on. */
function useChosen() {
  const [query, setQuery] = useSearchParams();
  const node = query.get('node');
  const tab: Tab = tabs.find((each) => each === query.get('tab')) ?? 'timeline';
  const set = useCallback(
    (name: 'node' | 'tab', value: string | null) =>
      setQuery(
        (before) => {
          const next = new URLSearchParams(before);
          if (value === null) next.delete(name);
          else next.set(name, value);
          return next;
        },
        { replace: true },
      ),
    [setQuery],
  );
  return { node, tab, set };
}

/** The same each time, so that nothing is laid out anew. */
const nothing: never[] = [];

function Run({ execution, live }: { execution: Execution; live: ReturnType<typeof useExecution> }) {
  const t = useText(texts);
  const format = useFormat();
  const { node: selected, tab, set } = useChosen();
  const [at, setAt] = useState<number | null>(null);
  const [playing, setPlaying] = useState(false);
  const [speed, setSpeed] = useState(1);
  const [wanted, setWanted] = useState(false);
  const present = useServerNow(live.view, !isTerminal(execution.status));
  const { data: definition, error: definitionError } = useDefinitionOf(execution);
  const nodes = definition?.nodes ?? nothing;
  const edges = definition?.edges ?? nothing;
  // The run's log is read when somebody looks at it, or when there is nothing more to come.
  const { events, error: eventsError } = useRunEvents(execution, wanted || tab === 'events' || isTerminal(execution.status));
  const replay = useMemo(() => createReplay(execution, events), [execution.executionId, events]);
  const past = at !== null && at < replay.length;
  const shown = past ? replay.at(at) : execution;
  const now = past ? replay.timeAt(at) : (timeOf(execution.endTime) ?? present);
  const { data: answer } = useNodeAnswer(execution, selected);
  const select = useCallback((id: string | null) => set('node', id), [set]);
  const onTab = useCallback((next: Tab) => set('tab', next), [set]);

  const want = useCallback(() => setWanted(true), []);
  const onMove = useCallback((to: number | null) => {
    setWanted(true);
    setAt(to);
    if (to === null) setPlaying(false);
  }, []);

  const asking = Object.values(execution.nodeDetails).find(asksSomebody);
  const ownNode = selected?.split('/')[0];
  return (
    <>
      <RunHead execution={execution} live={live} now={timeOf(execution.endTime) ?? present} nodesAll={nodes.length} />
      {execution.error && (
        <Note tone={execution.status === 'failed' ? 'bad' : 'warn'} testId="run-error">
          <span className="mono">{execution.error}</span>
        </Note>
      )}
      {asking !== undefined && asking.nodeId !== selected && (
        <Note tone="warn" testId="asking">
          {t.waits(nodes.find(({ id }) => id === asking.nodeId)?.name ?? asking.nodeId)}{' '}
          <button type="button" className="button button--small" onClick={() => select(asking.nodeId)}>
            {t.decide}
          </button>
        </Note>
      )}
      {definitionError !== null && <ProblemNote error={definitionError} />}
      {eventsError !== null && <ProblemNote error={eventsError} />}
      <Panel title={t.graph} flush className="run__graph" {...(past && at > 0 ? { hint: t.past(format.clockMs(replay.timeAt(at))) } : {})}>
        {definition === undefined ? definitionError === null && <Loading label={t.loading} /> : <GraphView nodes={nodes} edges={edges} execution={shown} now={now} selected={ownNode ?? null} onSelect={select} />}
        <Scrubber replay={replay} at={past ? at : null} playing={playing} speed={speed} onWanted={want} onMove={onMove} onPlay={setPlaying} onSpeed={setSpeed} />
      </Panel>
      <div className="run" data-node={selected !== null}>
        <RunTabs
          tab={tab}
          onTab={onTab}
          execution={execution}
          shown={shown}
          nodes={nodes}
          view={live.view}
          live={live.status === 'live'}
          now={now}
          events={events}
          at={past ? at : null}
          answer={answer}
          selected={selected}
          onSelect={select}
          onMove={onMove}
        />
        {selected !== null && (
          <NodePanel key={selected} execution={shown} node={nodes.find(({ id }) => id === ownNode)} nodeId={selected} answer={answer} now={now} past={past} onSelect={select} />
        )}
      </div>
    </>
  );
}

/** One execution, as it happens or as it happened. */
export default function ExecutionPage() {
  const t = useText(texts);
  const { '*': id = '' } = useParams();
  const live = useExecution(id);
  const { state, error } = live;
  const missing = error?.status === 404;
  return (
    <div className="page">
      {state !== undefined ? (
        <Run key={id} execution={state} live={live} />
      ) : (
        <>
          <PageHead title={t.title} hint={<code>{id}</code>} />
          {missing ? (
            <section className="panel">
              <Empty icon={ListTodo} title={t.notFound}>
                <Link to="/executions">{t.all}</Link>
              </Empty>
            </section>
          ) : error === undefined ? (
            <Loading label={t.loading} />
          ) : (
            <Note tone="bad">{error.message}</Note>
          )}
        </>
      )}
    </div>
  );
}
