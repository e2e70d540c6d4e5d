// @ts-check
// Every page of the console, in Chromium: in light and dark, narrow, by keyboard, and as axe sees it.
import assert from 'node:assert/strict';

import { consoleTest, openConsole, pages, serverWithEvents, violations, visit } from '../support/console.mjs';

for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
  consoleTest(colorScheme === 'light' ? 'InLightEveryPageIsThereWithoutAComplaintOfTheBrowserOrOfAxe' : 'InDarkEveryPageIsThereWithoutAComplaintOfTheBrowserOrOfAxe', async (scope) => {
    const server = await serverWithEvents(scope);
    const { page, errors, state } = await openConsole(scope, server, '/', { colorScheme });
    for (const which of pages) {
      await visit(page, which, server.url);
      await state('live');
      assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), colorScheme);
      assert.deepEqual(await violations(page), [], which.path);
    }
    assert.deepEqual(errors, []);
  });
}

consoleTest('OnANarrowScreenNothingIsCutOff', async (scope) => {
  const server = await serverWithEvents(scope);
  const { page, errors } = await openConsole(scope, server, '/', { viewport: { width: 380, height: 720 } });
  for (const which of pages) {
    await visit(page, which, server.url);
    const wide = await page.evaluate(() => {
      const main = document.querySelector('main');
      return [document.documentElement.scrollWidth, main?.scrollWidth ?? 0];
    });
    assert(Math.max(...wide) <= 380, `${which.path} is ${wide} wide`);
    assert.deepEqual(await violations(page), [], which.path);
  }
  await page.getByRole('button', { name: 'Menu' }).click();
  await page.getByRole('link', { name: 'Topics', exact: true }).click();
  await page.getByRole('heading', { level: 1, name: 'Topics' }).waitFor();
  assert.equal(await page.getByRole('button', { name: 'Menu' }).getAttribute('aria-expanded'), 'false');
  assert.deepEqual(errors, []);
});

consoleTest('AllIsReachedByTheKeyboardAlone', async (scope) => {
  const server = await serverWithEvents(scope);
  const { page, errors, at } = await openConsole(scope, server, '/');
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  const focused = () => page.evaluate(() => document.activeElement?.textContent ?? '');

  await page.keyboard.press('Tab');
  assert.match(await focused(), /Skip to the content/);
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.activeElement?.id === 'main');

  await page.keyboard.press('Control+k');
  await page.getByRole('combobox').waitFor();
  await page.keyboard.type('orders/17');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'orders/17' }).waitFor();
  await page.locator('[role=option]').first().waitFor();

  await page.getByRole('listbox').focus();
  await page.keyboard.press('ArrowDown');
  await at('event-details').filter({ hasText: 'customer-1' }).waitFor();
  await page.keyboard.press('Escape');
  await at('event-details').waitFor({ state: 'detached' });

  await page.keyboard.press('/');
  await page.keyboard.type('nothing like it');
  await page.getByText('No event here holds that text.').waitFor();
  await page.keyboard.press('Escape');

  await page.locator('main').focus();
  for (const { path, title } of pages.filter((each) => !/^\/.+\//.test(each.path))) {
    /** @type {Record<string, string>} */
    const keys = { '/': 'o', '/topics': 't', '/connections': 'c', '/charts': 'm', '/notifications': 'n', '/tasks': 'f', '/executions': 'x', '/definitions': 'd', '/approvals': 'p', '/schedules': 'h', '/secrets': 'k', '/gallery': 'e', '/transports': 'r', '/explain': 'w', '/access': 'a', '/settings': 's' };
    await page.keyboard.press('g');
    await page.keyboard.press(keys[path]);
    await page.getByRole('heading', { level: 1, name: title }).waitFor();
  }

  await page.getByRole('button', { name: 'Theme' }).focus();
  await page.keyboard.press('Enter');
  // The menu takes the focus a moment after it is seen; keys before that go nowhere.
  const dark = page.getByRole('menuitemradio', { name: 'Dark' });
  await page.locator('[role=menu]:focus, [role=menu] :focus').waitFor();
  await page.keyboard.press('End');
  await dark.and(page.locator(':focus')).waitFor();
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.documentElement.dataset.theme === 'dark');
  assert.deepEqual(errors, []);
});

consoleTest('TheThemeThatWasChosenIsThereBeforeTheFirstPaint', async (scope) => {
  const server = await serverWithEvents(scope);
  const { page } = await openConsole(scope, server, '/', { colorScheme: 'light' });
  await page.evaluate(() => localStorage.setItem('weir.theme', 'dark'));
  // What the document has when its body begins, which nothing can be painted before.
  await page.addInitScript(() => {
    new MutationObserver((_, observer) => {
      if (!document.body) return;
      observer.disconnect();
      Object.assign(window, { themeAtBody: document.documentElement.dataset.theme });
    }).observe(document, { childList: true, subtree: true });
  });
  await page.reload();
  assert.equal(await page.evaluate(() => /** @type {any} */ (window).themeAtBody), 'dark');
});
