// @ts-check
// What operators do with the console.
import assert from 'node:assert/strict';

import { publish, publishMany } from '../support/client.mjs';
import { consoleTest, openConsole, serverWithEvents } from '../support/console.mjs';

consoleTest('ATopicsStreamFollowsPausesSearchesAndTravels', async (scope) => {
  const server = await serverWithEvents(scope);
  const first = await publishMany(server, Array.from({ length: 500 }, (_, i) => ({ topic: 'long', data: { i } })));
  const { page, errors, at, state } = await openConsole(scope, server, '/topics/long');
  const row = (/** @type {string} */ text) => page.getByRole('option').filter({ hasText: text });
  await state('live', 'stream-state');
  await row('{"i":499}').waitFor();

  await at('follow').click();
  await publish(server, 'long', '{"i":500}');
  await page.getByRole('button', { name: '1 newer event' }).waitFor();
  assert.equal(await row('{"i":500}').count(), 0, 'it stands still');
  await at('newer').click();
  await row('{"i":500}').waitFor();

  await at('publish-data').fill('{"from":"the form"}');
  await at('publish-data').press('Control+Enter');
  await at('publish-answer').filter({ hasText: 'Acknowledged' }).waitFor();
  await row('the form').click();
  await at('event-details').filter({ hasText: 'from' }).waitFor();

  await at('filter').fill('data.i >');
  await at('filter').press('Enter');
  await at('filter-error').filter({ hasText: 'character' }).waitFor();
  await at('filter').fill('data.i >= 498');
  await at('filter').press('Enter');
  await row('{"i":498}').waitFor();
  await row('{"i":497}').waitFor({ state: 'detached' });
  await at('filter').fill('');
  await at('filter').press('Enter');

  await at('history').click();
  await row('{"i":0}').waitFor();
  await at('travel-cursor').fill(first[99].cursor);
  await at('travel-cursor').press('Enter');
  await row('{"i":100}').waitFor();
  assert.equal(await row('{"i":99}').count(), 0);
  await at('more').click();
  await page.locator('[data-testid=events-count]').filter({ hasText: '400 kept' }).waitFor();
  await page.getByRole('button', { name: 'Follow live from here' }).click();
  await state('live', 'stream-state');
  await publish(server, 'long', '{"i":"live again"}');
  await row('live again').waitFor();
  // The filter that was refused is an error to the browser.
  assert.deepEqual(errors.filter((each) => !/status of 400/.test(each)), []);
});

consoleTest('AnEmptyTopicsCommandLightsThePageUp', async (scope) => {
  const server = await scope.server();
  const { page, state } = await openConsole(scope, server, '/topics/never/used');
  await state('live', 'stream-state');
  const command = await page.getByTestId('empty').locator('pre').innerText();
  const [, url] = command.match(/^curl -d hello '([^']+)'$/) ?? [];
  assert(url, command);
  assert.equal((await fetch(url, { method: 'POST', body: 'hello' })).status, 200);
  await page.getByRole('option').filter({ hasText: 'hello' }).waitFor();
});

consoleTest('AClientIsDisconnectedFromTheListOfConnections', async (scope) => {
  const server = await serverWithEvents(scope);
  const stream = await scope.subscribe(server, '/v1/topics/somebody');
  const { page, errors } = await openConsole(scope, server, '/connections');
  const row = page.getByRole('row').filter({ hasText: 'somebody' });
  await row.getByRole('button', { name: /Disconnect/ }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Disconnect' }).click();
  await stream.end();
  await row.waitFor({ state: 'detached' });
  assert.deepEqual(errors, []);
});

consoleTest('WhyAnEventDidNotComeIsExplained', async (scope) => {
  const server = await serverWithEvents(scope);
  const { cursor } = await publish(server, 'orders/17', '{"total":5}');
  const { page, errors, at } = await openConsole(scope, server, `/explain?cursor=${cursor}`);
  await at('explain-topics').fill('orders/17');
  await at('explain-filter').fill('data.total > 10');
  await at('explain').click();
  await page.locator('[data-testid=verdict][data-verdict=filtered]').waitFor();
  await at('explain-filter').fill('data.total > 1');
  await at('explain').click();
  await page.locator('[data-testid=verdict][data-verdict=would-be-delivered]').waitFor();
  assert.deepEqual(errors, []);
});
