// @ts-check
// Who may look: the console asks, lets in, and lets nobody in any more.
import assert from 'node:assert/strict';
import path from 'node:path';

import { Certificates } from '../support/certificates.mjs';
import { publish } from '../support/client.mjs';
import { consoleTest, openConsole } from '../support/console.mjs';
import { addOperator, password } from '../support/operators.mjs';
import { run } from '../support/server.mjs';
import { keyFlag, makeKey, sign } from '../support/tokens.mjs';

/** @param {import('../support/test.mjs').Scope} scope @param {string[]} [args] */
async function staffed(scope, args = []) {
  const operators = path.join(scope.tempDir(), 'operators');
  await addOperator(operators, 'ada');
  const server = await scope.server({ args: ['--operators', operators, '--retry', '200ms', '--demo', ...args] });
  return { server, operators };
}

/** A refused request is an error to the browser's console, and here what the page is about. @param {string[]} errors */
const others = (errors) => errors.filter((each) => !/status of 40[13]/.test(each));

/** @param {import('playwright-core').Page} page @param {string} word */
async function signIn(page, word) {
  await page.getByLabel('Name').fill('ada');
  await page.locator('input[type=password]').fill(word);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

consoleTest('AnOperatorSignsInWhereTheyWantedToGoAndStaysSignedInOverARestart', async (scope) => {
  const { server } = await staffed(scope);
  const { page, errors, at, state } = await openConsole(scope, server, '/settings');
  await page.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor();
  await signIn(page, 'wrong wrong wrong');
  await at('login-failed').waitFor();
  await signIn(page, password);
  await page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor();
  await state('live');
  const cookies = await page.context().cookies();
  assert.deepEqual(cookies.map(({ name, httpOnly, sameSite }) => ({ name, httpOnly, sameSite })), [{ name: 'weir_session', httpOnly: true, sameSite: 'Strict' }]);

  await server.kill();
  await state('offline');
  await server.start();
  await state('live');
  await page.goto(`${server.url}/`);
  await page.getByRole('option').first().waitFor();
  assert.deepEqual(others(errors), []);

  await page.getByRole('button', { name: 'ada' }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor();
  assert.deepEqual(await page.context().cookies(), []);
});

consoleTest('WhenTheOperatorIsRemovedThePageAsksAgain', async (scope) => {
  const { server, operators } = await staffed(scope);
  const { page, state } = await openConsole(scope, server, '/topics');
  await signIn(page, password);
  await state('live');
  assert.equal((await run(['operator', 'remove', 'ada', '--file', operators])).code, 0);
  server.signal('SIGHUP');
  await page.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor();
});

consoleTest('AnAdminsTokenSignsInAndAnotherIsRefused', async (scope) => {
  const key = makeKey('HS256');
  const server = await scope.server({ args: ['--jwt-key', keyFlag(key, scope.tempDir())] });
  const { page, at, state } = await openConsole(scope, server, '/login');
  const input = page.locator('input[type=password]');
  await input.fill(sign(key, { sub: 'bob', weir: { subscribe: ['**'] } }));
  await page.getByRole('button', { name: 'Sign in' }).click();
  await at('login-failed').waitFor();
  await input.fill(sign(key, { sub: 'root', weir: { subscribe: ['**'], publish: ['**'], admin: true } }));
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  await state('live');
});

consoleTest('ATokenIsTriedAndTheDecisionSaysWhichGrantMadeIt', async (scope) => {
  const key = makeKey('HS256');
  const server = await scope.server({ args: ['--jwt-key', keyFlag(key, scope.tempDir())] });
  const { page, errors, at } = await openConsole(scope, server, '/access');
  await page.locator('input[type=password]').fill(sign(key, { sub: 'root', weir: { admin: true } }));
  await page.getByRole('button', { name: 'Sign in' }).click();
  await at('access-token').fill(sign(key, { sub: 'bob', weir: { subscribe: ['users/bob/**'], publish: ['orders/**'] } }));
  await at('access-publish').fill('orders/17\nnews');
  await at('access-subscribe').fill('users/bob/inbox');
  await at('access-try').click();
  await at('access-verdict').filter({ hasText: 'A valid token.' }).waitFor();
  const rows = (await at('decisions').locator('tbody tr').allInnerTexts()).map((each) => each.replaceAll(/\s+/g, ' ').trim());
  assert.equal(rows.length, 3);
  assert.match(rows[0], /publish orders\/17 allowed granted by 'orders\/\*\*'/);
  assert.match(rows[1], /publish news refused/);
  assert.match(rows[2], /subscribe users\/bob\/inbox allowed/);
  await at('access-token').fill('no.token.atall');
  await at('access-try').click();
  await at('access-verdict').filter({ hasText: 'Not valid here.' }).waitFor();
  assert.deepEqual(others(errors), []);
});

consoleTest('OverHttp2TheConsoleFollowsEventStreams', async (scope) => {
  const certificates = new Certificates(scope.tempDir());
  const { certificate, key } = certificates.issue('weir');
  const server = await scope.server({ listenOptions: '?tls', tls: certificates.client(), args: ['--tls-certificate', certificate, '--tls-key', key, '--retry', '200ms'] });
  const { page, errors, at, state } = await openConsole(scope, server, '/topics/secure', { browser: { ignoreHTTPSErrors: true } });
  await state('live', 'stream-state');
  const { cursor } = await publish(server, 'secure', '{"over":"h2"}', { headers: { 'Weir-Event': 'paid', 'Weir-Key': 'k1' } });
  const row = page.getByRole('option').filter({ hasText: 'h2' });
  await row.filter({ hasText: 'paid' }).click();
  const details = await at('event-details').innerText();
  for (const known of [cursor, 'secure', 'k1']) assert(details.includes(known), `${known} in ${details}`);
  const streams = await page.evaluate(() => performance.getEntriesByType('resource').filter(({ name }) => name.includes('/v1/subscribe')).map((each) => /** @type {PerformanceResourceTiming} */ (each).nextHopProtocol));
  await server.kill();
  await state('offline', 'stream-state');
  await server.start();
  await publish(server, 'secure', 'again');
  await page.getByRole('button', { name: /newer event/ }).click();
  await page.getByRole('option').filter({ hasText: 'again' }).waitFor();
  assert(streams.every((each) => each === 'h2' || each === ''), `${streams}`);
  assert.deepEqual(errors, []);
});

consoleTest('TenTabsOverHttp11AllFollowAndStillReachTheServer', async (scope) => {
  const server = await scope.server();
  const { browser } = await openConsole(scope, server, '/topics/shared');
  const tabs = [];
  for (let i = 0; i < 10; ++i) {
    const tab = await browser.newPage();
    await tab.goto(`${server.url}/topics/shared`);
    await tab.locator('[data-testid=stream-state][data-state=live]').waitFor();
    tabs.push(tab);
  }
  const last = tabs[tabs.length - 1];
  await last.getByTestId('publish-data').fill('from the tenth');
  await last.getByTestId('publish-send').click();
  for (const tab of tabs) await tab.getByRole('option').filter({ hasText: 'from the tenth' }).waitFor();
});
