// @ts-check
// The same ticker in React.
import { useState } from 'react';
import { useSSE } from 'weir-client/react';

import { changeText, url, withUpdate } from './prices.js';

export function StockTicker() {
  const [prices, setPrices] = useState(/** @type {import('./prices.js').Prices} */ (new Map()));
  const { state } = useSSE(url, {
    events: ['price_update'],
    onEvent: (/** @type {import('./prices.js').Update} */ update) => setPrices((before) => withUpdate(before, update)),
  });
  return (
    <table className="table ticker" data-state={state}>
      <caption>Simulated prices, drawn by React</caption>
      <thead>
        <tr>
          <th scope="col">Symbol</th>
          <th scope="col">Price</th>
          <th scope="col">Today</th>
        </tr>
      </thead>
      <tbody>
        {[...prices.values()].map(({ symbol, price, change }) => (
          <tr key={symbol}>
            <th scope="row">{symbol}</th>
            <td>{price.toFixed(2)}</td>
            <td className={change < 0 ? 'ticker__down' : 'ticker__up'}>{changeText(change)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
