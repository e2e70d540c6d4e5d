// @ts-check
// A job that reads a file in chunks, as far as its events go: its progress, then the end, which closes the topic.

export const every = 250;

const stages = ['reading', 'checking', 'resizing', 'storing'];
const chunks = 24;

/** @param {{ id?: string }} [job] */
export async function* events({ id = 'import-1' } = {}) {
  const topic = `examples/progress/${id}`;
  for (let chunk = 1; chunk <= chunks; ++chunk) {
    const stage = stages[Math.floor(((chunk - 1) * stages.length) / chunks)];
    yield [{ topic, event: 'progress', data: { progress: (100 * chunk) / chunks, stage } }];
  }
  yield [{ topic, event: 'complete', data: { status: 'completed' }, close: true }];
}
