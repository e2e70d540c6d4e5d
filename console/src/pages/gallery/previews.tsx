import { useFormat, useText } from '../../text/language.tsx';
import { Badge } from '../../ui/basics.tsx';
import { Sparkline } from '../../ui/sparkline.tsx';
import { changeText } from '../../../../examples/stock-ticker/prices.js';
import type { Line, Previews } from './previews_state.ts';
import { texts } from './texts.ts';

const pricesShown = 3;
const figuresShown = 2;
const courseLength = 60;

function Lines({ lines }: { lines: readonly Line[] }) {
  return lines.map(({ who, text }, i) => (
    <p key={i} className="clip">
      <strong>{who}</strong> {text}
    </p>
  ));
}

function Notifications({ unread, alert }: Previews) {
  const t = useText(texts);
  return (
    <>
      <p>
        <Badge tone={unread > 0 ? 'accent' : 'plain'}>{t.unread(unread)}</Badge>
      </p>
      {alert && <Lines lines={[alert]} />}
    </>
  );
}

function Figures({ courses }: Previews) {
  const format = useFormat();
  return (
    <div className="gallery__figures">
      {[...courses].slice(0, figuresShown).map(([name, values]) => (
        <div key={name}>
          <p className="clip muted">{name}</p>
          <strong>{format.decimal(values.at(-1) ?? 0)}</strong>
          <Sparkline series={[values]} slots={courseLength} top={1} />
        </div>
      ))}
    </div>
  );
}

function Job({ job }: Previews) {
  if (job === null) return null;
  const { progress, stage, status } = job.state;
  const text = status === 'running' ? stage : status;
  return (
    <>
      <progress max={100} value={progress} aria-label={text} />
      <p lang="en">{text}</p>
    </>
  );
}

function PricesNow({ prices }: Previews) {
  return [...prices.values()].slice(0, pricesShown).map(({ symbol, price, change }) => (
    <p key={symbol} className="gallery__price">
      <strong className="clip">{symbol}</strong>
      <span>{price.toFixed(2)}</span>
      <span className={change < 0 ? 'ticker__down' : 'ticker__up'}>{changeText(change)}</span>
    </p>
  ));
}

/** What came to an example last, small. */
export function Preview({ name, state }: { name: string; state: Previews }) {
  const t = useText(texts);
  if (!state.counts[name]) return <p className="muted">{t.nothing}</p>;
  switch (name) {
    case 'notifications':
      return <Notifications {...state} />;
    case 'live-feed':
      return <Lines lines={state.posts} />;
    case 'metrics-dashboard':
      return <Figures {...state} />;
    case 'progress':
      return <Job {...state} />;
    case 'stock-ticker':
      return <PricesNow {...state} />;
    default:
      return <Lines lines={state.messages} />;
  }
}
