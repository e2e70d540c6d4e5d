// @ts-check
// What a ticker knows, whatever draws it.

/** @typedef {{ symbol: string, price: number, change: number }} Update `change`: percent since the opening */
/** @typedef {ReadonlyMap<string, Update>} Prices */

// It begins with the newest price of each symbol, and a slow page is spared those that have been overtaken.
export const url = '/v1/topics/examples/stocks?after=earliest&conflate=key&max_rate=4';

/** @param {Prices} prices @param {Update} update @returns {Prices} in the order of the symbols */
export function withUpdate(prices, update) {
  if (prices.has(update.symbol)) return new Map(prices).set(update.symbol, update);
  return new Map([...prices, /** @type {const} */ ([update.symbol, update])].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Up or down by sign and arrow, not by colour alone. @param {number} change */
export function changeText(change) {
  const size = Math.abs(change).toFixed(2);
  if (Number(size) === 0) return '0.00 %';
  return change > 0 ? `▲ +${size} %` : `▼ −${size} %`;
}
