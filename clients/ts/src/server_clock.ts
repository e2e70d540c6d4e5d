// The server's time, whatever the clock of this machine says.

/** Takes the times that the server tells about itself. Between them it goes on by time that passes, not by the calendar, which may be set. */
export class ServerClock {
  #told: number | undefined;
  #at = 0;

  /** RFC 3339; anything else is passed over. */
  set(text: unknown): void {
    const told = typeof text === 'string' ? Date.parse(text) : NaN;
    if (Number.isNaN(told)) return;
    this.#told = told;
    this.#at = performance.now();
  }

  /** Milliseconds since 1970; this machine's own while the server has told none. */
  now(): number {
    return this.#told === undefined ? Date.now() : this.#told + performance.now() - this.#at;
  }
}
