// The console's pictures: a real server, real events, Chromium.
// usage: node scripts/screenshots.mjs PATH_OF_WEIR [PAGE…]

import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { prepareTasks } from './screenshot_tasks.mjs';
import { prepareWorkflows } from './screenshot_workflows.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const { chromium } = createRequire(path.join(root, 'tests/package.json'))('playwright-core');

const [weir = 'build/dev/weir', ...wanted] = process.argv.slice(2);
const out = path.join(root, 'docs/images');
const folder = mkdtempSync(path.join(os.tmpdir(), 'weir-screenshots-'));
const viewport = { width: 1280, height: 800 };

/** How long the server is watched before its pictures are taken: the courses need some seconds to be worth one. */
const watched = 25_000;

function start() {
  const child = spawn(path.resolve(root, weir), ['serve', '--listen', '127.0.0.1:0', '--data-dir', path.join(folder, 'data'), '--demo'], { stdio: ['ignore', 'pipe', 'pipe'] });
  return new Promise((resolve, reject) => {
    let said = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (bytes) => {
        said += bytes;
        const match = said.match(/url=(http:\/\/127\.0\.0\.1:\d+)/);
        if (match) resolve({ child, url: match[1] });
      });
    }
    child.once('close', () => reject(new Error(`the server ended:\n${said}`)));
  });
}

const customers = ['ada', 'grace', 'edsger', 'barbara', 'donald'];

/** A small shop: orders that are made, paid and sent, some people who follow them. */
function liven(url) {
  const publish = (events) =>
    fetch(`${url}/v1/publish`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(events) });
  let order = 1040;
  const timer = setInterval(() => {
    const events = [];
    for (let i = 0; i < 1 + Math.floor(6 * Math.random()); ++i) {
      order += Math.random() < 0.3 ? 1 : 0;
      const id = order - Math.floor(4 * Math.random());
      const event = ['created', 'paid', 'packed', 'sent'][Math.floor(4 * Math.random())];
      const data = { order: id, customer: customers[id % customers.length], total: (9.9 + (id % 17) * 3.25).toFixed(2), items: [{ sku: `W-${id % 7}`, count: 1 + (id % 3) }] };
      events.push({ topics: [`orders/${id}`, 'orders'], event, key: `order-${id}`, data });
    }
    events.push({ topic: 'stock/prices', event: 'tick', key: 'weir', data: { symbol: 'WEIR', price: (100 + 5 * Math.sin(Date.now() / 4000)).toFixed(2) } });
    void publish(events);
  }, 160);
  const followers = ['/v1/topics/orders', '/v1/subscribe?match=orders/*', '/v1/topics/stock/prices', '/v1/topics/orders?filter=event%20%3D%3D%20%22paid%22', '/v1/subscribe?topic=stock/prices&max_rate=2'];
  const ending = new AbortController();
  for (const target of followers) {
    void fetch(url + target, { signal: ending.signal, headers: { Accept: 'text/event-stream' } })
      .then(async ({ body }) => {
        for await (const _ of body);
      })
      .catch(() => {});
  }
  return {
    publish,
    end() {
      clearInterval(timer);
      ending.abort();
    },
  };
}

/** Presses a button and lets it work for a while. */
async function come(page, button, milliseconds) {
  await page.getByTestId(button).click();
  await page.waitForTimeout(milliseconds);
}

const pages = [
  { name: 'overview', path: '/' },
  { name: 'topics', path: '/topics' },
  { name: 'topic', path: '/topics/orders', act: (page) => page.getByRole('option').nth(3).click() },
  { name: 'history', path: '/topics/orders?view=history', act: (page) => page.getByRole('option').nth(1).click() },
  { name: 'connections', path: '/connections' },
  { name: 'metrics', path: '/charts', act: (page) => page.getByRole('button', { name: '1 min' }).click() },
  {
    name: 'explain',
    path: '/explain',
    async act(page, url) {
      const [{ cursor }] = (await (await fetch(`${url}/v1/topics/orders?last=100&limit=1&filter=event%20!%3D%20%22paid%22`, { headers: { Accept: 'application/json' } })).json()).events;
      await page.getByTestId('explain-cursor').fill(cursor);
      await page.getByTestId('by-subscription').click();
      await page.getByTestId('explain-topics').fill('orders');
      await page.getByTestId('explain-filter').fill('event == "paid"');
      await page.getByTestId('explain').click();
      await page.getByTestId('verdict').waitFor();
    },
  },
  {
    name: 'access',
    path: '/access',
    async act(page) {
      await page.getByTestId('access-publish').fill('orders/17');
      await page.getByTestId('access-subscribe').fill('orders/**\nusers/ada');
      await page.getByTestId('access-try').click();
      await page.getByTestId('access-verdict').waitFor();
    },
  },
  { name: 'settings', path: '/settings' },
  { name: 'gallery', path: '/gallery', act: (page) => come(page, 'produce', 6_000) },
  { name: 'example', path: '/gallery/stock-ticker', act: (page) => come(page, 'produce', 4_000) },
  {
    name: 'transports',
    path: '/transports',
    async act(page) {
      await page.getByTestId('rate').fill('10');
      await come(page, 'compare', 26_000);
    },
  },
  {
    name: 'notifications',
    path: '/notifications',
    async act(page, url) {
      const tell = (body) => fetch(`${url}/api/notifications`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ user: 'demo', ...body }) });
      await tell({ type: 'message', title: 'Grace', body: 'The tests are green. Shall we release on Monday?', dedupeKey: 'grace' });
      await tell({ type: 'order', title: 'Order 1041 is on its way', body: 'It leaves today.', severity: 'success', actionUrl: '/topics/orders/1041', dedupeKey: 'order' });
      await tell({ type: 'build', title: 'Build 841 failed', body: 'compile: error in src/main.cpp:17', severity: 'warning', actions: [{ label: 'Show the log', url: '/executions' }], dedupeKey: 'build' });
      await tell({ type: 'disk', title: 'The disk is almost full', body: '97 % of /var is in use', severity: 'critical', dedupeKey: 'disk' });
      await page.locator('weir-bell .bell').click();
      await page.locator('weir-bell .item').nth(3).waitFor();
    },
  },
  {
    name: 'tasks',
    path: '/tasks?user=alice',
    // Some steps of one that goes on evenly, so that its card may say when it ends.
    async act(page, url) {
      for (let percent = 24; percent < 36; percent += 2) {
        await fetch(`${url}/api/task-feed/good-5/progress`, { method: 'PATCH', body: JSON.stringify({ progress: percent }) });
        await page.waitForTimeout(1000);
      }
    },
  },
  {
    name: 'task',
    path: '/tasks?user=alice&task=good-0',
    act: (page) => page.getByTestId('task-result').waitFor(),
  },
  { name: 'executions', path: '/executions' },
  {
    name: 'execution',
    path: '/executions',
    async act(page, url, workflows) {
      await page.goto(`${url}/executions/${await workflows.execute('release')}?node=build&tab=logs`);
      await page.locator('.card[data-node=lint][data-status=completed]').waitFor();
    },
  },
  {
    name: 'replay',
    path: '/executions',
    async act(page, url, workflows) {
      await page.goto(`${url}/executions/${workflows.waits}`);
      await page.getByTestId('scrub').hover();
      await page.locator('[data-testid=scrubber]:not([data-events="0"])').waitFor();
      await page.getByTestId('scrub').fill('13');
    },
  },
  { name: 'definitions', path: '/definitions' },
  { name: 'definition', path: '/definitions/release', act: (page) => page.locator('.card').first().waitFor() },
  { name: 'approvals', path: '/approvals' },
  { name: 'schedules', path: '/schedules' },
  { name: 'secrets', path: '/secrets' },
  {
    name: 'palette',
    path: '/topics',
    async act(page) {
      await page.keyboard.press('Control+k');
      await page.getByRole('combobox').fill('ord');
    },
  },
];

async function shoot(browser, url, colorScheme, workflows) {
  const context = await browser.newContext({ viewport, colorScheme, locale: 'en' });
  const page = await context.newPage();
  for (const { name, path: at, act } of pages) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    await page.goto(url + at);
    await page.locator('[data-testid=state][data-state=live]').waitFor();
    await page.locator('.spinner').waitFor({ state: 'detached' });
    await act?.(page, url, workflows);
    // A moment for what comes once a second.
    await page.waitForTimeout(2500);
    await page.screenshot({ path: path.join(out, `console-${name}-${colorScheme}.png`) });
    console.log(`docs/images/console-${name}-${colorScheme}.png`);
  }
  await context.close();
}

mkdirSync(out, { recursive: true });
const { child, url } = await start();
const life = liven(url);
const workflows = await prepareWorkflows(url);
await prepareTasks(url, 'alice');
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
try {
  const watcher = await browser.newPage();
  await watcher.goto(`${url}/charts`);
  await watcher.waitForTimeout(watched);
  for (const colorScheme of ['light', 'dark']) await shoot(browser, url, colorScheme, workflows);
} finally {
  life.end();
  await browser.close();
  child.kill('SIGTERM');
  rmSync(folder, { recursive: true, force: true });
}
