// @ts-check
// Behind a real Caddy: deploy/caddy/Caddyfile.
import { writeFileSync } from 'node:fs';
import path from 'node:path';

import { certificate, changed, deployFile, freePort, serveWith } from '../support/proxy.mjs';
import { proxyTests } from '../support/proxied.mjs';

// Caddy has no limit on how long an answer may be silent, so there is none to shorten.
proxyTests('CaddyAsDeployed', async (scope, { port }) => {
  const directory = scope.tempDir();
  const { key, chain } = certificate(directory);
  const [plain, tls] = [await freePort(), await freePort()];
  const file = path.join(directory, 'Caddyfile');
  // The site once with TLS and a certificate that is there, once without.
  const site = changed(deployFile('caddy/Caddyfile'), [['reverse_proxy 127.0.0.1:3000', `reverse_proxy 127.0.0.1:${port}`]]);
  const global = '{\n\tadmin off\n\tauto_https off\n}\n';
  const secure = changed(site, [['events.example {', `https://127.0.0.1:${tls} {\n\ttls ${chain} ${key}`]]);
  const bare = changed(site, [['events.example {', `http://:${plain} {`]]);
  writeFileSync(file, global + secure + bare);
  await serveWith(scope, 'caddy', ['run', '--adapter', 'caddyfile', '--config', file], {
    ports: [plain, tls],
    env: { HOME: directory, XDG_DATA_HOME: directory, XDG_CONFIG_HOME: directory },
  });
  return { plain: { host: '127.0.0.1', port: plain }, tls };
});
