import { useStore, type Store } from '../../live/store.ts';
import { useFormat, useText } from '../../text/language.tsx';
import { Tile } from '../../ui/tile.tsx';
import { machineSlots, type MachineAction, type MachineState } from './machine_state.ts';
import { texts } from './texts.ts';

const networkTop = 10_000;

/** The machine's figures, as the demo publishes them; nothing where no demo runs. */
export function MachineTiles({ machine }: { machine: Store<MachineState, MachineAction> }) {
  const t = useText(texts);
  const format = useFormat();
  const samples = useStore(machine, (state) => state.samples);
  const clock = useStore(machine, (state) => state.clock);
  const newest = samples.at(-1);
  if (newest === undefined) return null;
  const { cpu, memory, load, network } = newest;
  return (
    <section className="stack" aria-labelledby="machine">
      <div className="row">
        <h2 id="machine">{t.machine}</h2>
        <p className="panel__hint grow">{t.machineHint}</p>
        {clock !== null && (
          <time className="mono muted" dateTime={new Date(clock).toISOString()} title={t.clock} data-testid="clock">
            {format.clock(clock)}
          </time>
        )}
      </div>
      <div className="tiles">
        <Tile title={t.cpu} value={format.percent(cpu.percent)} detail={t.cores(cpu.cores)} series={[samples.map((each) => each.cpu.percent)]} slots={machineSlots} top={100} testId="metric-cpu" />
        <Tile title={t.memory} value={format.bytes(memory.used)} detail={t.ofTotal(format.bytes(memory.total))} series={[samples.map((each) => each.memory.used)]} slots={machineSlots} top={memory.total} testId="metric-memory" />
        <Tile title={t.load} value={format.decimal(load.one)} detail={t.loads(format.decimal(load.five), format.decimal(load.fifteen))} series={[samples.map((each) => each.load.one)]} slots={machineSlots} top={cpu.cores} testId="metric-load" />
        <Tile
          title={t.network}
          value={`↓ ${format.bytesPerSecond(network.received)}`}
          detail={`↑ ${format.bytesPerSecond(network.sent)}`}
          series={[samples.map((each) => each.network.received), samples.map((each) => each.network.sent)]}
          slots={machineSlots}
          top={networkTop}
          testId="metric-network"
        />
      </div>
    </section>
  );
}
