// How fast a task's progress was seen to move, and what that says of its end: nothing, unless it moved evenly.

import type { Task } from 'weir-client/tasks';

export interface Seen {
  /** Milliseconds. */
  at: number;
  progress: number;
}

/** What was seen of one attempt, the last sightings. */
export interface Pace {
  attempt: number;
  seen: readonly Seen[];
}

export type Paces = ReadonlyMap<string, Pace>;

const seenMax = 24;

/** What was seen before, and now. Tasks that are not there any more are forgotten. */
export function notice(paces: Paces, tasks: readonly Pick<Task, 'id' | 'attempt' | 'progress' | 'status'>[], now: number): Paces {
  const next = new Map<string, Pace>();
  for (const { id, attempt, progress, status } of tasks) {
    if (status !== 'processing') continue;
    const known = paces.get(id);
    const seen = known?.attempt === attempt ? known.seen : [];
    next.set(id, seen.at(-1)?.progress === progress && known ? known : { attempt, seen: [...seen, { at: now, progress }].slice(-seenMax) });
  }
  return next;
}

const stepsMin = 4;
const timeMin = 4_000;
const progressMin = 8;
/** The slower half may be so many times slower than the faster one. */
const unevenMax = 2;
/** After so many times the longest step without another nothing is known of the end any more. */
const silenceMax = 3;

const rate = (from: Seen, to: Seen) => (to.progress - from.progress) / (to.at - from.at);

/** Milliseconds until the end, if the task goes on as it went; null where that cannot be said in earnest. */
export function remaining(pace: Pace | undefined, now: number): number | null {
  const seen = pace?.seen ?? [];
  const first = seen[0];
  const middle = seen[Math.floor(seen.length / 2)];
  const last = seen.at(-1);
  if (!first || !middle || !last || seen.length <= stepsMin) return null;
  if (last.at - first.at < timeMin || last.progress - first.progress < progressMin) return null;
  const [before, after] = [rate(first, middle), rate(middle, last)];
  if (!(Math.max(before, after) <= unevenMax * Math.min(before, after))) return null;
  const longest = Math.max(...seen.slice(1).map(({ at }, i) => at - (seen[i]?.at ?? at)));
  if (now - last.at > silenceMax * longest) return null;
  const left = (100 - last.progress) / rate(first, last) - (now - last.at);
  return left > 0 ? left : null;
}
