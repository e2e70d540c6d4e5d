import { useState } from 'react';

import { PageHead } from '../../shell/page_head.tsx';
import { useFormat, useText } from '../../text/language.tsx';
import { Note } from '../../ui/basics.tsx';
import { Play, Square } from '../../ui/icons.ts';
import { RefusedNote } from '../../ui/refused_note.tsx';
import { transportNames } from './comparison_state.ts';
import { texts } from './texts.ts';
import { TransportColumn } from './transport_column.tsx';
import { useComparison } from './use_comparison.ts';
import './transports.css';

const rates = { min: 1, initial: 5, max: 50 };

/** The same events by all four transports at once. */
export default function TransportsPage() {
  const t = useText(texts);
  const format = useFormat();
  const [rate, setRate] = useState(rates.initial);
  const { comparison, links, publishing, error, start, stop } = useComparison(rate);
  const top = Math.max(1, ...transportNames.flatMap((name) => comparison.columns[name].arrivals));
  return (
    <div className="page">
      <PageHead title={t.title} hint={t.hint}>
        <label className="row transports__rate">
          {t.rate}
          <input type="range" min={rates.min} max={rates.max} value={rate} onChange={(event) => setRate(Number(event.target.value))} data-testid="rate" />
          <output className="transports__rate-now">{format.count(rate)}</output>
        </label>
        <button type="button" className="button button--main" onClick={publishing ? stop : start} data-testid="compare">
          {publishing ? <Square size={13} aria-hidden /> : <Play size={14} aria-hidden />}
          {publishing ? t.stop : publishing === null ? t.start : t.again}
        </button>
      </PageHead>
      <RefusedNote error={error} />
      <Note>{publishing === null ? t.idle : t.explain}</Note>
      <div className="transports" data-testid="transports">
        {transportNames.map((name) => (
          <TransportColumn key={name} transport={name} column={comparison.columns[name]} published={comparison.published} link={publishing === null ? null : links[name]} top={top} />
        ))}
      </div>
      <p className="muted transports__counted">{t.counted}</p>
    </div>
  );
}
