// @ts-check
// Behind a real nginx: deploy/nginx/weir.conf, and the configurations that people have anyway.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { publish, request } from '../support/client.mjs';
import { certificate, changed, deployFile, freePort, serveWith } from '../support/proxy.mjs';
import { proxyTests } from '../support/proxied.mjs';
import { repository } from '../support/server.mjs';
import { SseStream } from '../support/sse.mjs';
import { test } from '../support/test.mjs';

/**
 * nginx as an ordinary user, with everything it writes in a folder of its own.
 * @param {import('../support/test.mjs').Scope} scope
 * @param {string} directory
 * @param {string} site what stands in http { }
 * @param {number[]} ports
 */
async function startNginx(scope, directory, site, ports) {
  mkdirSync(path.join(directory, 'temp'));
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((each) => `${each}_temp_path ${directory}/temp/${each};`).join(' ');
  const file = path.join(directory, 'nginx.conf');
  // Root's nginx would give its workers to a user who may not write here.
  const user = process.getuid?.() === 0 ? 'user root;' : '';
  writeFileSync(file, `${user} daemon off; worker_processes 2; pid ${directory}/pid; error_log stderr warn;
events { worker_connections 1024; }
http { access_log off; ${temporary}
${site}
}
`);
  await serveWith(scope, 'nginx', ['-c', file, '-p', directory], { ports });
}

/**
 * deploy/nginx/weir.conf with further directives in its `location /`.
 * @param {import('../support/test.mjs').Scope} scope
 * @param {import('../support/proxied.mjs').Upstream} upstream
 * @param {string} [further]
 */
async function startDeployed(scope, { port, streamTimeout = '90s' }, further = '') {
  const directory = scope.tempDir();
  const { key, chain } = certificate(directory);
  const [plain, tls, redirect] = [await freePort(), await freePort(), await freePort()];
  const site = changed(deployFile('nginx/weir.conf'), [
    ['server 127.0.0.1:3000;', `server 127.0.0.1:${port};`],
    ['listen 80;', `listen 127.0.0.1:${redirect};`],
    ['listen 443 ssl http2;', `listen 127.0.0.1:${tls} ssl http2; listen 127.0.0.1:${plain};`],
    ['/etc/letsencrypt/live/events.example/fullchain.pem', chain],
    ['/etc/letsencrypt/live/events.example/privkey.pem', key],
    ['proxy_read_timeout    90s;', `proxy_read_timeout ${streamTimeout};${further}`],
  ]);
  await startNginx(scope, directory, site, [plain, tls]);
  return { plain: { host: '127.0.0.1', port: plain }, tls };
}

proxyTests('NginxAsDeployed', startDeployed);

test('NginxAsksPublishersForASecretAsThePageOnServerlessPlatformsShows', async (scope) => {
  const page = readFileSync(path.join(repository, 'docs/serverless.md'), 'utf8');
  const shown = /```nginx\n(limit_except[^`]*)```/.exec(page);
  assert(shown, 'the page shows it');
  const users = path.join(scope.tempDir(), 'users');
  writeFileSync(users, 'functions:{PLAIN}secret\n', { mode: 0o644 });
  const server = await scope.server();
  const { plain } = await startDeployed(scope, { port: server.port }, changed(shown[1], [['/etc/nginx/weir-publishers', users]]));
  const stream = scope.closing(await SseStream.open(plain, '/v1/topics/news'));
  await stream.welcome();
  assert.equal((await request(plain, 'POST', '/v1/topics/news', { body: 'no secret' })).status, 401);
  assert.equal((await request(plain, 'DELETE', '/v1/topics/news')).status, 401);
  const secret = `Basic ${Buffer.from('functions:secret').toString('base64')}`;
  await publish(plain, 'news', 'with the secret', { headers: { Authorization: secret } });
  assert.equal((await stream.event()).data, 'with the secret');
});

/** The least that anybody writes: HTTP/1.0 to the server, and nginx's own buffering. */
proxyTests('NginxWithNothingButProxyPass', async (scope, { port, streamTimeout = '60s' }) => {
  const plain = await freePort();
  await startNginx(scope, scope.tempDir(), `server { listen 127.0.0.1:${plain}; client_max_body_size 20m; location / { proxy_pass http://127.0.0.1:${port}; proxy_read_timeout ${streamTimeout}; } }`, [plain]);
  return { plain: { host: '127.0.0.1', port: plain } };
}, { keepsAlive: false, upgrades: false, setsClientAddress: false, secure: false });

/** As guides for other event servers have it: no buffering for anything. */
proxyTests('NginxWithoutBuffering', async (scope, { port, streamTimeout = '24h' }) => {
  const plain = await freePort();
  await startNginx(scope, scope.tempDir(), `server { listen 127.0.0.1:${plain}; client_max_body_size 20m; location / {
    proxy_pass http://127.0.0.1:${port}; proxy_http_version 1.1; proxy_set_header Connection '';
    proxy_buffering off; proxy_cache off; proxy_read_timeout ${streamTimeout}; } }`, [plain]);
  return { plain: { host: '127.0.0.1', port: plain } };
}, { keepsAlive: false, upgrades: false, setsClientAddress: false, secure: false });
