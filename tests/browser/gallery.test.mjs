// @ts-check
// The gallery's examples in Chromium, on the real server: each does what it is for, over reloads, tabs and a killed server.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

import { publish, publishMany, request } from '../support/client.mjs';
import { consoleTest, openConsole, violations } from '../support/console.mjs';
import { repository } from '../support/server.mjs';

const run = promisify(execFile);
const job = 'job-1';

/**
 * Each example, and an event of it that shows this text.
 * @type {{name: string, topic: string, event?: string, data: (text: string) => object}[]}
 */
const examples = [
  { name: 'notifications', topic: 'examples/notifications/ada', event: 'alert', data: (title) => ({ title, message: 'm' }) },
  { name: 'live-feed', topic: 'examples/feed', data: (text) => ({ author: 'ada', text }) },
  { name: 'metrics-dashboard', topic: 'examples/metrics', event: 'metrics', data: (name) => ({ [name]: 1.5 }) },
  { name: 'progress', topic: `examples/progress/${job}`, event: 'progress', data: (stage) => ({ progress: 10, stage }) },
  { name: 'stock-ticker', topic: 'examples/stocks', event: 'price_update', data: (symbol) => ({ symbol, price: 12.5, change: -1 }) },
  { name: 'chat', topic: 'examples/chat/room/123', data: (text) => ({ name: 'ada', text, at: 0 }) },
];

/** @param {import('../support/server.mjs').Server} server @param {(typeof examples)[number]} example @param {string} text */
const show = (server, { topic, event, data }, text) => publishMany(server, [{ topic, data: data(text), ...(event ? { event } : {}) }]);

/**
 * @param {import('../support/test.mjs').Scope} scope
 * @param {import('../support/server.mjs').Server} server
 * @param {string} name
 * @param {Parameters<typeof openConsole>[3]} [options]
 */
async function openExample(scope, server, name, options) {
  const opened = await openConsole(scope, server, '/healthz', options);
  // As if the job had been started in this tab.
  await opened.page.evaluate((job) => sessionStorage.setItem('weir.gallery.progress', job), job);
  await opened.page.goto(`${server.url}/gallery/${name}`);
  await opened.state('live', 'example-state');
  return { ...opened, shown: opened.at('example') };
}

/** @param {import('../support/test.mjs').Scope} scope */
const quickServer = (scope) => scope.server({ args: ['--retry', '200ms'] });

for (const example of examples) {
  consoleTest(`TheExample ${example.name} IsLitUpByItsCommandAndGoesOnOverAKilledServer`, async (scope) => {
    const server = await quickServer(scope);
    const { page, errors, state, shown } = await openExample(scope, server, example.name);
    await show(server, example, 'before');
    await shown.getByText('before').waitFor();
    await server.kill();
    await state('offline', 'example-state');
    await server.start();
    await state('live', 'example-state');
    await show(server, example, 'afterwards');
    await shown.getByText('afterwards').waitFor();
    assert((await shown.getByText('before').count()) <= 1, 'nothing comes twice');

    const before = await shown.innerHTML();
    const command = await page.locator('.curl pre').innerText();
    await run('bash', ['-c', `command ${command.replace(/^curl /, 'curl -fsS ')}`]);
    await page.waitForFunction((before) => document.querySelector('[data-testid=example]')?.innerHTML !== before, before);
    assert.deepEqual(errors, []);
  });

  consoleTest(`TheExample ${example.name} LivesByItsProducerAndHasNoFaultThatAxeFinds`, async (scope) => {
    const server = await scope.server();
    const { page, errors, at, shown } = await openExample(scope, server, example.name);
    const before = await shown.innerHTML();
    await at('produce').focus();
    await page.keyboard.press('Enter');
    await page.waitForFunction((before) => document.querySelector('[data-testid=example]')?.innerHTML !== before, before);
    for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.waitForFunction((wanted) => document.documentElement.dataset.theme === wanted, colorScheme);
      assert.deepEqual(await violations(page), [], colorScheme);
    }
    await page.setViewportSize({ width: 380, height: 720 });
    const wide = await page.evaluate(() => document.querySelector('main')?.scrollWidth ?? 0);
    assert(wide <= 380, `${wide} wide`);
    assert.deepEqual(errors, []);
  });
}

consoleTest('TwoTabsOfTheChatSeeEachOtherAndWhoComesLateSeesTheLastFifty', async (scope) => {
  const server = await scope.server();
  await publishMany(server, Array.from({ length: 60 }, (_, i) => ({ topic: 'examples/chat/room/123', data: { name: 'ada', text: `old ${i}`, at: 0 } })));
  const { browser, page, errors, shown } = await openExample(scope, server, 'chat');
  await shown.getByText('old 59', { exact: true }).waitFor();
  assert.equal(await shown.getByRole('listitem').count(), 50);
  assert.equal(await shown.getByText('old 9', { exact: true }).count(), 0);

  const other = await browser.newPage();
  await other.goto(`${server.url}/gallery/chat`);
  await other.getByText('old 59', { exact: true }).waitFor();
  await page.getByLabel('Your name').fill('grace');
  await page.getByLabel('Message', { exact: true }).fill('from the first tab');
  await page.keyboard.press('Enter');
  await other.getByRole('log').getByText('from the first tab').waitFor();
  await other.getByLabel('Message', { exact: true }).fill('from the second');
  await other.keyboard.press('Enter');
  await shown.getByText('from the second').waitFor();
  assert.equal(await page.getByLabel('Message', { exact: true }).inputValue(), '');
  assert.equal(await shown.getByText('from the first tab').count(), 1);
  assert.deepEqual(errors, []);
});

consoleTest('WhatLooksLikeMarkupIsShownAsTextByEveryExample', async (scope) => {
  const server = await scope.server();
  const markup = '<img src=x onerror="window.broken=1"><b>bold</b>';
  for (const example of examples) await show(server, example, markup);
  const { page, at } = await openConsole(scope, server, '/healthz');
  await page.evaluate((job) => sessionStorage.setItem('weir.gallery.progress', job), job);
  for (const { name } of examples) {
    await page.goto(`${server.url}/gallery/${name}`);
    await at('example').getByText(markup).first().waitFor();
    assert.equal(await at('example').locator('img, b').count(), 0, name);
  }
  await page.goto(`${server.url}/gallery`);
  await at('card-chat').getByText(markup).waitFor();
  assert.equal(await at('gallery').locator('img, b').count(), 0);
  assert.equal(await page.evaluate(() => 'broken' in window), false);
});

consoleTest('TheFeedGoesOnAfterAReloadWhereItWas', async (scope) => {
  const server = await scope.server();
  const feed = examples[1];
  const { page, errors, shown } = await openExample(scope, server, 'live-feed');
  for (const text of ['one', 'two', 'three']) await show(server, feed, text);
  await shown.getByText('three').waitFor();
  await page.goto(`${server.url}/healthz`);
  await show(server, feed, 'four');
  await show(server, feed, 'five');
  await page.goto(`${server.url}/gallery/live-feed`);
  await shown.getByText('While you were away: 2').waitFor();
  await shown.getByText('five').waitFor();
  assert.deepEqual(await shown.locator('li p').allInnerTexts(), ['five', 'four', 'three', 'two', 'one']);
  assert.deepEqual(errors, []);
});

consoleTest('AllTabsAgreeOnHowManyNotificationsAreUnread', async (scope) => {
  const server = await scope.server();
  const { browser, page, errors, shown } = await openExample(scope, server, 'notifications');
  const other = await browser.newPage();
  await other.goto(`${server.url}/gallery/notifications`);
  await publish(server, 'examples/notifications/ada', '{"count":7}', { headers: { 'Weir-Event': 'badge' } });
  await shown.getByText('7 unread').waitFor();
  await other.getByTestId('example').getByText('7 unread').waitFor();
  await other.getByRole('button', { name: 'Mark all as read' }).click();
  await shown.getByText('0 unread').waitFor();
  await page.reload();
  await shown.getByText('0 unread').waitFor();
  assert.deepEqual(errors, []);
});

consoleTest('AJobEndsWithItsStreamAndWhoComesLaterIsToldTheSame', async (scope) => {
  const server = await scope.server();
  const { page, errors, state, shown } = await openExample(scope, server, 'progress');
  const topic = `examples/progress/${job}`;
  await publish(server, topic, '{"progress":40,"stage":"reading"}', { headers: { 'Weir-Event': 'progress' } });
  await shown.getByText('40 %, reading').waitFor();
  await publish(server, topic, '{"progress":20,"stage":"checking"}', { headers: { 'Weir-Event': 'progress' } });
  await shown.getByText('40 %, checking').waitFor();
  const { cursor } = await publish(server, topic, '{"status":"completed"}', { headers: { 'Weir-Event': 'complete', 'Weir-Close': 'true' } });
  await shown.getByText('completed').waitFor();
  await state('not connected', 'example-state');
  assert.equal((await request(server, 'GET', `/v1/topics/${topic}`, { headers: { Accept: 'text/event-stream', 'Last-Event-ID': cursor } })).status, 204);
  await page.reload();
  await shown.getByText('completed').waitFor();
  await state('not connected', 'example-state');
  assert.equal(await shown.getByRole('progressbar').getAttribute('value'), '100');

  await page.getByTestId('produce').click();
  await shown.getByText(/\d %, reading/).waitFor();
  await shown.getByText('completed').waitFor();
  await page.getByRole('button', { name: 'Start the producer' }).waitFor();
  assert.deepEqual(errors, []);
});

consoleTest('TheTickerBeginsWithTheNewestOfEachSymbolInJavaScriptAndInReact', async (scope) => {
  const server = await scope.server();
  const update = (/** @type {string} */ symbol, /** @type {number} */ price) => ({ topic: 'examples/stocks', event: 'price_update', key: symbol, data: { symbol, price, change: 2 } });
  await publishMany(server, Array.from({ length: 400 }, (_, i) => update(i % 2 ? 'ODD' : 'EVEN', i)));
  const { page, errors, shown } = await openExample(scope, server, 'stock-ticker');
  const rows = async () => (await shown.locator('tbody tr').allInnerTexts()).map((each) => each.replaceAll(/\s+/g, ' '));
  for (const variant of ['JavaScript', 'React']) {
    await page.getByRole('button', { name: variant, exact: true }).click();
    await shown.getByText('399.00').waitFor();
    assert.deepEqual(await rows(), ['EVEN 398.00 ▲ +2.00 %', 'ODD 399.00 ▲ +2.00 %'], variant);
  }
  await publishMany(server, [update('NEW', 1)]);
  await shown.getByText('NEW').waitFor();
  assert.deepEqual(errors, []);
});

consoleTest('TheProducersRunInNodeToo', async (scope) => {
  const server = await scope.server();
  const { errors, shown } = await openExample(scope, server, 'metrics-dashboard');
  const produce = (/** @type {string[]} */ ...args) => run(process.execPath, [path.join(repository, 'examples/produce.mjs'), ...args]);
  for (const { name } of examples) {
    const { stdout } = await produce(name, server.url, '1');
    assert.match(stdout, /^\[\{"topic":"examples\//, name);
  }
  await shown.getByText('Sorting 20,000 numbers, ms').waitFor();
  await assert.rejects(produce('nothing', server.url), { code: 2, stderr: /usage/ });
  assert.deepEqual(errors, []);
});

consoleTest('TheGallerysCardsComeAliveTogetherAndLeadToTheirExamples', async (scope) => {
  const server = await scope.server();
  const { page, errors, at, state } = await openConsole(scope, server, '/gallery');
  await state('live', 'gallery-state');
  assert.equal(await at('gallery').getByText('Nothing has come yet.').count(), 6);
  await at('produce').click();
  await page.waitForFunction(() => !document.querySelector('[data-testid=gallery]')?.textContent?.includes('Nothing has come yet.'));
  assert.deepEqual(await violations(page), []);
  await page.getByRole('link', { name: 'Stock ticker' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'Stock ticker' }).waitFor();
  await at('example').locator('tbody tr').first().waitFor();
  assert.deepEqual(errors, []);
});

consoleTest('WhatIsShownAsSourceIsWhatIsInTheRepository', async (scope) => {
  const server = await scope.server();
  const { page, errors, at } = await openExample(scope, server, 'chat');
  for (const [button, file] of [['chat.js', 'chat/chat.js'], ['producer.js', 'chat/producer.js'], ['element.js', 'element.js']]) {
    await page.getByRole('button', { name: button, exact: true }).click();
    assert.equal(await at('source').textContent(), readFileSync(path.join(repository, 'examples', file), 'utf8'));
  }
  assert.deepEqual(errors, []);
});

consoleTest('InRussianTheGallerySpeaksRussian', async (scope) => {
  const server = await scope.server();
  const { page, at } = await openConsole(scope, server, '/gallery', { language: 'ru' });
  await page.getByRole('heading', { level: 1, name: 'Галерея' }).waitFor();
  await page.getByRole('link', { name: 'Котировки' }).click();
  await at('produce').filter({ hasText: 'Запустить источник' }).waitFor();
  assert.equal(await at('example').getAttribute('lang'), 'en', 'the examples are in the language of their code');
});
