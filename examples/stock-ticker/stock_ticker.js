// @ts-check
// Prices as they change.
import { SSEClient } from 'weir-client';

import { element } from '../element.js';
import { changeText, url, withUpdate } from './prices.js';

/** @typedef {import('./prices.js').Update} Update */
/** @typedef {import('./prices.js').Prices} Prices */

/** @param {Update} update */
function row({ symbol, price, change }) {
  const changed = element('td', { className: change < 0 ? 'ticker__down' : 'ticker__up' }, changeText(change));
  return element('tr', {}, element('th', { scope: 'row' }, symbol), element('td', {}, price.toFixed(2)), changed);
}

/** @param {HTMLElement} place */
export function stockTicker(place) {
  /** @type {Prices} */
  let prices = new Map();
  const rows = element('tbody');
  const head = ['Symbol', 'Price', 'Today'].map((name) => element('th', { scope: 'col' }, name));
  place.replaceChildren(element('table', { className: 'table ticker' }, element('caption', {}, 'Simulated prices'), element('thead', {}, element('tr', {}, ...head)), rows));

  return new SSEClient(url)
    .on('price_update', (/** @type {Update} */ update) => {
      prices = withUpdate(prices, update);
      rows.replaceChildren(...[...prices.values()].map(row));
    })
    .connect();
}
