import type { ReactNode } from 'react';
import type { TransportName } from 'weir-client';

import type { Link } from '../../live/link.ts';
import { Indicator } from '../../shell/indicator.tsx';
import { useFormat, useText } from '../../text/language.tsx';
import { Panel } from '../../ui/basics.tsx';
import { Sparkline } from '../../ui/sparkline.tsx';
import { quantile, slotCount, type Column } from './comparison_state.ts';
import { texts } from './texts.ts';

interface FigureProps {
  name: string;
  label: string;
  children: ReactNode;
}

function Figure({ name, label, children }: FigureProps) {
  return (
    <div className="transports__figure">
      <dt>{label}</dt>
      <dd data-figure={name}>{children}</dd>
    </div>
  );
}

interface TransportColumnProps {
  transport: TransportName;
  column: Column;
  published: number;
  /** null before the first start. */
  link: Link | null;
  /** Of all columns' charts, so that they compare. */
  top: number;
}

/** One way to the events, and what it has cost so far. */
export function TransportColumn({ transport, column, published, link, top }: TransportColumnProps) {
  const t = useText(texts);
  const format = useFormat();
  const { name, about } = t.transports[transport];
  const time = (share: number) => {
    const value = quantile(column.latencies, share);
    return value === null ? '–' : format.seconds(value / 1000);
  };
  return (
    <div data-testid={`transport-${transport}`} className="transports__column">
      <Panel title={name} aside={link && <Indicator link={link} testId={`state-${transport}`} />}>
        <p className="muted transports__about">{about}</p>
        <dl>
          <Figure name="median" label={`${t.latency}, ${t.median}`}>
            <strong className="transports__latency">{time(0.5)}</strong>
          </Figure>
          <Figure name="p95" label={t.p95}>
            {time(0.95)}
          </Figure>
          <Figure name="events" label={t.events}>
            {t.eventsOf(format.count(column.events), format.count(published))}
          </Figure>
          <Figure name="requests" label={t.requests}>
            {format.count(column.requests)}
          </Figure>
          <Figure name="bytes" label={t.bodies}>
            <span data-bytes={column.bodyBytes}>{format.bytes(column.bodyBytes)}</span>
          </Figure>
          <Figure name="heads" label={t.heads}>
            {transport === 'websocket' ? '–' : format.bytes(column.headBytes)}
          </Figure>
        </dl>
        <p className="muted transports__caption">{t.arrivals}</p>
        <div className="transports__chart">
          <Sparkline series={[column.arrivals]} slots={slotCount} top={top} />
        </div>
      </Panel>
    </div>
  );
}
