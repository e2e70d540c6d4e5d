// @ts-check
// Certificates made by the openssl command for one test.

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export class Certificates {
  /** @param {string} directory */
  constructor(directory) {
    this.directory = directory;
    this.authority = this.#authority('authority');
  }

  /** The authority's certificate, for clients. */
  get ca() {
    return readFileSync(this.authority.certificate);
  }

  /** How a client connects that trusts the authority. @param {import('node:tls').ConnectionOptions} [more] */
  client(more = {}) {
    return { ca: this.ca, servername: 'localhost', ...more };
  }

  /** @param {string} name @param {string[]} args */
  #openssl(name, args) {
    const certificate = path.join(this.directory, `${name}.pem`);
    const key = path.join(this.directory, `${name}.key`);
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', key, '-out', certificate, '-days', '2', '-subj', `/O=Weir test/CN=${name}`, ...args], { stdio: 'pipe' });
    return { certificate, key };
  }

  /** @param {string} name */
  #authority(name) {
    return this.#openssl(name, ['-addext', 'keyUsage=keyCertSign,digitalSignature']);
  }

  /** One that nobody here trusts. @param {string} name */
  stranger(name) {
    return this.#authority(name);
  }

  /** @param {string} name the common name; a file's name, too */
  issue(name) {
    const { certificate, key } = this.authority;
    return this.#openssl(name, ['-CA', certificate, '-CAkey', key, '-addext', 'basicConstraints=critical,CA:FALSE', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']);
  }

  /** @param {string} name @param {string} text */
  file(name, text) {
    const file = path.join(this.directory, name);
    writeFileSync(file, text);
    return file;
  }
}
