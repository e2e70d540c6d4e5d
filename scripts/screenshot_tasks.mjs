// Tasks for the pictures: some under way, one that lags, some that have ended.

const goods = ['Chair Omega', 'Lamp Halo', 'Rug Soren', 'Pot Lilla', 'Vase Iris', 'Desk Nova', 'Kettle Aino'];
const stages = ['parse', 'describe', 'characteristics', 'price', 'publish'];

/** Makes them for this user. */
export async function prepareTasks(url, owner) {
  const send = async (method, path, json) => {
    const answer = await fetch(`${url}/api/task-feed${path}`, { method, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(json) });
    if (!answer.ok) throw new Error(`${method} ${path}: ${await answer.text()}`);
  };
  const progress = (id, percent) => send('PATCH', `/${id}/progress`, { progress: percent, currentStage: stages[Math.floor(percent / 20)] });
  for (const [i, productName] of goods.entries()) await send('POST', '', { id: `good-${i}`, owner, productName, data: { row: i + 1 } });
  for (const [i, end] of [[0, 100], [1, 64], [2, 46], [3, 88], [5, 23]]) {
    for (let percent = 0; percent < end; percent += 20) await progress(`good-${i}`, percent);
    await send('PATCH', `/good-${i}/progress`, { progress: end - 1, product: { generatedName: `${goods[i]}, made to be used every day` } });
  }
  await send('POST', '/good-0/complete', { characteristics: [{ name: 'Material', value: 'Oak' }, { name: 'Colour', value: 'Black' }, { name: 'Weight', value: '6.2 kg' }], result: { url: '/products/chair-omega' } });
  await send('POST', '/good-2/fail', { errorMessage: 'row 3 has no size' });
  await send('POST', '/good-4/cancel', {});
}
