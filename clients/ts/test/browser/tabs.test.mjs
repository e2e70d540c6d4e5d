// @ts-check
// One connection for all tabs: who holds it, and that handing it over loses and repeats nothing.
import assert from 'node:assert/strict';

import { publish, publishMany } from '../../../../tests/support/client.mjs';
import { eventually } from '../../../../tests/support/deadline.mjs';
import { dice, seedOf } from '../support/dice.mjs';
import { browserTest, clientPage, follow, openBrowser, reaches, seen, show, streams } from '../support/page.mjs';

/** @typedef {import('../support/page.mjs').Page} Page */

const shared = { share: true };

/** @param {Page} page */
const ids = async (page) => (await seen(page)).events.map((each) => each.id);

/** Whether the page holds the lock. @param {Page} page */
const leads = (page) =>
  page.evaluate(async () => {
    const { held = [] } = await navigator.locks.query();
    return (held ?? []).some(({ name, clientId }) => name?.startsWith('weir ') && clientId === /** @type {any} */ (window).lockClient);
  });

/** Finds out by what name the browser knows the page. @param {Page} page */
async function learnName(page) {
  await page.evaluate(() =>
    navigator.locks.request(`name of ${Math.random()}`, async (lock) => {
      const { held = [] } = await navigator.locks.query();
      Object.assign(window, { lockClient: held?.find(({ name }) => name === lock?.name)?.clientId });
    }),
  );
}

/** @param {Page[]} pages @returns {Promise<Page>} */
async function leaderOf(pages) {
  return eventually(async () => {
    for (const page of pages) if (await leads(page)) return page;
    return undefined;
  }, 'a tab leads');
}

/**
 * @param {import('../support/page.mjs').BrowserContext} browser
 * @param {string} url
 * @param {string} [target]
 * @param {import('../../dist/index.js').SSEClientOptions} [options]
 */
async function tab(browser, url, target = '/v1/topics/t', options = {}) {
  const page = await clientPage(browser, url);
  await learnName(page);
  await follow(page, target, { ...shared, ...options });
  return page;
}

browserTest('ManyTabsHaveOneConnectionAndAllOfTheEvents', async (scope) => {
  const server = await scope.server();
  const browser = await openBrowser(scope);
  const pages = [];
  for (let i = 0; i < 8; ++i) pages.push(await tab(browser, server.url));
  await streams(server, 1);
  const published = (await publishMany(server, Array.from({ length: 20 }, (_, i) => ({ topic: 't', data: `${i}` })))).map(({ cursor }) => cursor);
  for (const page of pages) {
    await reaches(page, published.at(-1));
    assert.deepEqual(await ids(page), published);
  }
});

browserTest('WhenTheLeaderClosesAnotherTabTakesOver', async (scope) => {
  const server = await scope.server();
  const browser = await openBrowser(scope);
  const pages = [];
  for (let i = 0; i < 4; ++i) pages.push(await tab(browser, server.url));
  /** @type {string[]} */
  const published = [];
  while (pages.length > 1) {
    published.push((await publish(server, 't', 'before')).cursor);
    const leader = await leaderOf(pages);
    // Published while nobody, or the next tab, holds the connection.
    const closing = leader.close();
    published.push((await publish(server, 't', 'meanwhile')).cursor);
    await closing;
    pages.splice(pages.indexOf(leader), 1);
    published.push((await publish(server, 't', 'after')).cursor);
    for (const page of pages) {
      await reaches(page, published.at(-1));
      assert.deepEqual(await ids(page), published);
    }
  }
  await streams(server, 1);
});

browserTest('WhenTheLeaderCrashesAnotherTabTakesOver', async (scope) => {
  const server = await scope.server();
  const browser = await openBrowser(scope);
  // Pages of one site share a process only where they were opened by each other: these have their own.
  const pages = [await tab(browser, server.url), await tab(browser, server.url)];
  const one = await publish(server, 't', '1');
  for (const page of pages) await reaches(page, one.cursor);
  const leader = await leaderOf(pages);
  const other = pages.find((page) => page !== leader);
  assert(other);
  const crashed = new Promise((resolve) => leader.once('crash', resolve));
  leader.goto('chrome://crash').catch(() => {});
  await crashed;
  const two = await publish(server, 't', '2');
  await reaches(other, two.cursor);
  assert.deepEqual(await ids(other), [one.cursor, two.cursor]);
});

browserTest('ATabThatComesLaterBeginsWhereItWants', async (scope) => {
  const server = await scope.server();
  const browser = await openBrowser(scope);
  const c = (await publishMany(server, Array.from({ length: 5 }, (_, i) => ({ topic: 't', data: `${i}` })))).map(({ cursor }) => cursor);
  const first = await tab(browser, server.url, '/v1/topics/t?after=earliest');
  await reaches(first, c[4]);
  // Each of these has the leader's connection, which has told all of that already.
  const again = await tab(browser, server.url, '/v1/topics/t?after=earliest');
  await reaches(again, c[4]);
  const from = await tab(browser, server.url, '/v1/topics/t?after=earliest', { lastEventId: c[2] });
  await reaches(from, c[4]);
  await streams(server, 1);
  const { cursor } = await publish(server, 't', 'live');
  for (const [page, expected] of /** @type {const} */ ([[first, c], [again, c], [from, c.slice(3)]])) {
    await reaches(page, cursor);
    assert.deepEqual(await ids(page), [...expected, cursor]);
  }
});

browserTest('TabsOfDifferentPeopleShareNothing', async (scope) => {
  const server = await scope.server();
  const browser = await openBrowser(scope);
  for (const share of ['user-17', 'user-17', 'user-18']) await tab(browser, server.url, '/v1/topics/t', { share });
  await streams(server, 2);
});

browserTest('AHiddenLeaderThatOnlyPollsGivesWayToATabThatIsSeen', async (scope) => {
  const server = await scope.server({ args: ['--poll-interval', '50ms'] });
  const browser = await openBrowser(scope);
  const polls = { transports: /** @type {const} */ (['poll']) };
  const pages = [await tab(browser, server.url, '/v1/topics/t', polls), await tab(browser, server.url, '/v1/topics/t', polls)];
  const leader = await leaderOf(pages);
  const other = /** @type {Page} */ (pages.find((page) => page !== leader));
  await show(leader, false);
  const one = await publish(server, 't', '1');
  await reaches(other, one.cursor);
  assert.equal(await leads(other), true);
  // Back again the first is told what comes like any other.
  await show(leader, true);
  const two = await publish(server, 't', '2');
  for (const page of pages) {
    await reaches(page, two.cursor);
    assert.deepEqual(await ids(page), [one.cursor, two.cursor]);
  }
});

browserTest('ATabThatIsFrozenHoldsNothingAndCatchesUp', async (scope) => {
  const server = await scope.server();
  const browser = await openBrowser(scope);
  const pages = [await tab(browser, server.url), await tab(browser, server.url)];
  const leader = await leaderOf(pages);
  const other = /** @type {Page} */ (pages.find((page) => page !== leader));
  // (Chromium without a screen freezes no page: the page is told what it would be told.)
  const say = (/** @type {string} */ type) => leader.evaluate((type) => document.dispatchEvent(new Event(type)), type);
  await say('freeze');
  await eventually(() => leads(other), 'the other tab leads');
  const one = await publish(server, 't', '1');
  await reaches(other, one.cursor);
  await streams(server, 1);
  await say('resume');
  await reaches(leader, one.cursor);
  const two = await publish(server, 't', '2');
  for (const page of pages) {
    await reaches(page, two.cursor);
    assert.deepEqual(await ids(page), [one.cursor, two.cursor]);
  }
  await streams(server, 1);
});

browserTest('ALeaderThatHangsIsReplaced', async (scope) => {
  const server = await scope.server();
  const browser = await openBrowser(scope);
  const pages = [await tab(browser, server.url, '/v1/topics/t', { heartbeat: 1 }), await tab(browser, server.url, '/v1/topics/t', { heartbeat: 1 })];
  const leader = await leaderOf(pages);
  const other = /** @type {Page} */ (pages.find((page) => page !== leader));
  let hangs = true;
  const end = leader
    .evaluate(() => {
      for (const until = performance.now() + 10_000; performance.now() < until; );
    })
    .then(() => (hangs = false));
  const one = await publish(server, 't', '1');
  await reaches(other, one.cursor);
  assert(hangs, 'the event did not wait for the leader');
  await end;
  const two = await publish(server, 't', '2');
  for (const page of pages) {
    await reaches(page, two.cursor);
    assert.deepEqual(await ids(page), [one.cursor, two.cursor]);
  }
  await streams(server, 1);
});

browserTest('AtTheEndOfATopicEveryTabStops', async (scope) => {
  const server = await scope.server({ args: ['--retry', '50ms'] });
  const browser = await openBrowser(scope);
  const pages = [await tab(browser, server.url), await tab(browser, server.url), await tab(browser, server.url)];
  await publish(server, 't', 'last', { headers: { 'Weir-Close': 'true' } });
  for (const page of pages) {
    await page.waitForFunction(() => /** @type {any} */ (window).client.state === 'CLOSED');
    const { events, errors } = await seen(page);
    assert.deepEqual(events.map(({ data }) => data), ['last']);
    assert.equal(errors.at(-1), 'ended');
  }
});

browserTest('HoweverTabsComeAndGoEachEventComesOnceToEach', async (scope) => {
  const seed = seedOf('tabs');
  const { below, pick } = dice(seed);
  const server = await scope.server({ args: ['--retry', '50ms'] });
  const browser = await openBrowser(scope);
  /** @type {{page: Page, from: number}[]} */
  let tabs = [];
  /** @type {string[]} */
  const published = [];
  for (let round = 0; round < 12; ++round) {
    const what = below(5);
    if (tabs.length < 2 || (what < 2 && tabs.length < 5)) tabs.push({ page: await tab(browser, server.url), from: published.length });
    else if (what === 2) {
      const gone = pick(tabs);
      tabs = tabs.filter((each) => each !== gone);
      void gone.page.close();
    } else if (what === 3) {
      await server.killAndRestart();
    } else {
      const { page } = pick(tabs);
      await page.evaluate(() => /** @type {any} */ (window).client.disconnect());
      published.push((await publish(server, 't', `${round} away`)).cursor);
      await page.evaluate(() => /** @type {any} */ (window).client.connect());
    }
    for (let i = below(4); i >= 0; --i) published.push((await publish(server, 't', `${round}.${i}`)).cursor);
  }
  for (const { page, from } of tabs) {
    await reaches(page, published.at(-1));
    assert.deepEqual(await ids(page), published.slice(from), `seed ${seed}`);
    assert.equal((await seen(page)).gaps, 0);
  }
});
