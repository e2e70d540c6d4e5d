// @ts-check
// Other people's proxies in front of the binary, with the configurations of deploy/ as they are but for addresses.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';

import { eventually, seconds, within } from './deadline.mjs';
import { repository } from './server.mjs';

/** @param {string} name below deploy/ */
export function deployFile(name) {
  return readFileSync(path.join(repository, 'deploy', name), 'utf8');
}

/**
 * The text with each part replaced; a part that is not there (once) would make the test prove another file.
 * @param {string} text
 * @param {[string, string][]} changes
 */
export function changed(text, changes) {
  for (const [from, to] of changes) {
    assert.equal(text.split(from).length, 2, `${JSON.stringify(from)} stands once in the file`);
    text = text.replace(from, () => to);
  }
  return text;
}

/** A port that was free a moment ago: proxies cannot be told to take any. */
export async function freePort() {
  const server = net.createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {net.AddressInfo} */ (server.address());
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A key and a certificate of its own for 127.0.0.1. @param {string} directory */
export function certificate(directory) {
  const key = path.join(directory, 'key.pem');
  const chain = path.join(directory, 'chain.pem');
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1', '-keyout', key, '-out', chain], { stdio: 'pipe' });
  return { key, chain };
}

/** Where Debian puts programs that not every user's PATH has. @param {string} name */
export function program(name) {
  const found = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin'].map((folder) => path.join(folder, name)).find(existsSync);
  assert(found, `${name} is installed (scripts/install-packages test)`);
  return found;
}

/**
 * Starts a program that serves until it is killed, and waits until each port takes connections.
 * @param {import('./test.mjs').Scope} scope
 * @param {string} name
 * @param {string[]} args
 * @param {{ports: number[], env?: Record<string, string>, cwd?: string}} options
 */
export async function serveWith(scope, name, args, { ports, env = {}, cwd }) {
  const child = spawn(program(name), args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const pipe of [child.stdout, child.stderr]) pipe.on('data', (bytes) => (said += bytes));
  const ended = new Promise((resolve) => child.on('close', resolve));
  scope.defer(async () => {
    child.kill('SIGTERM');
    // One that waits for its connections to end is not waited for.
    await within(ended, `${name} ends`, seconds(2)).catch(() => child.kill('SIGKILL'));
    await ended;
  });
  for (const port of ports) {
    await eventually(async () => {
      assert.equal(child.exitCode, null, `${name} runs; it said:\n${said}`);
      return connects(port);
    }, `${name} listens on ${port}; it said:\n${said}`);
  }
  return { said: () => said };
}

/** @param {number} port */
function connects(port) {
  return new Promise((resolve) => {
    const socket = net.connect({ host: '127.0.0.1', port }, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
