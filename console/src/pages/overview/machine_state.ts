// The demo's figures of the machine that the server runs on (`demo/metrics`), over the last minute.

export interface MachineSample {
  time: number;
  cpu: { percent: number; cores: number };
  memory: { used: number; total: number };
  load: { one: number; five: number; fifteen: number };
  network: { received: number; sent: number };
}

export interface MachineState {
  /** The newest last. */
  samples: readonly MachineSample[];
  /** The demo's clock, in milliseconds since 1970. */
  clock: number | null;
}

export const machineSlots = 60;
// A line across a longer pause would show what nobody measured.
const pauseMax = 5_000;

export const emptyMachine: MachineState = { samples: [], clock: null };

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** Anybody may publish an event of this type; only one with all the figures is taken. */
export function parseMachineSample(text: string): MachineSample | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isObject(value) || typeof value.time !== 'string') return null;
  const names = { cpu: ['percent', 'cores'], memory: ['used', 'total'], load: ['one', 'five', 'fifteen'], network: ['received', 'sent'] };
  for (const [group, members] of Object.entries(names)) {
    const figures = value[group];
    if (!isObject(figures) || !members.every((member) => Number.isFinite(figures[member]))) return null;
  }
  const time = Date.parse(value.time);
  return Number.isNaN(time) ? null : { ...(value as unknown as MachineSample), time };
}

export type MachineAction = { type: 'sample'; data: string } | { type: 'clock'; data: string };

export function reduceMachine(state: MachineState, action: MachineAction): MachineState {
  if (action.type === 'clock') {
    const time = Date.parse(/"time":"([^"]*)"/.exec(action.data)?.[1] ?? '');
    return Number.isNaN(time) ? state : { ...state, clock: time };
  }
  const sample = parseMachineSample(action.data);
  if (sample === null) return state;
  const before = state.samples.at(-1);
  const goesOn = before !== undefined && sample.time - before.time <= pauseMax && sample.time >= before.time;
  return { ...state, samples: goesOn ? [...state.samples, sample].slice(-machineSlots) : [sample] };
}

/** A line of one of the machine's log files, as the demo publishes it (`demo/log`), without its wrapping. */
export function logLine(data: string): string | null {
  try {
    const value: unknown = JSON.parse(data);
    if (!isObject(value) || typeof value.file !== 'string' || typeof value.line !== 'string') return null;
    return `${value.file.slice(value.file.lastIndexOf('/') + 1)}: ${value.line}`;
  } catch {
    return null;
  }
}
