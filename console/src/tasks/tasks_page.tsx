import { useCallback, useState, type ReactNode } from 'react';
import { useSearchParams } from 'react-router';
import type { Task, TaskFeedState } from 'weir-client/tasks';

import { linkOf, usePaced, useServerNow } from '../live/use_live_view.ts';
import { useViewer } from '../notifications/viewer.tsx';
import { Indicator } from '../shell/indicator.tsx';
import { PageHead } from '../shell/page_head.tsx';
import { useFormat, useText } from '../text/language.tsx';
import { Empty, Loading, Note } from '../ui/basics.tsx';
import { Confirm } from '../ui/confirm.tsx';
import { Curl } from '../ui/curl.tsx';
import { ListChecks } from '../ui/icons.ts';
import { StatusFilter } from '../ui/status.tsx';
import { useKeptFocus } from '../ui/use_kept_focus.ts';
import { remaining, type Paces } from './pace.ts';
import { SampleButton } from './sample_button.tsx';
import { statusIcons, statusTexts, taskStatuses } from './statuses.ts';
import type { ActedOn } from './task_actions.tsx';
import { TaskCard, type CardProps } from './task_card.tsx';
import { TaskDrawer } from './task_drawer.tsx';
import { listFilterOf, TaskList } from './task_list.tsx';
import { texts } from './texts.ts';
import { useActions } from './use_actions.ts';
import { useFeed, usePaces } from './use_feed.ts';
import './tasks.css';

/** What is chosen is in the address, so that it can be passed on. */
function useChosen() {
  const [query, setQuery] = useSearchParams();
  const set = useCallback(
    (changes: Record<string, string | null>) =>
      setQuery(
        (before) => {
          const next = new URLSearchParams(before);
          for (const [name, value] of Object.entries(changes)) {
            if (value === null || value === '') next.delete(name);
            else next.set(name, value);
          }
          return next;
        },
        { replace: true },
      ),
    [setQuery],
  );
  return { list: query.get('view') === 'list', filter: listFilterOf(query.get('status')), task: query.get('task'), set };
}

function Totals({ totals, chosen, onChoose }: { totals: TaskFeedState['totals']; chosen: Task['status'] | ''; onChoose: (status: Task['status'] | '') => void }) {
  const t = useText(texts);
  const words = useText(statusTexts);
  return (
    <StatusFilter
      label={t.totals}
      total={{ label: t.total, count: taskStatuses.reduce((sum, status) => sum + totals[status], 0) }}
      statuses={taskStatuses.map((status) => ({ status, label: words[status], icon: statusIcons[status], count: totals[status] }))}
      chosen={chosen}
      onChoose={onChoose}
    />
  );
}

function EmptyFeed({ owner }: { owner: string }) {
  const t = useText(texts);
  const base = '{base}/api/task-feed';
  const user = encodeURIComponent(owner);
  return (
    <section className="panel" aria-label={t.title}>
      <Empty icon={ListChecks} title={t.empty}>
        <p className="empty__text">{t.emptyText}</p>
        <Curl command={`curl --json '{"id":"first","productName":"Green tea, 100 g"}' '${base}?user=${user}'`} what={t.emptyWhat} />
        <p className="empty__text">{t.emptyThen}</p>
        <Curl command={`curl -X PATCH --json '{"progress":40,"currentStage":"describe"}' ${base}/first/progress`} what={t.emptyThenWhat} />
      </Empty>
    </section>
  );
}

interface CardsProps {
  title: string;
  hint?: string | undefined;
  nothing: string;
  count: number;
  children: ReactNode;
  testId: string;
}

function Cards({ title, hint, nothing, count, children, testId }: CardsProps) {
  return (
    <section aria-label={title} data-testid={testId}>
      <header className="cards__head">
        <h2>{title}</h2>
        {hint !== undefined && <p className="muted">{hint}</p>}
      </header>
      {count === 0 ? <p className="muted">{nothing}</p> : <div className="cards">{children}</div>}
    </section>
  );
}

interface LiveProps extends Pick<CardProps, 'now' | 'onDetails' | 'onCancel' | 'onRetry'> {
  state: TaskFeedState;
  paces: Paces;
}

/** The window as it is now: what is under way, and what ended last. */
function LiveCards({ state, paces, now, ...handlers }: LiveProps) {
  const t = useText(texts);
  const format = useFormat();
  const keptFocus = useKeptFocus();
  const { activeTasks, completedTasks, totals } = state;
  const card = (task: Task) => <TaskCard key={task.id} task={task} now={now} left={task.status === 'processing' ? remaining(paces.get(task.id), now) : null} {...handlers} />;
  return (
    <div {...keptFocus} className="live-cards">
      <Cards
        title={t.active}
        nothing={t.nothingActive}
        count={activeTasks.length}
        testId="active"
        hint={totals.active > activeTasks.length ? t.activeHint(activeTasks.length, format.count(totals.active)) : undefined}
      >
        {activeTasks.map(card)}
      </Cards>
      <Cards title={t.ended} nothing={t.nothingEnded} count={completedTasks.length} testId="ended">
        {completedTasks.map(card)}
      </Cards>
    </div>
  );
}

/** The cards of one owner's tasks, as they move. */
export default function TasksPage() {
  const t = useText(texts);
  const { user: owner } = useViewer();
  const { list, filter, task, set } = useChosen();
  const live = useFeed(owner);
  const { state, error } = live;
  const paces = usePaces(live);
  const all = [...(state?.activeTasks ?? []), ...(state?.completedTasks ?? [])];
  // Times are told to the second.
  const now = Math.floor(useServerNow(live.view, all.length > 0) / 1000) * 1000;
  // What is read beside the feed is read again when it has changed, and once for changes that come in a row.
  const version = usePaced(state?.rev ?? 0, 300);
  const onDetails = useCallback((id: string) => set({ task: id }), [set]);
  const closeDetails = useCallback(() => set({ task: null }), [set]);
  const actions = useActions();
  const [cancelling, setCancelling] = useState<ActedOn | null>(null);
  const onRetry = useCallback((id: string) => void actions.retry(id), [actions]);
  const empty = state !== undefined && all.length === 0;

  return (
    <div className="page">
      <PageHead
        title={t.title}
        hint={
          <>
            {t.owner} <span className="mono">{owner ?? '–'}</span>
          </>
        }
      >
        <Indicator link={linkOf(live.status, error?.message ?? null)} testId="stream-state" />
        {owner !== null && <SampleButton owner={owner} />}
      </PageHead>
      {owner === null ? (
        <Note>
          {t.nobody} <code>?user=alice</code>
        </Note>
      ) : state === undefined ? (
        error === undefined ? (
          <Loading label={t.loading} />
        ) : (
          <Note tone="bad">{error.message}</Note>
        )
      ) : empty && !list ? (
        <EmptyFeed owner={owner} />
      ) : (
        <>
          <Totals totals={state.totals} chosen={list && filter !== 'active' ? filter : ''} onChoose={(status) => set({ view: status === '' ? null : 'list', status })} />
          <div className="row" role="group" aria-label={t.view}>
            <button type="button" className="button" aria-pressed={!list} onClick={() => set({ view: null, status: null })} data-testid="view-live">
              {t.live}
            </button>
            <button type="button" className="button" aria-pressed={list} onClick={() => set({ view: 'list' })} data-testid="view-list">
              {t.list}
            </button>
          </div>
          {list ? (
            <TaskList key={owner} owner={owner} filter={filter} onFilter={(status) => set({ status })} version={version} onDetails={onDetails} />
          ) : (
            <LiveCards state={state} paces={paces} now={now} onDetails={onDetails} onCancel={setCancelling} onRetry={onRetry} />
          )}
        </>
      )}
      <TaskDrawer id={task} live={all.find(({ id }) => id === task)} version={version} onCancel={setCancelling} onRetry={onRetry} onClose={closeDetails} />
      <Confirm
        open={cancelling !== null}
        title={t.cancelTitle}
        text={`${cancelling?.productName ?? ''}. ${t.cancelText}`}
        action={t.cancelIt}
        onConfirm={() => cancelling && void actions.cancel(cancelling.id)}
        onClose={() => setCancelling(null)}
      />
    </div>
  );
}
