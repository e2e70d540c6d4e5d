// @ts-check
// Behind a real HAProxy: deploy/haproxy/haproxy.cfg.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { certificate, changed, deployFile, freePort, serveWith } from '../support/proxy.mjs';
import { proxyTests } from '../support/proxied.mjs';

proxyTests('HaproxyAsDeployed', async (scope, { port, streamTimeout = '90s' }) => {
  const directory = scope.tempDir();
  const { key, chain } = certificate(directory);
  const both = path.join(directory, 'both.pem');
  writeFileSync(both, readFileSync(key, 'utf8') + readFileSync(chain, 'utf8'));
  const [plain, tls] = [await freePort(), await freePort()];
  const file = path.join(directory, 'haproxy.cfg');
  writeFileSync(file, changed(deployFile('haproxy/haproxy.cfg'), [
    ['bind :443 ssl crt /etc/haproxy/events.example.pem', `bind 127.0.0.1:${plain}\n    bind 127.0.0.1:${tls} ssl crt ${both}`],
    ['server weir1 127.0.0.1:3000', `server weir1 127.0.0.1:${port}`],
    ['timeout server 90s', `timeout server ${streamTimeout}`],
    ['default-server inter 2s', 'default-server inter 200ms'],
    ['maxconn 100000', 'maxconn 200'],
  ]));
  await serveWith(scope, 'haproxy', ['-f', file, '-db'], { ports: [plain, tls] });
  return { plain: { host: '127.0.0.1', port: plain }, tls };
});
