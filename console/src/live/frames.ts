// However fast events come, a page is drawn once a frame.

export interface FrameBatch<T> {
  add: (value: T) => void;
  /** Delivers what waits, now. */
  flush: () => void;
}

// A hidden page has no frames; what waits for one must not grow without end.
const waitingMax = 4000;

/** Collects values and hands them over together, once a frame. */
export function perFrame<T>(deliver: (values: T[]) => void): FrameBatch<T> {
  let waiting: T[] = [];
  let frame = 0;
  const flush = () => {
    cancelAnimationFrame(frame);
    frame = 0;
    const values = waiting;
    waiting = [];
    if (values.length > 0) deliver(values);
  };
  return {
    add(value) {
      waiting.push(value);
      if (waiting.length >= waitingMax) flush();
      else if (frame === 0) frame = requestAnimationFrame(flush);
    },
    flush,
  };
}
