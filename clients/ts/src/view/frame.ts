// Once per frame of the screen, however much has happened.

/** Milliseconds after which a page that draws nothing, because nobody looks at it, is told all the same. */
const late = 250;

/** Runs the callback before the next frame. Returns what takes it back. */
export function onNextFrame(callback: () => void): () => void {
  const frame = globalThis.requestAnimationFrame?.(() => run());
  const timer = setTimeout(() => run(), frame === undefined ? 0 : late);
  const cancel = () => {
    clearTimeout(timer);
    if (frame !== undefined) cancelAnimationFrame(frame);
  };
  const run = () => {
    cancel();
    callback();
  };
  return cancel;
}
