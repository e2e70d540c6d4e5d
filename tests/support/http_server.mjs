// @ts-check
// An HTTP server of a test's own, which ends with it.

import http from 'node:http';

/** @param {import('./test.mjs').Scope} scope @param {http.RequestListener} answer */
export async function httpServer(scope, answer) {
  const server = http.createServer(answer);
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  scope.defer(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return { server, port, url: `http://127.0.0.1:${port}` };
}
