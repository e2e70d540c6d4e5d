import { Tabs } from 'radix-ui';
import type { ReactNode } from 'react';
import type { View } from 'weir-client';

import { useText } from '../../text/language.tsx';
import { Braces, ChartGantt, Footprints, ListTree, ScrollText } from '../../ui/icons.ts';
import { JsonTree } from '../../ui/json_tree.tsx';
import { LogView } from '../logs/log_view.tsx';
import type { NodeAnswer } from '../api.ts';
import { isTerminal, statusOfNode } from '../reducer.ts';
import type { Execution, WorkflowEvent, WorkflowNode } from '../types.ts';
import { EventsTable } from './events_table.tsx';
import { Spans } from './spans.tsx';
import { texts } from './texts.ts';
import { Timeline } from './timeline.tsx';

export const tabs = ['timeline', 'logs', 'data', 'events', 'spans'] as const;
export type Tab = (typeof tabs)[number];

const icons = { timeline: ChartGantt, logs: ScrollText, data: Braces, events: ListTree, spans: Footprints };

interface RunTabsProps {
  tab: Tab;
  onTab: (tab: Tab) => void;
  /** As it is now. */
  execution: Execution;
  /** As it was at the moment that is shown; the present's where none is. */
  shown: Execution;
  nodes: readonly WorkflowNode[];
  view: View<Execution> | undefined;
  live: boolean;
  now: number;
  events: readonly WorkflowEvent[];
  at: number | null;
  answer: NodeAnswer | undefined;
  selected: string | null;
  onSelect: (nodeId: string | null) => void;
  onMove: (at: number) => void;
}

function Json({ title, value }: { title: string; value: unknown }) {
  const t = useText(texts);
  return (
    <section aria-label={title} className="run-data__part">
      <h3>{title}</h3>
      {value === undefined || value === null ? <p className="visually-empty">{t.nothing}</p> : <JsonTree text={JSON.stringify(value)} />}
    </section>
  );
}

/** What there is to see of the run, or of the node that was chosen. */
export function RunTabs({ tab, onTab, execution, shown, nodes, view, live, now, events, at, answer, selected, onSelect, onMove }: RunTabsProps) {
  const t = useText(texts);
  const running = selected !== null && !isTerminal(execution.status) && ['running', 'retrying', 'queued', 'pending', 'waiting'].includes(statusOfNode(execution, selected));
  const { input, output } = selected === null ? execution : (answer ?? {});
  const panels: Record<Tab, () => ReactNode> = {
    timeline: () => <Timeline execution={shown} nodes={nodes} now={now} selected={selected} onSelect={onSelect} />,
    logs: () =>
      selected === null ? (
        <p className="visually-empty">{t.chooseNode}</p>
      ) : (
        <LogView key={selected} executionId={execution.executionId} nodeId={selected} view={view} running={running} live={live} />
      ),
    data: () => (
      <div className="run-data" data-testid="run-data">
        <Json title={t.input} value={input} />
        <Json title={t.output} value={output} />
      </div>
    ),
    events: () => <EventsTable events={events} selected={selected} at={at} onMove={onMove} />,
    spans: () => <Spans spans={(execution.spans ?? []).filter(({ nodeId }) => selected === null || nodeId === selected)} now={now} />,
  };
  return (
    <Tabs.Root className="tabs panel" value={tab} onValueChange={(value) => onTab(tabs.find((each) => each === value) ?? 'timeline')}>
      <Tabs.List className="tabs__list" aria-label={t.tabList}>
        {tabs.map((each) => {
          const Icon = icons[each];
          return (
            <Tabs.Trigger key={each} className="tabs__tab" value={each} data-testid={`tab-${each}`}>
              <Icon size={14} aria-hidden />
              {t.tabs[each]}
            </Tabs.Trigger>
          );
        })}
      </Tabs.List>
      {tabs.map((each) => (
        <Tabs.Content key={each} className="tabs__panel panel__body" value={each}>
          {each === tab && panels[each]()}
        </Tabs.Content>
      ))}
    </Tabs.Root>
  );
}
