// One EventSource, and an honest word about its state. Resuming after a break is the browser's own: it sends
// the last id back. Only where a browser gives up for good is a new source made, which goes on at that id.

const FIRST_DELAY = 1_000;
const LONGEST_DELAY = 30_000;
// The server sends a heartbeat after so many seconds of silence; two missed ones mean a dead connection.
const HEARTBEAT_SECONDS = 10;
const SILENCE_LIMIT = 25_000;

const CONTROL_TYPES = ['system', 'recovery', 'gap', 'drain', 'heartbeat'];

export class Stream {
  /**
   * @param {object} options
   * @param {string[]} options.match topic patterns
   * @param {number} options.last how many of the newest events to begin with
   * @param {string[]} options.types event types besides the unnamed one
   * @param {(state: 'live'|'reconnecting'|'offline') => void} options.onState
   * @param {(event: {id: string, type: string, data: string}) => void} options.onEvent
   * @param {(type: string, data: object) => void} options.onControl
   */
  constructor(options) {
    this.options = options;
    this.lastId = '';
    this.source = null;
    this.delay = FIRST_DELAY;
    this.retryTimer = 0;
    this.heardAt = 0;
    setInterval(() => this.#watch(), 5_000);
    addEventListener('online', () => this.#retryNow());
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden) this.#retryNow();
    });
  }

  /** Open, or about to be: false only after `close`. */
  get wanted() {
    return this.source !== null || this.retryTimer !== 0;
  }

  open() {
    this.#drop();
    const source = new EventSource(this.#url());
    this.source = source;
    this.heardAt = Date.now();
    source.onerror = () => this.#onError(source);
    for (const type of ['message', ...this.options.types]) {
      source.addEventListener(type, (event) => this.#onEvent(event));
    }
    for (const type of CONTROL_TYPES) {
      source.addEventListener(type, (event) => this.#onControl(event));
    }
    this.options.onState('reconnecting');
  }

  close() {
    this.#drop();
    this.options.onState('offline');
  }

  #drop() {
    clearTimeout(this.retryTimer);
    this.retryTimer = 0;
    this.source?.close();
    this.source = null;
  }

  #url() {
    const query = new URLSearchParams();
    for (const pattern of this.options.match) query.append('match', pattern);
    query.set('heartbeat', HEARTBEAT_SECONDS);
    if (this.lastId) {
      query.set('after', this.lastId);
    } else {
      query.set('last', this.options.last);
    }
    // Slashes and stars stay readable for whoever looks at the network tab.
    return `v1/subscribe?${query}`.replaceAll('%2F', '/');
  }

  #onEvent(event) {
    this.heardAt = Date.now();
    // An ephemeral event has no id of its own; the browser then shows the one before.
    this.lastId = event.lastEventId || this.lastId;
    this.options.onEvent({id: event.lastEventId, type: event.type, data: event.data});
  }

  #onControl(event) {
    this.heardAt = Date.now();
    const data = parseObject(event.data);
    if (event.type === 'system') {
      // The answer's head alone says little: a proxy can send it. The welcome comes from the server.
      this.delay = FIRST_DELAY;
      this.options.onState('live');
    }
    this.options.onControl(event.type, data);
  }

  #onError(source) {
    if (source !== this.source) return;
    if (source.readyState === EventSource.CONNECTING) {
      this.heardAt = Date.now();
      this.options.onState('reconnecting');
      return;
    }
    this.#drop();
    this.retryTimer = setTimeout(() => this.open(), this.delay * (0.8 + 0.4 * Math.random()));
    this.delay = Math.min(2 * this.delay, LONGEST_DELAY);
    this.options.onState('offline');
  }

  #retryNow() {
    if (this.retryTimer !== 0) this.open();
  }

  #watch() {
    const open = this.source?.readyState === EventSource.OPEN;
    if (open && Date.now() - this.heardAt > SILENCE_LIMIT) this.open();
  }
}

/** JSON text as an object; an empty one where it is none. */
export function parseObject(text) {
  try {
    const value = JSON.parse(text);
    return value !== null && typeof value === 'object' ? value : {};
  } catch {
    return {};
  }
}
