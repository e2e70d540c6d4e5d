// @ts-check
// The console in Chromium.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

import { browserTest, openBrowser } from './browser.mjs';
import { publishMany } from './client.mjs';
import { notify } from './inbox.mjs';
import { withTasks } from './task_pages.mjs';
import { withWorkflows } from './workflow_pages.mjs';

/**
 * Opens a page of the console. Whatever the browser complains about is kept in `errors`, but for broken connections, which
 * some tests are about.
 * @param {import('./test.mjs').Scope} scope
 * @param {import('./server.mjs').Server} server
 * @param {string} path
 * @param {{colorScheme?: 'light' | 'dark', viewport?: {width: number, height: number}, language?: 'en' | 'ru', browser?: Parameters<typeof openBrowser>[1]}} [options]
 */
export async function openConsole(scope, server, path, { colorScheme = 'light', viewport = { width: 1280, height: 800 }, language = 'en', browser: launch = {} } = {}) {
  const browser = await openBrowser(scope, launch);
  const page = await browser.newPage();
  await page.emulateMedia({ colorScheme });
  await page.setViewportSize(viewport);
  await page.addInitScript((language) => {
    if (!localStorage.getItem('weir.language')) localStorage.setItem('weir.language', language);
  }, language);
  /** @type {string[]} */
  const errors = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('console', (message) => {
    // Chromium tells of every answer that is an error; that a topic holds nothing yet is none for the page.
    const isEmptyTopic = /status of 404/.test(message.text()) && message.location().url.endsWith('/info');
    if (message.type() === 'error' && !isEmptyTopic && !/net::ERR_/.test(message.text())) errors.push(message.text());
  });
  await page.goto(`${server.url}${path}`);
  const at = (/** @type {string} */ id) => page.locator(`[data-testid=${id}]`);
  /** Waits until the indicator says this word. */
  const state = (/** @type {string} */ value, id = 'state') => at(id).filter({ hasText: new RegExp(`^\\s*${value}\\s*$`) }).waitFor();
  return { browser, page, errors, at, state };
}

/** Each page, and what shows that it is there with its data. */
export const pages = [
  { path: '/', title: 'Overview', ready: '[data-testid=events] [role=option]' },
  { path: '/topics', title: 'Topics', ready: '[data-testid=topic-list] [role=row]' },
  { path: '/topics/orders/17', title: 'orders/17', ready: '[data-testid=events] [role=option]' },
  { path: '/connections', title: 'Connections', ready: '[data-testid=connections] tbody tr' },
  { path: '/charts', title: 'Metrics', ready: '[data-testid=charts] canvas' },
  { path: '/notifications', title: 'Notifications', ready: '[data-testid=notifications] li' },
  { path: '/tasks', title: 'Tasks', ready: '[data-testid=task]' },
  { path: '/executions', title: 'Executions', ready: '[data-testid=executions] [role=row]' },
  { path: '/definitions', title: 'Definitions', ready: '[data-testid=definitions] tbody tr' },
  { path: '/definitions/greet', title: 'Greet', ready: '[data-testid=graph] .card' },
  { path: '/approvals', title: 'Approvals', ready: '[data-testid=decision]' },
  { path: '/schedules', title: 'Schedules', ready: '[data-testid=schedules] tbody tr' },
  { path: '/secrets', title: 'Secrets', ready: '[data-testid=secrets] tbody tr' },
  { path: '/gallery', title: 'Gallery', ready: '[data-testid=gallery] li' },
  { path: '/gallery/chat', title: 'Chat', ready: '[data-testid=example] form' },
  { path: '/transports', title: 'Transports', ready: '[data-testid=transport-poll]' },
  { path: '/explain', title: 'Why didn’t I get it?', ready: '[data-testid=explain]' },
  { path: '/access', title: 'Access', ready: '[data-testid=access-try]' },
  { path: '/settings', title: 'Settings', ready: '[data-testid=settings] section' },
];

/** @param {string} name @param {(scope: import('./test.mjs').Scope) => Promise<void>} body */
export function consoleTest(name, body) {
  browserTest(name, body, { timeout: 180 });
}

/** @param {import('./test.mjs').Scope} scope @param {string[]} [args] */
export async function serverWithEvents(scope, args = []) {
  const server = await scope.server({ args: ['--retry', '200ms', ...args] });
  await publishMany(server, [
    { topic: 'orders/17', event: 'paid', data: { total: '9.90', items: [1, 2] }, key: 'customer-1' },
    { topic: 'orders/18', data: 'new' },
    { topic: 'playground/hello', data: 'from the test' },
  ]);
  await notify(server, { user: 'demo', title: 'Your order is on its way', body: 'It leaves today.', severity: 'success', actionUrl: '/topics/orders/17', actions: [{ label: 'Follow it', url: '/topics' }] });
  await withWorkflows(server);
  await withTasks(server);
  return server;
}

/**
 * @param {import('playwright-core').Page} page
 * @param {{path: string, title: string, ready: string}} which
 * @param {string} url
 */
export async function visit(page, { path, title, ready }, url) {
  await page.goto(`${url}${path}`);
  await page.getByRole('heading', { level: 1, name: title }).waitFor();
  await page.locator(ready).first().waitFor();
}

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe finds wrong by WCAG 2.1 A and AA. @param {import('playwright-core').Page} page @returns {Promise<string[]>} */
export async function violations(page) {
  // By the debugger: the page's policy forbids any script that is not the server's.
  await page.evaluate(axeSource);
  return page.evaluate(async () => {
    const { axe } = /** @type {any} */ (window);
    const { violations } = await axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'] });
    return violations.map((/** @type {any} */ each) => `${each.id}: ${each.nodes.map((/** @type {any} */ node) => `${node.target} ${node.failureSummary}`).join('; ')}`);
  });
}
