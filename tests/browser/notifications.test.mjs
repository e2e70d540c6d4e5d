// @ts-check
// Notifications in Chromium: the bell of the console and of any page, and the page of notifications.
import assert from 'node:assert/strict';

import { bellOf, bellPage, bellSays, documentedTags, openBell, showsTitles, toastsCome, toastsOf, toolOf } from '../support/bell.mjs';
import { browserTest, openBrowser, otherOrigin, show } from '../support/browser.mjs';
import { consoleTest, openConsole, violations } from '../support/console.mjs';
import { request } from '../support/client.mjs';
import { act, get, notify } from '../support/inbox.mjs';
import { locked } from '../support/tokens.mjs';

/** @typedef {import('playwright-core').Page} Page */

/** @param {import('../support/server.mjs').Server} server @param {string} user @param {readonly string[]} titles */
async function tell(server, user, titles) {
  for (const title of titles) await notify(server, { user, title });
}

/** The ids by what is in the inbox. @param {import('../support/server.mjs').Server} server @returns {Promise<(title: string) => string>} */
async function titlesOf(server) {
  const { notifications } = await get(server, '?limit=100');
  return (title) => notifications.find((/** @type {any} */ one) => one.title === title)?.id ?? assert.fail(`there is no ${title}`);
}

consoleTest('FourTabsOfTwoUsersAreRightOverAKillWithoutAReload', async (scope) => {
  const server = await scope.server({ args: ['--retry', '200ms'] });
  const { browser, page, errors } = await openConsole(scope, server, '/topics?user=alice');
  const pages = { alice: [page, await browser.newPage()], bob: [await browser.newPage(), await browser.newPage()] };
  await pages.alice[1]?.goto(`${server.url}/notifications?user=alice`);
  for (const each of pages.bob) await each.goto(`${server.url}/topics?user=bob`);
  const all = [...pages.alice, ...pages.bob];
  for (const each of all) {
    await bellSays(each, { status: 'live', unread: 0 });
    await each.evaluate(() => Object.assign(window, { sameDocument: true }));
  }
  await tell(server, 'alice', ['a1', 'a2', 'a3']);
  await tell(server, 'bob', ['b1']);
  for (const each of pages.alice) await bellSays(each, { unread: 3 });
  for (const each of pages.bob) await bellSays(each, { unread: 1 });

  await server.kill();
  for (const each of all) await bellSays(each, { status: 'offline' });
  await server.start();
  await tell(server, 'alice', ['a4']);
  await tell(server, 'bob', ['b2', 'b3']);
  for (const each of pages.alice) await bellSays(each, { unread: 4 });
  for (const each of pages.bob) await bellSays(each, { unread: 3 });
  for (const [user, two] of Object.entries(pages)) {
    const wanted = (await get(server, `?user=${user}`)).notifications.map((/** @type {any} */ one) => one.title);
    for (const each of two) {
      await openBell(each);
      await showsTitles(each, wanted);
      assert.equal(await each.evaluate(() => /** @type {any} */ (window).sameDocument), true, 'without a reload');
    }
  }
  await pages.alice[1]?.locator('[data-testid=notifications] li').nth(3).waitFor();
  assert.deepEqual(errors, []);
});

consoleTest('WhatIsReadHereIsReadInTheOtherTabAndOnTheOtherDevice', async (scope) => {
  const server = await scope.server();
  await tell(server, 'demo', ['one', 'two', 'three']);
  const { browser, page } = await openConsole(scope, server, '/topics');
  const tab = await browser.newPage();
  await tab.goto(`${server.url}/notifications`);
  const { page: device } = await openConsole(scope, server, '/topics');
  const all = [page, tab, device];
  for (const each of all) await bellSays(each, { status: 'live', unread: 3 });

  await openBell(page);
  await toolOf(page, 'two', 'read').click();
  for (const each of all) await bellSays(each, { unread: 2 });
  await openBell(device);
  await toolOf(device, 'one', 'archive').click();
  for (const each of all) await bellSays(each, { unread: 1 });
  await showsTitles(page, ['three', 'two']);
  await tab.locator('[data-testid=notifications] li').nth(1).waitFor();
  await tab.getByRole('button', { name: 'Mark all as read' }).last().click();
  for (const each of all) await bellSays(each, { unread: 0 });

  await tab.getByTestId('tab-archived').click();
  await tab.locator('[data-testid=notifications] li').filter({ hasText: 'one' }).getByRole('button', { name: 'Back to the inbox' }).click();
  await showsTitles(device, ['three', 'two', 'one']);
  // It was put away unread.
  for (const each of all) await bellSays(each, { unread: 1 });
  const { unread, unseen } = await get(server, '');
  assert.deepEqual([unread, unseen], [1, 0], 'what an open list shows is seen');
});

browserTest('OneScriptTagIsABell', async (scope) => {
  const server = await scope.server({ args: ['--retry', '200ms'] });
  await notify(server, { user: 'demo', title: 'before' });
  const page = await bellPage(await openBrowser(scope), server);
  await bellSays(page, { status: 'live', unread: 1 });
  assert.deepEqual(await toastsOf(page), [], 'what was there is no news');
  await notify(server, { user: 'demo', title: 'live' });
  await notify(server, { user: 'demo', title: 'burning', severity: 'critical' });
  await notify(server, { user: 'demo', title: 'passing', transient: true });
  await toastsCome(page, 3);
  assert.deepEqual(await toastsOf(page), ['one: live', 'one: burning', 'one: passing'], 'each once');
  await bellSays(page, { unread: 3 });

  await server.kill();
  await bellSays(page, { status: 'offline' });
  // The page is not to be back before there is something that it has missed.
  await page.context().setOffline(true);
  await server.start();
  await tell(server, 'demo', ['a', 'b', 'c']);
  await page.context().setOffline(false);
  await bellSays(page, { status: 'live', unread: 6 });
  await toastsCome(page, 4);
  assert.equal((await toastsOf(page)).length, 4, 'one word for all that was missed');
  assert.match((await toastsOf(page))[3] ?? '', /notifications? while you were away|one: /);
  for (let i = 0; i < 100; ++i) await notify(server, { user: 'demo', title: `n${i}` });
  await bellSays(page, { unread: 106 });
  assert.equal(await page.locator('weir-bell .badge').textContent(), '99+');
  assert.equal(await bellOf(page).getAttribute('aria-label'), 'Notifications, 106 unread');
}, { timeout: 180 });

browserTest('WhoComesBackToATabIsToldOfWhatIsStillNew', async (scope) => {
  const server = await scope.server();
  await notify(server, { user: 'demo', title: 'before' });
  const page = await bellPage(await openBrowser(scope), server);
  await bellSays(page, { status: 'live', unread: 1 });

  await show(page, false);
  await tell(server, 'demo', ['a', 'b', 'c', 'd', 'e']);
  await bellSays(page, { unread: 6 });
  await act(server, 'read-all', {}, { upToRev: (await get(server, '')).rev });
  await bellSays(page, { unread: 0 });
  await show(page, true);
  // All of it was read elsewhere; what comes after that is the first word.
  await notify(server, { user: 'demo', title: 'f' });
  await toastsCome(page, 1);
  assert.deepEqual(await toastsOf(page), ['one: f']);

  await show(page, false);
  await tell(server, 'demo', ['g', 'h', 'i', 'j', 'k']);
  await notify(server, { user: 'demo', title: 'burning', severity: 'critical' });
  await notify(server, { user: 'demo', title: 'passing', transient: true });
  await bellSays(page, { unread: 7 });
  const idOf = await titlesOf(server);
  await act(server, `${idOf('g')}/read`);
  await act(server, `${idOf('h')}/archive`);
  await act(server, `${idOf('i')}/snooze`, {}, { for: 3600 });
  assert.equal((await request(server, 'DELETE', `/api/notifications/${idOf('j')}`)).status, 200);
  await bellSays(page, { unread: 3 });
  await show(page, true);
  await toastsCome(page, 2);
  assert.deepEqual((await toastsOf(page)).slice(1), ['missed: 3 notifications while you were away'], 'k, burning and passing');

  await show(page, false);
  await notify(server, { user: 'demo', title: 'l' });
  await bellSays(page, { unread: 4 });
  await show(page, true);
  await toastsCome(page, 3);
  assert.deepEqual((await toastsOf(page)).slice(2), ['one: l'], 'of a single one, what it is');
});

browserTest('WhatWasPutAsideStandsInAListOfItsOwnAndComesBackNow', async (scope) => {
  const server = await scope.server();
  await tell(server, 'demo', ['one', 'two']);
  const page = await bellPage(await openBrowser(scope), server);
  await bellSays(page, { status: 'live', unread: 2 });
  const idOf = await titlesOf(server);
  await act(server, `${idOf('one')}/snooze`, {}, { for: 3600 });
  await bellSays(page, { unread: 1 });
  await openBell(page);
  await showsTitles(page, ['two']);
  await page.locator('weir-bell [role=tab]').filter({ hasText: 'Later' }).click();
  await showsTitles(page, ['one']);
  await page.locator('weir-bell .item').getByText(/^comes back /).waitFor();
  assert.equal(await page.locator('weir-bell').getByRole('button', { name: 'Mark all as read' }).count(), 0, 'what is put aside is not meant by that');
  await toolOf(page, 'one', 'unsnooze').click();
  await showsTitles(page, []);
  await page.locator('weir-bell .empty').getByText('Nothing is put aside').waitFor();
  await bellSays(page, { unread: 2 });
  await page.locator('weir-bell [role=tab]').filter({ hasText: 'All' }).click();
  await showsTitles(page, ['two', 'one']);
});

for (const [file, user] of [['README.md', 'alice'], ['docs/notifications.md', 'demo']]) {
  browserTest(`APageOfAnotherOriginShowsTheBellByTheTagOf${file}`, async (scope) => {
    let body = '';
    const origin = await otherOrigin(scope, () => body);
    const server = await scope.server({ args: ['--cors-origin', origin] });
    [body = ''] = documentedTags(file ?? '', server);
    await notify(server, { user, title: 'before' });
    const page = await (await openBrowser(scope)).newPage();
    await page.goto(origin);
    await bellSays(page, { status: 'live', unread: 1 });
    await openBell(page);
    await showsTitles(page, ['before']);
    await toolOf(page, 'before', 'archive').click();
    await notify(server, { user, title: 'live' });
    await showsTitles(page, ['live']);
    await bellSays(page, { status: 'live', unread: 1 });
  });
}

browserTest('APageOfAnotherOriginShowsTheBellOfItsTokenAlone', async (scope) => {
  let body = '';
  const origin = await otherOrigin(scope, () => body);
  const { server, token, admin } = await locked(scope, ['--cors-origin', origin]);
  const tags = documentedTags('docs/notifications.md', server).filter((html) => html.includes('token="'));
  assert.equal(tags.length, 1);
  body = (tags[0] ?? '').replace(/token="[^"]*"/, `token="${token({}, { sub: 'alice' })}"`);
  await notify(server, { users: ['alice', 'bob'], title: 'both' }, admin);
  await notify(server, { user: 'bob', title: 'his' }, admin);
  const browser = await openBrowser(scope);
  const page = await browser.newPage();
  await page.goto(origin);
  await bellSays(page, { status: 'live', unread: 1 });
  await openBell(page);
  await showsTitles(page, ['both']);
  await toolOf(page, 'both', 'read').click();
  await bellSays(page, { unread: 0 });

  // The same page, under a name that the server has not been told.
  const stranger = await browser.newPage();
  await stranger.goto(origin.replace('127.0.0.1', 'localhost'));
  await bellSays(stranger, { status: 'offline' });
});

browserTest('WhereStreamsAreBlockedTheBellPollsAndComesBack', async (scope) => {
  const server = await scope.server({ args: ['--retry', '100ms', '--poll-interval', '50ms'] });
  const browser = await openBrowser(scope);
  let blocked = true;
  await browser.route(/\/api\/notifications\/stream/, (route) => (blocked ? route.fulfill({ status: 502, contentType: 'text/html', body: '<h1>No streams here</h1>' }) : route.continue()));
  const page = await bellPage(browser, server, { 'poll-interval': '0.1', 'probe-interval': '0.3' });
  await bellSays(page, { status: 'polling', unread: 0 });
  assert.equal(await bellOf(page).getAttribute('aria-label'), 'Notifications, none unread, polling');
  await tell(server, 'demo', ['first', 'second']);
  await bellSays(page, { unread: 2 });
  await openBell(page);
  await showsTitles(page, ['second', 'first']);
  await toolOf(page, 'first', 'read').click();
  await bellSays(page, { status: 'polling', unread: 1 });
  await page.keyboard.press('Escape');
  assert.deepEqual(await toastsOf(page), [], 'nothing is shown while it polls');
  blocked = false;
  await bellSays(page, { status: 'live', unread: 1 });
  await notify(server, { user: 'demo', title: 'third' });
  await toastsCome(page, 1);
  assert.deepEqual(await toastsOf(page), ['one: third']);
});

browserTest('TheBellIsWorkedByTheKeyboardAlone', async (scope) => {
  const server = await scope.server();
  await tell(server, 'demo', ['one', 'two', 'three']);
  const page = await bellPage(await openBrowser(scope), server);
  await bellSays(page, { unread: 3 });
  const focused = () => page.evaluate(() => {
    const active = document.activeElement?.shadowRoot?.activeElement;
    return `${active?.closest('.item')?.querySelector('.item__title')?.textContent ?? ''} ${active?.getAttribute('data-act') ?? active?.id ?? ''}`.trim();
  });
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await showsTitles(page, ['three', 'two', 'one']);
  assert.equal(await focused(), 'tab-inbox');
  await page.keyboard.press('ArrowRight');
  assert.equal(await focused(), 'tab-unread');
  await page.keyboard.press('Tab');
  assert.equal(await focused(), 'list');
  await page.keyboard.press('Tab');
  assert.equal(await focused(), 'three read');
  await page.keyboard.press('ArrowDown');
  assert.equal(await focused(), 'two read');
  await page.keyboard.press('Enter');
  await showsTitles(page, ['three', 'one']);
  assert.equal(await focused(), 'one read', 'the next one has the focus');
  await bellSays(page, { unread: 2 });
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.locator('weir-bell .menu [role=menuitem]:focus').filter({ hasText: 'In an hour' }).waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Escape');
  assert.equal(await focused(), 'one snooze', 'the menu alone is closed');
  await page.keyboard.press('Enter');
  await page.locator('weir-bell .menu [role=menuitem]:focus').waitFor();
  await page.keyboard.press('Enter');
  await showsTitles(page, ['three']);
  await bellSays(page, { unread: 1 });
  await page.keyboard.press('Escape');
  await page.locator('weir-bell .panel').waitFor({ state: 'hidden' });
  assert.equal(await page.evaluate(() => document.activeElement?.shadowRoot?.activeElement?.className), 'bell');
});

for (const [name, colorScheme, width] of /** @type {const} */ ([['InLight', 'light', 1280], ['InDark', 'dark', 1280], ['Narrow', 'light', 380]])) {
  consoleTest(`${name}TheOpenBellIsWithoutAComplaintOfTheBrowserOrOfAxe`, async (scope) => {
    const server = await scope.server();
    await notify(server, { user: 'demo', title: 'Build 841 failed', body: 'compile: error in src/main.cpp:17', severity: 'warning', actions: [{ label: 'Show the log', url: '/executions' }] });
    await notify(server, { user: 'demo', title: 'Welcome', actionUrl: '/topics' });
    const { page, errors } = await openConsole(scope, server, '/notifications', { colorScheme, viewport: { width, height: 800 } });
    await bellSays(page, { status: 'live', unread: 2 });
    await notify(server, { user: 'demo', title: 'The disk is full', severity: 'critical' });
    await page.locator('weir-bell .toast').waitFor();
    await openBell(page);
    await showsTitles(page, ['The disk is full', 'Welcome', 'Build 841 failed']);
    await toolOf(page, 'Welcome', 'snooze').click();
    assert.deepEqual(await violations(page), []);
    const box = await page.locator('weir-bell .panel').boundingBox();
    assert(box && box.x >= 0 && box.x + box.width <= width, `${JSON.stringify(box)} is within ${width}`);
    assert.deepEqual(errors, []);
  });
}

consoleTest('ALinkOfTheConsoleIsFollowedWithoutLoadingItAnewAndReadsWhatItLeadsFrom', async (scope) => {
  const server = await scope.server();
  await notify(server, { user: 'demo', title: 'Look', actionUrl: '/topics' });
  const { page, errors } = await openConsole(scope, server, '/notifications');
  await page.evaluate(() => Object.assign(window, { sameDocument: true }));
  await openBell(page);
  await toolOf(page, 'Look', 'open').click();
  await page.getByRole('heading', { level: 1, name: 'Topics' }).waitFor();
  await bellSays(page, { unread: 0 });
  assert.equal(await page.evaluate(() => /** @type {any} */ (window).sameDocument), true);
  await page.locator('weir-bell .panel').waitFor({ state: 'hidden' });
  assert.deepEqual(errors, []);
});

consoleTest('SomebodyTriesNotificationsOutOnTheirPage', async (scope) => {
  const server = await scope.server();
  const { page, errors, at } = await openConsole(scope, server, '/notifications');
  await at('empty').getByText(/curl .*\/api\/notifications/).waitFor();
  await at('send').getByLabel('Title').fill('Hello, demo');
  await at('send-now').click();
  await at('send-outcome').getByText(/Sent as ntf_/).waitFor();
  const row = page.locator('[data-testid=notifications] li');
  await row.filter({ hasText: 'Hello, demo' }).waitFor();
  await bellSays(page, { unread: 1 });
  await row.getByRole('button', { name: 'Details' }).click();
  await at('notification-details').getByText('It was told here alone.').waitFor();
  await row.getByRole('button', { name: 'Remind me later' }).click();
  await page.getByRole('menuitem', { name: 'Tomorrow at 9' }).click();
  await at('empty').waitFor();
  await at('tab-snoozed').click();
  await row.getByText(/comes back/).waitFor();

  await page.getByLabel('all others: Mail').uncheck();
  await page.getByLabel('Quiet hours').check();
  await at('preferences-save').click();
  await page.getByText('Saved').waitFor();
  const { types, quietHours } = await get(server, '/preferences');
  assert.deepEqual([types, quietHours.from, quietHours.to], [{ '*': { email: false } }, '22:00', '07:00']);

  await page.getByRole('button', { name: /another user; now demo/ }).click();
  await page.getByRole('menuitemradio', { name: 'alice' }).click();
  await page.getByText('What alice was told').waitFor();
  await notify(server, { user: 'alice', title: 'Hello, alice' });
  await page.locator('[data-testid=tab-inbox]').click();
  await row.filter({ hasText: 'Hello, alice' }).waitFor();
  await page.reload();
  await row.filter({ hasText: 'Hello, alice' }).waitFor();
  assert.deepEqual(errors, []);
});

consoleTest('WithoutNotificationsThereIsNoBell', async (scope) => {
  const server = await scope.server({ args: ['--no-notifications'] });
  const { page, errors, at } = await openConsole(scope, server, '/notifications');
  await at('empty').getByText('No notifications here').waitFor();
  assert.equal(await page.locator('weir-bell').count(), 0);
  assert.deepEqual(errors, []);
});
