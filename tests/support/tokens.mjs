// @ts-check
// Tokens and key sets, made by Node's own crypto: another implementation than the server's.

import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';

import { httpServer } from './http_server.mjs';

/** @typedef {'HS256' | 'HS384' | 'HS512' | 'RS256' | 'PS256' | 'ES256' | 'EdDSA'} Algorithm */
/** @typedef {{algorithm: Algorithm, kid?: string, secret?: Buffer, publicKey?: crypto.KeyObject, privateKey?: crypto.KeyObject}} Key */

/** @param {string | Buffer} bytes */
export const base64url = (bytes) => Buffer.from(bytes).toString('base64url');

/** @param {Algorithm} algorithm @param {string} [kid] @returns {Key} */
export function makeKey(algorithm, kid) {
  switch (algorithm) {
    case 'HS256':
    case 'HS384':
    case 'HS512':
      // Text, because the file that holds it is text.
      return { algorithm, kid, secret: Buffer.from(crypto.randomBytes(48).toString('base64')) };
    case 'RS256':
    case 'PS256':
      return { algorithm, kid, ...crypto.generateKeyPairSync('rsa', { modulusLength: 2048 }) };
    case 'ES256':
      return { algorithm, kid, ...crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' }) };
    case 'EdDSA':
      return { algorithm, kid, ...crypto.generateKeyPairSync('ed25519') };
  }
}

/** @param {Key} key @param {string} text */
function signatureOf({ algorithm, secret, privateKey }, text) {
  if (secret) return crypto.createHmac(`sha${algorithm.slice(2)}`, secret).update(text).digest();
  assert(privateKey);
  const bytes = Buffer.from(text);
  if (algorithm === 'EdDSA') return crypto.sign(null, bytes, privateKey);
  if (algorithm === 'ES256') return crypto.sign('sha256', bytes, { key: privateKey, dsaEncoding: 'ieee-p1363' });
  if (algorithm === 'PS256') {
    return crypto.sign('sha256', bytes, { key: privateKey, padding: crypto.constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 });
  }
  return crypto.sign('sha256', bytes, privateKey);
}

/** Seconds since 1970, `seconds` from now. */
export const inSeconds = (/** @type {number} */ seconds) => Math.floor(Date.now() / 1000) + seconds;

/**
 * A token. `exp` is in an hour unless the claims say otherwise; `exp: undefined` leaves it out.
 * @param {Key} key
 * @param {Record<string, unknown>} [claims]
 * @param {Record<string, unknown>} [header]
 */
export function sign(key, claims = {}, header = {}) {
  const fields = { alg: key.algorithm, typ: 'JWT', ...(key.kid === undefined ? {} : { kid: key.kid }), ...header };
  const text = `${base64url(JSON.stringify(fields))}.${base64url(JSON.stringify({ exp: inSeconds(3600), ...claims }))}`;
  return `${text}.${base64url(signatureOf(key, text))}`;
}

/** @param {string} token */
export const bearer = (token) => ({ Authorization: `Bearer ${token}` });

/** The key's file, as `--jwt-key` names it. @param {Key} key @param {string} folder */
export function keyFlag(key, folder) {
  const file = path.join(folder, `key-${crypto.randomUUID()}`);
  writeFileSync(file, key.secret ?? /** @type {crypto.KeyObject} */ (key.publicKey).export({ type: 'spki', format: 'pem' }));
  return `${key.algorithm}${key.kid === undefined ? '' : `:${key.kid}`}=${file}`;
}

/** @param {Key} key */
export function jwkOf({ algorithm, kid, publicKey, secret }) {
  const jwk = secret ? { kty: 'oct', k: base64url(secret) } : /** @type {crypto.KeyObject} */ (publicKey).export({ format: 'jwk' });
  return { ...jwk, alg: algorithm, use: 'sig', ...(kid === undefined ? {} : { kid }) };
}

/**
 * Serves a key set that can be changed, and counts who asks.
 * @param {import('./test.mjs').Scope} scope
 * @param {Key[]} keys
 */
export async function jwksServer(scope, keys) {
  const state = { keys, requests: 0, status: 200, url: '' };
  const { url } = await httpServer(scope, (_, response) => {
    ++state.requests;
    response.statusCode = state.status;
    response.setHeader('Content-Type', 'application/jwk-set+json');
    response.end(JSON.stringify({ keys: state.keys.map(jwkOf) }));
  });
  state.url = `${url}/jwks.json`;
  return state;
}

/**
 * A server that asks for tokens, with no leeway for clocks, and who makes them.
 * @param {import('./test.mjs').Scope} scope
 * @param {string[]} [args]
 */
export async function locked(scope, args = []) {
  const key = makeKey('HS256');
  const server = await scope.server({ args: ['--jwt-key', keyFlag(key, scope.tempDir()), '--jwt-leeway', '0', ...args] });
  const token = (/** @type {Record<string, unknown>} */ weir, /** @type {Record<string, unknown>} */ more = {}) => sign(key, { weir, ...more });
  const admin = bearer(token({ admin: true, publish: ['**'], subscribe: ['**'] }, { sub: 'admin' }));
  return { server, token, admin };
}
