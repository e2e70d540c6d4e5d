// @ts-check
// Chromium over TLS: by HTTP/2 all tabs of an origin share one connection, however many streams they hold.
import assert from 'node:assert/strict';

import { Certificates } from '../support/certificates.mjs';
import { publish, publishMany, request } from '../support/client.mjs';
import { blankPage, browserTest, listen, openBrowser, reaches, seen } from '../support/browser.mjs';

const tabs = 20;  // HTTP/1.1 would stop at six connections to an origin.

/** @param {import('../support/test.mjs').Scope} scope */
async function secure(scope) {
  const certificates = new Certificates(scope.tempDir());
  const { certificate, key } = certificates.issue('weir');
  return scope.server({ listenOptions: '?tls', tls: certificates.client(), args: ['--tls-certificate', certificate, '--tls-key', key, '--retry', '100ms'] });
}

/** What the server counts, but for the connection (of HTTP/1.1) that asks. @param {import('../support/server.mjs').Server} server */
async function counted(server) {
  const { text } = await request(server, 'GET', '/metrics');
  const value = (/** @type {string} */ name) => Number(text.match(new RegExp(`^${name} (\\d+)$`, 'm'))?.[1]);
  return {
    connections: value('weir_connections') - 1,
    spokeHttp2: value('weir_http2_connections_total'),
    subscribers: value('weir_subscribers'),
  };
}

browserTest('TwentyTabsFollowOverOneConnectionAndAllComeBackAfterAKill', async (scope) => {
  const server = await secure(scope);
  const browser = await openBrowser(scope, { ignoreHTTPSErrors: true });
  const pages = [];
  for (let i = 0; i < tabs; ++i) {
    const page = await blankPage(browser, server.url);
    await listen(page, `/v1/subscribe?topic=all&topic=tab/${i}`);
    pages.push(page);
  }
  assert.deepEqual(await counted(server), { connections: 1, spokeHttp2: 1, subscribers: tabs });

  const published = [(await publish(server, 'all', 'live')).cursor];
  const byPage = await pages[tabs - 1].evaluate(async () => {
    const answer = await fetch('/v1/topics/all', { method: 'POST', body: 'by a tab, with every stream open' });
    // Its timing is there when all of it has been read.
    const published = await answer.json();
    /** @type {PerformanceResourceTiming} */
    const timing = await new Promise((resolve) => {
      new PerformanceObserver((list) => list.getEntriesByName(answer.url).forEach(resolve)).observe({ type: 'resource', buffered: true });
    });
    return { ...published, protocol: timing.nextHopProtocol };
  });
  assert.equal(byPage.protocol, 'h2');
  published.push(byPage.cursor);
  for (const page of pages) await reaches(page, byPage.cursor);
  assert.deepEqual(await counted(server), { connections: 1, spokeHttp2: 1, subscribers: tabs });

  await server.killAndRestart();
  const missed = await publishMany(server, Array.from({ length: 50 }, (_, i) => ({ topic: 'all', data: `${i}` })));
  published.push(...missed.map((each) => each.cursor));
  const own = await publishMany(server, pages.map((_, i) => ({ topic: `tab/${i}`, data: 'own' })));
  for (const [i, page] of pages.entries()) {
    await reaches(page, own[i].cursor);
    const { events, opened, state } = await seen(page);
    assert.deepEqual(events.filter((each) => each.type === 'message').map((each) => each.id), [...published, own[i].cursor], `tab ${i}: every event once, in order`);
    assert(!events.some((each) => each.type === 'gap'));
    assert.deepEqual([opened, state], [2, 1], `tab ${i} is open again`);
  }
  assert.deepEqual(await counted(server), { connections: 1, spokeHttp2: 1, subscribers: tabs });
}, { timeout: 180 });
