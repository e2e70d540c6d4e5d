import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from 'react-router';
import { toast } from 'sonner';

import { messageOf, request } from '../../api/http.ts';
import { PageHead } from '../../shell/page_head.tsx';
import { defineText, useFormat, useText } from '../../text/language.tsx';
import { Badge, Empty, Loading } from '../../ui/basics.tsx';
import { Curl } from '../../ui/curl.tsx';
import { CalendarClock, CircleCheck, CirclePause } from '../../ui/icons.ts';
import { ProblemNote } from '../../ui/problem_note.tsx';
import { definitionPage, paths, type Schedule } from '../api.ts';
import '../workflow.css';

const texts = defineText({
  en: {
    title: 'Schedules',
    hint: 'Workflows that the clock starts. They come from the definitions; here they are stopped and started.',
    loading: 'Loading',
    columns: { workflow: 'Workflow', schedule: 'Schedule', state: 'State', next: 'Next time', action: 'Enable or disable' },
    enabled: 'enabled',
    disabled: 'disabled',
    enable: 'Enable',
    disable: 'Disable',
    done: { true: 'Enabled', false: 'Disabled' },
    failed: 'Not done',
    empty: 'No workflow has a schedule',
    emptyText: 'A trigger of the type cron in a definition makes one:',
    emptyWhat: 'A workflow that starts each night',
  },
  ru: {
    title: 'Расписания',
    hint: 'Процессы, которые запускают часы. Расписание задаёт описание; здесь его выключают и включают.',
    loading: 'Загрузка',
    columns: { workflow: 'Процесс', schedule: 'Расписание', state: 'Состояние', next: 'Следующий запуск', action: 'Включить или выключить' },
    enabled: 'включено',
    disabled: 'выключено',
    enable: 'Включить',
    disable: 'Выключить',
    done: { true: 'Включено', false: 'Выключено' },
    failed: 'Не сделано',
    empty: 'Ни у одного процесса нет расписания',
    emptyText: 'Его создаёт в описании событие вида cron:',
    emptyWhat: 'Процесс, который запускается каждую ночь',
  },
});

const example = `curl -X PUT -H "Content-Type: application/yaml" {base}/api/workflow/definitions/nightly --data-binary '
id: nightly
name: Nightly
triggers:
  - {type: cron, schedule: "0 3 * * *", timezone: Europe/Berlin}
nodes:
  - {id: tell, type: publish, with: {topic: nights, data: "good night"}}
'`;

const key = ['workflow-schedules'];
/** Times pass: what was next is asked for again. */
const refetchInterval = 30_000;

function Row({ schedule }: { schedule: Schedule }) {
  const t = useText(texts);
  const format = useFormat();
  const queries = useQueryClient();
  const { workflowId, workflowName, index, enabled } = schedule;
  const change = async () => {
    try {
      await request(paths.schedule(workflowId, index), { method: 'PUT', json: { enabled: !enabled } });
      toast.success(t.done[enabled ? 'false' : 'true'], { description: workflowName });
    } catch (error) {
      toast.error(t.failed, { description: messageOf(error) });
    }
    await queries.invalidateQueries({ queryKey: key });
  };
  return (
    <tr data-enabled={enabled}>
      <th scope="row">
        <Link to={definitionPage(workflowId)}>{workflowName}</Link>
      </th>
      <td>
        <code>{schedule.schedule}</code>
        <div className="muted" lang="en">
          {schedule.timezone}
        </div>
      </td>
      <td>
        {enabled ? (
          <Badge tone="good" icon={CircleCheck}>
            {t.enabled}
          </Badge>
        ) : (
          <Badge icon={CirclePause}>{t.disabled}</Badge>
        )}
      </td>
      <td>
        {enabled && schedule.nextTime !== null ? (
          <time className="nowrap" dateTime={schedule.nextTime}>
            {format.dateTime(Date.parse(schedule.nextTime))}
          </time>
        ) : (
          <span className="muted">–</span>
        )}
      </td>
      <td>
        <button type="button" className="button button--small" onClick={() => void change()}>
          {enabled ? t.disable : t.enable}
        </button>
      </td>
    </tr>
  );
}

/** What the clock starts, and when. */
export default function SchedulesPage() {
  const t = useText(texts);
  const { data, error } = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => request<{ schedules: Schedule[] }>(paths.schedules, { signal }),
    refetchInterval,
  });
  const schedules = data?.schedules ?? [];
  const { workflow, schedule, state, next, action } = t.columns;
  return (
    <div className="page">
      <PageHead title={t.title} hint={t.hint} />
      {error !== null && <ProblemNote error={error} />}
      <section className="panel" aria-label={t.title}>
        {data === undefined ? (
          error === null && <Loading label={t.loading} />
        ) : schedules.length === 0 ? (
          <Empty icon={CalendarClock} title={t.empty}>
            <p className="empty__text">{t.emptyText}</p>
            <Curl command={example} what={t.emptyWhat} />
          </Empty>
        ) : (
          <div className="table-scroll">
            <table className="table" data-testid="schedules">
              <thead>
                <tr>
                  <th scope="col">{workflow}</th>
                  <th scope="col">{schedule}</th>
                  <th scope="col">{state}</th>
                  <th scope="col">{next}</th>
                  <th scope="col">
                    <span className="visually-hidden">{action}</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {schedules.map((each) => (
                  <Row key={`${each.workflowId} ${each.index}`} schedule={each} />
                ))}
              </tbody>
            </table>
          </div>
        )}
      </section>
    </div>
  );
}
