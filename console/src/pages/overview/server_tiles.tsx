import { ratesOf } from '../../live/system_state.ts';
import { useSamples } from '../../live/system.tsx';
import { useFormat, useText } from '../../text/language.tsx';
import { Tile } from '../../ui/tile.tsx';
import { texts } from './texts.ts';

const slots = 60;

/** The server's own figures over the last minute. */
export function ServerTiles() {
  const t = useText(texts);
  const format = useFormat();
  const samples = useSamples().slice(-slots - 1);
  const rates = ratesOf(samples).slice(-slots);
  const newest = samples.at(-1);
  const rate = rates.at(-1) ?? null;
  const recent = samples.slice(-slots);
  const behind = newest?.subscribers_behind ?? 0;
  return (
    <div className="tiles">
      <Tile
        title={t.published}
        value={rate === null ? '–' : format.perSecond(rate.published)}
        detail={rate === null ? ' ' : t.publishedBytes(format.bytesPerSecond(rate.publishedBytes))}
        series={[rates.map((each) => each?.published ?? null)]}
        slots={slots}
        testId="server-published"
      />
      <Tile
        title={t.delivered}
        value={rate === null ? '–' : format.perSecond(rate.delivered)}
        detail={newest === undefined ? ' ' : t.toSubscribers(newest.subscribers, format.compact(newest.subscribers))}
        series={[rates.map((each) => each?.delivered ?? null)]}
        slots={slots}
        testId="server-delivered"
      />
      <Tile
        title={t.subscribers}
        value={newest === undefined ? '–' : format.compact(newest.subscribers)}
        detail={newest === undefined ? ' ' : behind > 0 ? t.behind(format.compact(behind)) : t.noneBehind}
        series={[recent.map((each) => each.subscribers)]}
        slots={slots}
        testId="server-subscribers"
      />
      <Tile
        title={t.memory}
        value={newest === undefined ? '–' : format.bytes(newest.memory_bytes)}
        detail={newest === undefined ? ' ' : t.logSize(format.bytes(newest.log_bytes))}
        series={[recent.map((each) => each.memory_bytes)]}
        slots={slots}
        top={newest === undefined ? 1 : 1.5 * newest.memory_bytes}
        testId="server-memory"
      />
    </div>
  );
}
