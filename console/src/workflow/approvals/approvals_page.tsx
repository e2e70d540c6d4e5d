import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { Link } from 'react-router';

import { request } from '../../api/http.ts';
import { PageHead } from '../../shell/page_head.tsx';
import { pluralEn, pluralRu } from '../../text/plural.ts';
import { defineText, useFormat, useText } from '../../text/language.tsx';
import { Empty, Loading, Panel } from '../../ui/basics.tsx';
import { Curl } from '../../ui/curl.tsx';
import { Stamp } from '../../ui/icons.ts';
import { ProblemNote } from '../../ui/problem_note.tsx';
import { executionPage, paths, type Approval } from '../api.ts';
import { DecisionForm } from '../execution/decision_form.tsx';
import { timeOf } from '../reducer.ts';
import type { ListState } from '../list_reducer.ts';
import { useLiveView } from '../../live/use_live_view.ts';
import '../workflow.css';
import './approvals.css';

const texts = defineText({
  en: {
    title: 'Approvals',
    hint: (count: number, text: string) => (count === 0 ? 'Nothing waits for a decision.' : `${text} ${pluralEn(count, 'run waits', 'runs wait')} for a decision.`),
    loading: 'Loading',
    empty: 'Nothing waits for a decision',
    emptyText: 'A run with an approval node stops at it and is listed here until somebody decides, on this page or from a terminal:',
    emptyWhat: 'Decide from a terminal',
    asked: (time: string) => `asked ${time}`,
    expires: (time: string) => `until ${time}`,
    untitled: 'A decision is needed',
    run: 'Run',
  },
  ru: {
    title: 'Согласования',
    hint: (count: number, text: string) => (count === 0 ? 'Решения никто не ждёт.' : `${pluralRu(count, 'Решения ждёт', 'Решения ждут', 'Решения ждут')} ${text} ${pluralRu(count, 'запуск', 'запуска', 'запусков')}.`),
    loading: 'Загрузка',
    empty: 'Решения никто не ждёт',
    emptyText: 'Запуск с узлом согласования останавливается на нём и стоит в этом списке, пока кто-нибудь не решит, здесь или из терминала:',
    emptyWhat: 'Решить из терминала',
    asked: (time: string) => `спрошено ${time}`,
    expires: (time: string) => `до ${time}`,
    untitled: 'Нужно решение',
    run: 'Запуск',
  },
});

/** What tells that the list of approvals may be another: the stream of executions. */
function useAsked(onChange: () => void): void {
  const { view } = useLiveView<ListState>(paths.executions({ limit: 1 }), { revision: 'listRev', stream: paths.executionsStream, changes: paths.executionsChanges, apply: (state) => state });
  useEffect(() => {
    if (!view) return undefined;
    const types = ['approval.requested', 'approval.resolved', 'workflow.waiting', 'workflow.resumed', 'workflow.cancelled', 'workflow.failed', 'workflow.completed'];
    for (const type of types) view.client.on(type, onChange);
    return () => {
      for (const type of types) view.client.off(type, onChange);
    };
  }, [view, onChange]);
}

function Card({ approval, onDecided }: { approval: Approval; onDecided: () => void }) {
  const t = useText(texts);
  const format = useFormat();
  const asked = timeOf(approval.requestedTime);
  const expires = timeOf(approval.expires);
  return (
    <Panel
      title={approval.title || t.untitled}
      hint={
        <>
          {asked !== null && t.asked(format.dateTime(asked))}
          {expires !== null && `, ${t.expires(format.dateTime(expires))}`}
        </>
      }
    >
      {approval.message && <p className="approval__message">{approval.message}</p>}
      <p>
        {t.run}{' '}
        <Link to={`${executionPage(approval.executionId)}?node=${encodeURIComponent(approval.nodeId)}`}>{approval.workflowId}</Link>{' '}
        <code className="muted">{approval.nodeId}</code>
      </p>
      <DecisionForm executionId={approval.executionId} nodeId={approval.nodeId} onDecided={onDecided} />
    </Panel>
  );
}

/** Runs that wait for somebody. */
export default function ApprovalsPage() {
  const t = useText(texts);
  const format = useFormat();
  const { data, error, refetch } = useQuery({
    queryKey: ['workflow-approvals'],
    queryFn: ({ signal }) => request<{ approvals: Approval[] }>(paths.approvals, { signal }),
    staleTime: 0,
  });
  useAsked(refetch);
  const approvals = data?.approvals ?? [];
  return (
    <div className="page">
      <PageHead title={t.title} {...(data === undefined ? {} : { hint: t.hint(approvals.length, format.count(approvals.length)) })} />
      {error !== null && <ProblemNote error={error} />}
      {data === undefined && error === null && <Loading label={t.loading} />}
      {data !== undefined && approvals.length === 0 && (
        <section className="panel" aria-label={t.title}>
          <Empty icon={Stamp} title={t.empty}>
            <p className="empty__text">{t.emptyText}</p>
            <Curl command={`curl --json '{"decision":"approve"}' {base}/api/workflow/executions/ID/nodes/NODE/approve`} what={t.emptyWhat} />
          </Empty>
        </section>
      )}
      <div className="approvals" data-testid="approvals">
        {approvals.map((approval) => (
          <Card key={`${approval.executionId} ${approval.nodeId}`} approval={approval} onDecided={() => void refetch()} />
        ))}
      </div>
    </div>
  );
}
