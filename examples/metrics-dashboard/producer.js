// @ts-check
// Figures of the machine that this runs on, measured: in a page, or in Node.

export const every = 1000;

/** How long it takes, in milliseconds. @param {() => unknown} work */
async function timed(work) {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

const timer = () => new Promise((wake) => setTimeout(wake, 20));
const sorting = () => Array.from({ length: 20_000 }, Math.random).sort((a, b) => a - b);

/** @param {{ server?: string }} [where] */
export async function* events({ server = '' } = {}) {
  for (;;) {
    const data = {
      'Answer of the server, ms': await timed(() => fetch(`${server}/healthz`).then((answer) => answer.text())),
      'A timer is late by, ms': Math.max(0, (await timed(timer)) - 20),
      'Sorting 20,000 numbers, ms': await timed(sorting),
    };
    yield [{ topic: 'examples/metrics', event: 'metrics', data }];
  }
}
