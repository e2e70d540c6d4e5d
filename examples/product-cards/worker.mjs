// @ts-check
// A sample worker of the task feed: makes product cards of the goods in catalogue.json, in the stages of a real pipeline.
// What it writes is made of templates; a real worker would ask a model, a warehouse and a price list instead.
//
//   node worker.mjs http://127.0.0.1:3000 --make 3      makes tasks of three goods, then works on them and waits for more
//   node worker.mjs http://127.0.0.1:3000 --once        works until nothing is left
//
// Needs Node 18 or later and nothing else. WEIR_TOKEN: a token that may publish to task-feed/**.

import { readFile } from 'node:fs/promises';
import process from 'node:process';
import { setTimeout as wait } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

/** @typedef {{ sku: string, text: string, costPrice: number, stock: number, subcategoryId: string }} Good */
/** @typedef {{ name: string, material: string, dimensions: { width: number, depth: number, height: number }, weight: number, colour: string }} Parsed */
/** @typedef {{ good: Good, parsed?: Parsed, product: Record<string, unknown>, characteristics?: { name: string, value: string }[] }} Card */

/** @returns {Promise<Good[]>} */
export const readCatalogue = async () => JSON.parse(await readFile(new URL('catalogue.json', import.meta.url), 'utf8'));

const known = (/** @type {Card} */ card) => /** @type {Parsed} */ (card.parsed);
const capital = (/** @type {string} */ text) => text.charAt(0).toUpperCase() + text.slice(1);

const line = /^(?<name>[^,]+), (?<material>[^,]+), (?<width>\d+)x(?<depth>\d+)x(?<height>\d+) cm, (?<weight>[\d.]+) kg, (?<colour>[^,]+)$/;

/** What each stage makes of a card. @type {Record<string, (card: Card) => void>} */
export const stages = {
  parse(card) {
    const parts = line.exec(card.good.text)?.groups;
    if (!parts) throw new Error(`"${card.good.text}" is no line of the catalogue`);
    const { name = '', material = '', colour = '', width, depth, height, weight } = parts;
    card.parsed = { name, material, dimensions: { width: Number(width), depth: Number(depth), height: Number(height) }, weight: Number(weight), colour };
    Object.assign(card.product, { name, dimensions: card.parsed.dimensions, weight: card.parsed.weight });
  },
  describe(card) {
    const { name, material, colour, dimensions } = known(card);
    card.product.generatedName = `${name}: ${material}, ${colour}`;
    card.product.seoDescription = `${name} of ${material} in ${colour}, ${dimensions.height} cm high. Made to be used every day, and to be looked at.`;
  },
  characteristics(card) {
    const { material, colour, weight, dimensions } = known(card);
    const size = `${dimensions.width} × ${dimensions.depth} × ${dimensions.height} cm`;
    card.characteristics = Object.entries({ Material: capital(material), Colour: capital(colour), Weight: `${weight} kg`, Size: size }).map(([name, value]) => ({ name, value }));
  },
  price(card) {
    const { costPrice, stock } = card.good;
    const price = Math.ceil(costPrice * 1.9) - 0.01;
    // What lies about in quantities is sold for less.
    Object.assign(card.product, { costPrice, stock, price, discountPrice: stock > 100 ? Math.round(price * 90) / 100 : null });
  },
  publish(card) {
    card.product.status = 'published';
  },
};

/** The server's API, as much of it as a worker needs. @param {string} server @param {string} [token] */
export function connect(server, token) {
  const headers = { 'Content-Type': 'application/json', ...(token ? { Authorization: `Bearer ${token}` } : {}) };
  /** @param {string} method @param {string} path @param {object} body */
  return async function ask(method, path, body) {
    const answer = await fetch(`${server}${path}`, { method, headers, body: JSON.stringify(body) });
    if (answer.status === 204) return undefined;
    const said = await answer.json();
    if (!answer.ok) throw Object.assign(new Error(`${path}: ${said.title}${said.detail ? `: ${said.detail}` : ''}`), { status: answer.status });
    return said;
  };
}
/** @typedef {ReturnType<typeof connect>} Ask */

/** Makes a task of each of these goods. @param {Ask} ask @param {Good[]} goods @param {string} [owner] */
export async function makeTasks(ask, goods, owner) {
  for (const { sku, text, subcategoryId } of goods) {
    await ask('POST', '/api/task-feed', { productName: text.split(',')[0], productId: sku, product: { id: sku, subcategoryId }, data: { sku }, ...(owner ? { owner } : {}) });
  }
}

/** Works on a task that it has claimed, in `pause` milliseconds a stage. @param {Ask} ask @param {Good[]} catalogue @param {any} claimed @param {number} pause */
export async function work(ask, catalogue, { task, attempt, stalledAfter }, pause) {
  const say = (/** @type {string} */ verb, /** @type {object} */ body = {}) => ask(verb === 'progress' ? 'PATCH' : 'POST', `/api/task-feed/${task.id}/${verb}`, { attempt, ...body });
  // A stage may take longer than the server waits for a word.
  const beat = setInterval(() => say('heartbeat').catch(() => {}), stalledAfter / 3);
  try {
    const sku = task.data?.sku;
    const good = catalogue.find((each) => each.sku === sku);
    if (!good) throw new Error(sku === undefined ? 'the task names nothing of the catalogue' : `the catalogue has no ${sku}`);
    /** @type {Card} */
    const card = { good, product: { id: good.sku, subcategoryId: good.subcategoryId } };
    const names = Object.entries(stages);
    for (const [i, [name, make]] of names.entries()) {
      const from = (100 * i) / names.length;
      await say('progress', { currentStage: name, progress: from });
      make(card);
      for (const part of [0.25, 0.5, 0.75]) {
        await wait(pause / 4);
        await say('progress', { progress: from + (part * 100) / names.length });
      }
      await wait(pause / 4);
    }
    await say('complete', { product: card.product, characteristics: card.characteristics, result: { url: `/products/${good.sku}` } });
    console.log(`${task.productName}: completed`);
  } catch (error) {
    const { status, message } = /** @type {Error & { status?: number }} */ (error);
    console.log(`${task.productName}: ${message}`);
    // 409: it was cancelled, or it is another worker's now.
    if (status !== 409) await say('fail', { errorMessage: message }).catch(() => {});
  } finally {
    clearInterval(beat);
  }
}

/** @param {string[]} args */
async function main(args) {
  const option = (/** @type {string} */ name) => (args.includes(name) ? args[args.indexOf(name) + 1] : undefined);
  const ask = connect((args[0] ?? '').replace(/\/$/, ''), process.env.WEIR_TOKEN);
  const catalogue = await readCatalogue();
  const pause = Number(option('--pause') ?? 2000);
  const make = Number(option('--make') ?? 0);
  const first = Math.floor(Math.random() * catalogue.length);
  const goods = [...catalogue.slice(first), ...catalogue.slice(0, first)].slice(0, make);
  const owner = option('--owner');
  await makeTasks(ask, goods, owner);
  for (;;) {
    const claimed = await ask('POST', `/api/task-feed/claim?wait=${args.includes('--once') ? 0 : 30}`, { worker: `product-cards ${process.pid}`, ...(owner ? { owner } : {}) });
    if (claimed) await work(ask, catalogue, claimed, pause);
    else if (args.includes('--once')) return;
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  main(process.argv.slice(2)).catch((error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
