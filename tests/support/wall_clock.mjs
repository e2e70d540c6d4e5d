// @ts-check
// A server's wall clock, which the test sets; how that is done is in tests/wall_clock.

import { closeSync, openSync, writeSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { binary } from './server.mjs';

const library = path.join(path.dirname(binary), 'tests/wall_clock/libweir_wall_clock.so');

export class WallClock {
  #ahead = 0;
  #file;

  /** @param {import('./test.mjs').Scope} scope */
  constructor(scope) {
    const file = path.join(scope.tempDir(), 'ahead');
    writeFileSync(file, Buffer.alloc(8));
    this.#file = openSync(file, 'r+');
    scope.defer(() => closeSync(this.#file));
    /** For the server's environment. A sanitizer wants to be the first library, and need not be. */
    this.env = { LD_PRELOAD: library, WALL_CLOCK_FILE: file, ASAN_OPTIONS: `${process.env.ASAN_OPTIONS ?? ''}:verify_asan_link_order=0` };
  }

  /** What the server's clock says. */
  now() {
    return Date.now() + this.#ahead;
  }

  /** Moves it forward to this time. @param {number} time */
  set(time) {
    this.#ahead = time - Date.now();
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(this.#ahead));
    writeSync(this.#file, bytes, 0, 8, 0);
  }
}
