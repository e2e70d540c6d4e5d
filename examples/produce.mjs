// @ts-check
// Runs an example's producer: node produce.mjs EXAMPLE [URL] [STEPS]
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const [name = '', server = 'http://127.0.0.1:3000', steps = 'Infinity'] = process.argv.slice(2);
const producer = new URL(`./${name}/producer.js`, import.meta.url);
if (!/^[a-z-]+$/.test(name) || !existsSync(producer) || !(Number(steps) > 0)) {
  console.error('usage: node produce.mjs EXAMPLE [URL] [STEPS]');
  process.exit(2);
}
const { events, every } = await import(producer.href);

let step = 0;
for await (const each of events({ server, id: 'import-1' })) {
  const answer = await fetch(`${server}/v1/publish`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'Idempotency-Key': randomUUID() },
    body: JSON.stringify(each),
  });
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
  console.log(JSON.stringify(each));
  if (++step >= Number(steps)) break;
  await sleep(every);
}
