import { useMemo, useState } from 'react';
import { useSearchParams } from 'react-router';

import { PageHead } from '../../shell/page_head.tsx';
import { Indicator } from '../../shell/indicator.tsx';
import { useFormat, useText } from '../../text/language.tsx';
import { Empty, Loading, Note, SearchBox } from '../../ui/basics.tsx';
import { Curl } from '../../ui/curl.tsx';
import { ListTodo, Play } from '../../ui/icons.ts';
import { StatusFilter } from '../../ui/status.tsx';
import { isActive } from '../list_reducer.ts';
import { statusIcons, statusTexts } from '../statuses.ts';
import { executionStatuses, type ExecutionStatus, type Stats } from '../types.ts';
import { linkOf, useServerNow } from '../../live/use_live_view.ts';
import { useDefinitions } from '../use_definitions.ts';
import { ExecuteDialog } from './execute_dialog.tsx';
import { ExecutionRows } from './execution_rows.tsx';
import { texts } from './texts.ts';
import { useExecutions } from './use_executions.ts';
import '../workflow.css';
import './executions.css';

const always: readonly ExecutionStatus[] = ['running', 'completed', 'failed'];

/** How many are in each state. */
function StatsBar({ stats, chosen, onChoose }: { stats: Stats; chosen: ExecutionStatus | ''; onChoose: (status: ExecutionStatus | '') => void }) {
  const t = useText(texts);
  const words = useText(statusTexts);
  const shown = executionStatuses.filter((status) => always.includes(status) || (stats[status] ?? 0) > 0 || status === chosen);
  return (
    <StatusFilter
      label={t.stats}
      total={{ label: t.total, count: stats.total }}
      statuses={shown.map((status) => ({ status, label: words[status], icon: statusIcons[status], count: stats[status] ?? 0 }))}
      chosen={chosen}
      onChoose={onChoose}
    />
  );
}

/** All executions, the newest first, as they happen. */
export default function ExecutionsPage() {
  const t = useText(texts);
  const format = useFormat();
  const [query, setQuery] = useSearchParams();
  const [text, setText] = useState('');
  const [executing, setExecuting] = useState(false);
  const status = executionStatuses.find((each) => each === query.get('status')) ?? '';
  const workflowId = query.get('workflow') ?? '';
  const { live, rows, readOlder } = useExecutions({ status, workflowId, text });
  const { state, error } = live;
  const now = useServerNow(live.view, rows.some(isActive));
  const { data: definitions } = useDefinitions();

  const choose = (name: 'status' | 'workflow', value: string) =>
    setQuery(
      (before) => {
        const next = new URLSearchParams(before);
        if (value === '') next.delete(name);
        else next.set(name, value);
        return next;
      },
      { replace: true },
    );
  const filtered = status !== '' || workflowId !== '' || text !== '';
  const nodesOf = useMemo(() => new Map(definitions?.map(({ id, nodes }) => [id, nodes])), [definitions]);
  const first = definitions?.[0]?.id ?? 'hello';

  return (
    <div className="page page--fill runs-page">
      <PageHead title={t.title} {...(state === undefined ? {} : { hint: t.hint(state.stats.total, format.count(state.stats.total)) })}>
        <Indicator link={linkOf(live.status, error?.message ?? null)} testId="stream-state" />
        <button type="button" className="button button--main" data-testid="execute" onClick={() => setExecuting(true)}>
          <Play size={14} aria-hidden />
          {t.execute}
        </button>
      </PageHead>
      {state !== undefined && <StatsBar stats={state.stats} chosen={status} onChoose={(value) => choose('status', value)} />}
      <div className="filters">
        <SearchBox label={t.search} value={text} onChange={(event) => setText(event.target.value)} />
        <select className="input" aria-label={t.status} value={status} onChange={(event) => choose('status', event.target.value)}>
          <StatusOptions any={t.anyStatus} />
        </select>
        <select className="input" aria-label={t.workflow} value={workflowId} data-testid="filter-workflow" onChange={(event) => choose('workflow', event.target.value)}>
          <option value="">{t.anyWorkflow}</option>
          {workflowId !== '' && definitions?.every(({ id }) => id !== workflowId) !== false && <option value={workflowId}>{workflowId}</option>}
          {definitions?.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      </div>
      <section className="panel runs" aria-label={t.title}>
        {state === undefined ? (
          error === undefined ? (
            <Loading label={t.loading} />
          ) : (
            <Note tone="bad">{error.message}</Note>
          )
        ) : rows.length === 0 ? (
          filtered ? (
            <p className="empty muted">{t.nothing}</p>
          ) : (
            <Empty icon={ListTodo} title={t.empty}>
              <p className="empty__text">{t.emptyText}</p>
              <Curl command={`curl --json '{"workflowId":"${first}","input":{}}' {base}/api/workflow/execute`} what={t.emptyWhat} />
            </Empty>
          )
        ) : (
          <ExecutionRows rows={rows} now={now} nodesOf={nodesOf} more={Boolean(state.nextBefore)} onMore={readOlder} />
        )}
      </section>
      <ExecuteDialog open={executing} onClose={() => setExecuting(false)} />
    </div>
  );
}

function StatusOptions({ any }: { any: string }) {
  const statuses = useText(statusTexts);
  return (
    <>
      <option value="">{any}</option>
      {executionStatuses.map((each) => (
        <option key={each} value={each}>
          {statuses[each]}
        </option>
      ))}
    </>
  );
}
