// @ts-check
// The client under test, with everything that it says kept and waited on.
import { SSEClient } from '../../dist/index.js';

import { Signal, eventually, seconds } from '../../../../tests/support/deadline.mjs';

/** @typedef {import('../../dist/index.js').SSEClientOptions} SSEClientOptions */
/** @typedef {import('../../dist/index.js').StreamEvent} StreamEvent */

/** What a test does not want to wait for. @type {SSEClientOptions} */
export const quick = { retry: 50, backoffMax: 100 };

export class Follower {
  /** Published events. @type {StreamEvent[]} */
  events = [];
  /** Frames of the server about the connection. @type {StreamEvent[]} */
  control = [];
  /** @type {import('../../dist/index.js').FailureEvent[]} */
  errors = [];
  /** The transport of each opening. @type {string[]} */
  opened = [];
  /** Every state, in order. @type {string[]} */
  states = [];
  #signal = new Signal();

  /**
   * @param {import('../../../../tests/support/test.mjs').Scope} scope ends it
   * @param {string} url
   * @param {SSEClientOptions} [options]
   */
  constructor(scope, url, options = {}) {
    this.client = new SSEClient(url, { ...quick, ...options });
    scope.closing({ close: () => this.client.disconnect() });
    const changed = () => this.#signal.notify();
    this.client
      .on('*', (_, event) => {
        this.events.push(event);
        changed();
      })
      .on('open', ({ transport }) => {
        this.opened.push(transport);
        changed();
      })
      .on('error', (event) => {
        this.errors.push(event);
        changed();
      });
    for (const type of ['system', 'recovery', 'gap', 'heartbeat', 'auth-expiring', 'drain']) {
      this.client.on(type, (_, event) => {
        if (event.control) this.control.push(event);
        changed();
      });
    }
    this.client.watch(() => {
      this.states.push(this.client.state);
      changed();
    });
  }

  connect() {
    this.client.connect();
    return this;
  }

  /** Waits until the connection stands: from here on nothing that is published is missed. @param {string} [transport] */
  async open(transport) {
    await this.until(() => this.client.state === 'OPEN' && (transport === undefined || this.client.transport === transport), `it is open${transport ? ` by ${transport}` : ''}`, seconds(20));
    // The place may come with the next frame.
    await eventually(() => this.client.lastEventId !== '', 'it has a place');
    return this;
  }

  /** @param {() => unknown} ask @param {string} what @param {number} [milliseconds] */
  until(ask, what, milliseconds) {
    const story = () =>
      `${what}; state ${this.client.state} by ${this.client.transport}, opened ${this.opened}, events ${this.events.length}: ${JSON.stringify(this.data).slice(-500)}, errors ${this.errors.map(({ error }) => `${error.code} (${error.message})`).slice(-10)}`;
    return this.#signal.until(ask, story, milliseconds);
  }

  /** Waits for so many events in all. @param {number} count @param {number} [milliseconds] */
  async took(count, milliseconds) {
    await this.until(() => this.events.length >= count, `${count} events`, milliseconds);
    return this.events;
  }

  get data() {
    return this.events.map((each) => each.data);
  }
}
