// @ts-check
// Simulated prices: a random walk for each symbol. The key makes an update replace the one before for who is slow.

export const every = 200;

const opening = { ACME: 120, GLOBEX: 64.5, HOOLI: 310, INITECH: 18.25, UMBRELLA: 77 };

export async function* events() {
  const prices = new Map(Object.entries(opening));
  const symbols = [...prices.keys()];
  for (;;) {
    const symbol = /** @type {keyof typeof opening} */ (symbols[Math.floor(Math.random() * symbols.length)]);
    const price = (prices.get(symbol) ?? 0) * (1 + (Math.random() - 0.5) / 100);
    prices.set(symbol, price);
    const data = { symbol, price: Number(price.toFixed(2)), change: 100 * (price / opening[symbol] - 1) };
    yield [{ topic: 'examples/stocks', event: 'price_update', key: symbol, data }];
  }
}
