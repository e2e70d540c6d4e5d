import { useMemo, useState } from 'react';

import type { Sample } from '../../api/types.ts';
import { ratesOf, type Rates } from '../../live/system_state.ts';
import { useSamples } from '../../live/system.tsx';
import { PageHead } from '../../shell/page_head.tsx';
import { useFormat, useText } from '../../text/language.tsx';
import { Loading, Panel } from '../../ui/basics.tsx';
import { Chart, type Series } from '../../ui/chart.tsx';
import { texts } from './texts.ts';
import './charts.css';

const windows = [60, 300, 600] as const;

interface Course {
  times: readonly number[];
  samples: readonly Sample[];
  rates: readonly (Rates | null)[];
}

/** A line that ends where the server did: over a restart, or a time that nobody measured, there is none. */
function useCourse(): Course {
  const samples = useSamples();
  return useMemo(() => ({ samples, rates: ratesOf(samples), times: samples.map(({ time }) => time / 1000) }), [samples]);
}



function chartsOf({ samples, rates }: Course, t: (typeof texts)['en']) {
  const rate = (name: keyof Rates) => rates.map((each) => each?.[name] ?? null);
  const gauge = (of: (sample: Sample) => number | null) => samples.map(of);
  const charts: { title: string; hint: string; unit: 'perSecond' | 'seconds' | 'bytes' | 'count' | 'decimal' | 'bytesPerSecond'; series: Series[] }[] = [
    { title: t.events, hint: t.eventsHint, unit: 'perSecond', series: [{ label: t.published, values: rate('published') }, { label: t.delivered, values: rate('delivered') }] },
    {
      title: t.commits,
      hint: t.commitsHint,
      unit: 'seconds',
      series: [
        { label: t.commit50, values: gauge((s) => s.commit_seconds.p50) },
        { label: t.commit99, values: gauge((s) => s.commit_seconds.p99) },
        { label: t.fsync99, values: gauge((s) => s.fsync_seconds.p99) },
      ],
    },
    {
      title: t.subscribers,
      hint: t.subscribersHint,
      unit: 'count',
      series: [
        { label: 'SSE', values: gauge((s) => s.by_transport.sse ?? 0) },
        { label: 'WebSocket', values: gauge((s) => s.by_transport.websocket ?? 0) },
        { label: t.longPoll, values: gauge((s) => s.by_transport.long_poll ?? 0) },
        { label: t.behind, values: gauge((s) => s.subscribers_behind) },
      ],
    },
    { title: t.memory, hint: t.memoryHint, unit: 'bytes', series: [{ label: t.resident, values: gauge((s) => s.memory_bytes) }, { label: t.log, values: gauge((s) => s.log_bytes) }] },
    { title: t.requests, hint: t.requestsHint, unit: 'perSecond', series: [{ label: t.http, values: rate('requests') }, { label: t.commitRate, values: rate('commits') }] },
    { title: t.cpu, hint: t.cpuHint, unit: 'decimal', series: [{ label: t.cores, values: rate('cores') }] },
    { title: t.data, hint: t.dataHint, unit: 'bytesPerSecond', series: [{ label: t.published, values: rate('publishedBytes') }] },
    { title: t.troubles, hint: t.troublesHint, unit: 'perSecond', series: [{ label: t.errors, values: rate('errors') }, { label: t.gaps, values: rate('gaps') }] },
  ];
  return charts;
}

/** The server's figures over the last minutes, from its own stream. */
export default function ChartsPage() {
  const t = useText(texts);
  const format = useFormat();
  const course = useCourse();
  const [seconds, setSeconds] = useState<number>(300);
  const charts = useMemo(() => chartsOf(course, t), [course, t]);
  const newest = course.samples.at(-1);
  return (
    <div className="page">
      <PageHead title={t.title} hint={newest === undefined ? t.hint : t.about(format.seconds(newest.uptime_seconds), newest.head)}>
        <div className="row" role="group" aria-label={t.window}>
          {windows.map((each) => (
            <button key={each} type="button" className="button" aria-pressed={each === seconds} onClick={() => setSeconds(each)}>
              {t.minutes(each / 60)}
            </button>
          ))}
        </div>
      </PageHead>
      {newest === undefined ? (
        <Loading label={t.waiting} />
      ) : (
        <div className="charts" data-testid="charts">
          {charts.map(({ title, hint, unit, series }) => (
            <Panel key={title} title={title} hint={hint}>
              <Chart times={course.times} series={series} format={format[unit]} clock={(at) => format.clock(at * 1000)} window={seconds} label={title} />
            </Panel>
          ))}
        </div>
      )}
    </div>
  );
}
