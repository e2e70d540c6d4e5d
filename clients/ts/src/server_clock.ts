// The server's time, whatever the clock of this machine says.

import { objectOf } from './text.js';
import type { StreamEvent } from './types.js';

/** Takes the times that the server tells about itself. Between them it goes on by time that passes, not by the calendar, which may be set. */
export class ServerClock {
  #told: number | undefined;
  #at = 0;

  /** Takes the time from the events that have it: `system` and `heartbeat`. */
  hear({ type, data, control }: StreamEvent): void {
    if (!control || (type !== 'system' && type !== 'heartbeat')) return;
    const { timestamp, server_time } = objectOf(data);
    const told = typeof server_time === 'number' ? server_time : Date.parse(String(timestamp));
    if (Number.isNaN(told)) return;
    this.#told = told;
    this.#at = performance.now();
  }

  /** Milliseconds since 1970; this machine's own while the server has told none. */
  now(): number {
    return this.#told === undefined ? Date.now() : this.#told + performance.now() - this.#at;
  }
}
