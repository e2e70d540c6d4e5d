// @ts-check
// A server that is killed under each page of the console: the page says so, comes back without a reload, and shows no wrong number.
import assert from 'node:assert/strict';

import { publishMany } from '../support/client.mjs';
import { consoleTest, openConsole, pages, serverWithEvents } from '../support/console.mjs';

for (const which of pages) {
  consoleTest(`AServerThatIsKilledUnder${which.title.replaceAll(/[^A-Za-z0-9]/g, '')}IsMissedAndFoundAgain`, async (scope) => {
    const server = await serverWithEvents(scope);
    const { page, errors, state } = await openConsole(scope, server, which.path);
    await page.locator(which.ready).first().waitFor();
    await state('live');
    await page.evaluate(() => Object.assign(window, { sameDocument: true }));
    await server.kill();
    await state('offline');
    await server.start();
    await state('live');
    await page.locator(which.ready).first().waitFor();
    assert.equal(await page.evaluate(() => /** @type {any} */ (window).sameDocument), true, 'without a reload');
    assert.deepEqual(errors, []);
  });
}

consoleTest('OverARestartNoNumberIsWrong', async (scope) => {
  const server = await serverWithEvents(scope);
  const { page, at, state } = await openConsole(scope, server, '/topics');
  const count = async (/** @type {string} */ topic) => (await page.getByRole('row').filter({ hasText: topic }).getByRole('cell').nth(2).innerText()).trim();
  await page.getByRole('row').filter({ hasText: 'orders/17' }).waitFor();
  assert.equal(await count('orders/17'), '1');
  await server.kill();
  await state('offline');
  await server.start();
  await publishMany(server, Array.from({ length: 41 }, (_, i) => ({ topic: 'orders/17', data: String(i) })));
  await state('live');
  await page.waitForFunction(() => [...document.querySelectorAll('[role=row]')].some((row) => /orders\/17/.test(row.textContent ?? '') && /\D42\D/.test(row.textContent ?? '')));
  assert.equal(await count('orders/18'), '1');

  // The totals began anew with the process: what is shown a second must be what happened a second.
  await page.goto(`${server.url}/`);
  await at('server-published').filter({ hasText: /\d/ }).waitFor();
  await server.killAndRestart();
  await state('live');
  const rate = await at('server-published').filter({ hasText: /\d\/s/ }).innerText();
  assert.doesNotMatch(rate, /-|NaN|Infinity/);
});
