// One connection for all tabs of a browser. The tab that holds a Web Lock leads: it has the connection and tells the others what comes.
// (Why it is made this way: docs/decisions/one-connection-per-browser.md.)

import { Backoff } from '../backoff.js';
import { Connection } from '../connection.js';
import { Deadline, sleep } from '../deadline.js';
import type { Feed, FeedListener, FeedStatus } from '../feed.js';
import { isVisible, watchPage } from '../page.js';
import { Requester, absolute, beginsNow } from '../request.js';
import type { ServerClock } from '../server_clock.js';
import { type Settings, settingsOf } from '../settings.js';
import { poll } from '../transports/poll.js';
import type { Ending } from '../transports/transport.js';
import type { SSEClientOptions, StreamEvent } from '../types.js';
import { type TabMessage, packed, unpacked } from './message.js';
import { isAfter } from './position.js';

/** Whether tabs can share here: not in Node, and only on secure pages. */
export const canShare = () => globalThis.navigator?.locks !== undefined && globalThis.BroadcastChannel !== undefined;

export class SharedFeed implements Feed {
  clientId: string | undefined;

  readonly #url: string;
  readonly #options: Settings;
  readonly #listener: FeedListener;
  readonly #clock: ServerClock;
  readonly #requester: Requester;
  #name = '';
  #cursor: string;
  #watching: (() => void) | undefined;
  #joined = false;
  #channel: BroadcastChannel | undefined;
  /** While it leads. */
  #connection: Connection | undefined;
  #release = () => {};
  /** Takes back a wish for the lock. */
  #waiting: AbortController | undefined;
  #status: FeedStatus = { state: 'CONNECTING' };
  /** Up to where it has told the others. */
  #told = '';
  /** Where the leader is, and when it has been silent for too long. */
  #leaderAt = '';
  #silence: ReturnType<typeof setTimeout> | undefined;
  #catchingUp: AbortController | undefined;

  constructor(url: string, options: SSEClientOptions, listener: FeedListener, clock: ServerClock) {
    this.#url = url;
    this.#options = settingsOf(options);
    this.#listener = listener;
    this.#clock = clock;
    this.#requester = new Requester(options);
    this.#cursor = options.lastEventId ?? '';
  }

  get cursor(): string {
    return this.#connection?.cursor ?? this.#cursor;
  }

  start(after = this.#cursor): void {
    if (this.#watching) return;
    const { share } = this.#options;
    this.#name = `weir ${String(typeof share === 'function' ? share() : share)} ${absolute(this.#url).href}`;
    this.#cursor = after;
    this.#watching = watchPage((event) => {
      // A page in the back/forward cache or frozen must hold nothing that others wait for.
      if (event === 'suspended') this.#leave();
      else if (this.#joined) this.#pageChanged();
      else if (event === 'resumed') this.#join();
    });
    this.#join();
  }

  stop(): void {
    this.#watching?.();
    this.#watching = undefined;
    this.#leave();
  }

  hurry(): void {
    if (this.#connection) this.#connection.hurry();
    else this.#post({ kind: 'hurry' });
  }

  #join(): void {
    this.#joined = true;
    this.#channel = new BroadcastChannel(this.#name);
    this.#channel.onmessage = ({ data }: MessageEvent<TabMessage>) => this.#hear(data);
    this.#listener.status({ state: 'CONNECTING' });
    this.#post({ kind: 'hello' });
    this.#wantToLead(false);
  }

  #leave(): void {
    this.#joined = false;
    this.#catchingUp?.abort();
    this.#waiting?.abort();
    this.#stopLeading();
    this.#channel?.close();
    this.#channel = undefined;
    clearTimeout(this.#silence);
  }

  #post(message: TabMessage): void {
    this.#channel?.postMessage(message);
  }

  // --- Leading ---

  /** `now`: takes the lock away from whoever holds it. */
  #wantToLead(now: boolean): void {
    this.#waiting?.abort();
    const waiting = (this.#waiting = new AbortController());
    const lead = () =>
      new Promise<void>((release) => {
        if (waiting.signal.aborted) return release();
        this.#release = release;
        this.#lead();
      });
    navigator.locks.request(this.#name, now ? { steal: true } : { signal: waiting.signal }, lead).catch(() => {
      // Taken back, or taken away: then it waits for its turn again.
      if (waiting.signal.aborted) return;
      this.#stopLeading();
      this.#wantToLead(false);
    });
  }

  #lead(): void {
    clearTimeout(this.#silence);
    this.#catchingUp?.abort();
    this.#told = this.#cursor;
    const connection: Connection = new Connection(
      this.#url,
      this.#options,
      {
        event: (event) => {
          this.#post({ kind: 'event', event, ...this.#position() });
          this.#listener.event(event);
        },
        status: (status) => {
          this.#status = status;
          this.clientId = connection.clientId;
          this.#tellStatus();
          // Over for this tab: the next one sees for itself.
          if (status.state === 'CLOSED') this.stop();
          this.#listener.status(status);
        },
      },
      this.#clock,
    );
    this.#connection = connection;
    connection.start(this.#cursor);
    this.#keepTelling();
  }

  #tellStatus(): void {
    this.#post({ kind: 'status', status: packed(this.#status), hidden: !isVisible(), clientId: this.clientId, ...this.#position() });
  }

  /** From what was told last to what is told now. Polls move the place without events. */
  #position(): { from: string; to: string } {
    const from = this.#told;
    this.#told = this.cursor;
    return { from, to: this.#told };
  }

  /** Shows the others that this tab has not come to a standstill. */
  #keepTelling(): void {
    const { heartbeat } = this.#options;
    if (heartbeat === 0) return;
    this.#silence = setTimeout(() => {
      this.#tellStatus();
      this.#keepTelling();
    }, heartbeat * 1000);
  }

  #stopLeading(): void {
    this.#release();
    this.#release = () => {};
    clearTimeout(this.#silence);
    if (!this.#connection) return;
    this.#cursor = this.#connection.cursor;
    this.#connection.stop();
    this.#connection = undefined;
  }

  // --- Following ---

  #hear(message: TabMessage): void {
    if (this.#connection) {
      if (message.kind === 'hello') this.#tellStatus();
      if (message.kind === 'hurry') this.#connection.hurry();
      return;
    }
    if (message.kind === 'hello' || message.kind === 'hurry') return;
    this.#watchLeader();
    this.#leaderAt = message.to;
    if (message.kind === 'status') this.#hearStatus(message);
    const { from, to } = message;
    // The place of a tab that wants what comes from now on is the leader's.
    if (this.#cursor === '' && beginsNow(absolute(this.#url))) this.#cursor = from;
    const event = message.kind === 'event' ? message.event : undefined;
    if (event && event.id === undefined) this.#take(event);
    if (this.#catchingUp) return;
    // A leader that begins nowhere has not told what is before its first place.
    if (isAfter(from === '' && this.#cursor !== '' ? to : from, this.#cursor)) {
      void this.#catchUp();
    } else if (isAfter(to, this.#cursor)) {
      this.#cursor = to;
      if (event?.id !== undefined) this.#take(event);
    }
  }

  #hearStatus({ status, hidden, clientId }: TabMessage & { kind: 'status' }): void {
    this.clientId = clientId;
    const { state, transport } = status;
    // A hidden page does not poll, and its timers hardly run: if that is what the tabs depend on, one that is looked at takes over.
    const works = state === 'OPEN' && (transport === 'sse' || transport === 'websocket');
    if (hidden && !works && isVisible()) this.#wantToLead(true);
    if (state !== 'CLOSED') this.#listener.status(unpacked(status));
  }

  #take(event: StreamEvent): void {
    this.#clock.hear(event);
    this.#listener.event(event);
  }

  #watchLeader(): void {
    const { heartbeat } = this.#options;
    clearTimeout(this.#silence);
    if (heartbeat === 0) return;
    this.#silence = setTimeout(() => {
      if (isVisible()) this.#wantToLead(true);
    }, heartbeat * 1000 * (3 + Math.random()));
  }

  #pageChanged(): void {
    if (this.#connection) this.#tellStatus();
    else if (isVisible()) this.#post({ kind: 'hello' });
  }

  /** Fetches by polls what the leader had told before this tab listened. What it tells meanwhile is in the answers, too. */
  async #catchUp(): Promise<void> {
    const catching = (this.#catchingUp = new AbortController());
    const { signal } = catching;
    const backoff = new Backoff(this.#options.retry, this.#options.backoffMax);
    for (let goal; !signal.aborted && goal !== this.#leaderAt; ) {
      goal = this.#leaderAt;
      const ending = await this.#poll(signal);
      // It was asked when the goal was known, so it is reached.
      if (signal.aborted || ending === undefined) continue;
      if (ending.why === 'ended') break;
      if (ending.why === 'closed' || ending.error.retryable) {
        goal = undefined;
        await sleep(backoff.afterFailure(), signal);
      } else {
        // It cannot be had here. The leader's place is as good as any, but that something is missing is told.
        const gap = { requested: this.#cursor, available_from: this.#leaderAt, reason: 'unknown' };
        this.#cursor = this.#leaderAt;
        this.#listener.event({ type: 'gap', data: JSON.stringify(gap), lastEventId: this.#cursor, control: true });
      }
    }
    if (this.#catchingUp === catching) this.#catchingUp = undefined;
  }

  /** Polls until there is no more; how it ended if that was sooner. */
  async #poll(outer: AbortSignal): Promise<Ending | undefined> {
    const feed = this;
    const once = new Deadline(outer);
    const { signal } = once;
    let whole = false;
    const nothing = () => {};
    const ending = await poll({
      options: this.#options,
      url: this.#url,
      requester: this.#requester,
      signal,
      get cursor() {
        return feed.#cursor;
      },
      set cursor(cursor) {
        feed.#cursor = cursor;
      },
      opened: nothing,
      alive: nothing,
      quiet: nothing,
      retry: nothing,
      event: (event) => {
        if (signal.aborted) return;
        this.#cursor = event.id ?? this.#cursor;
        this.#take(event);
      },
      sleep: () => {
        whole = true;
        once.close();
        return Promise.resolve();
      },
      visible: () => Promise.resolve(),
    });
    once.close();
    return whole ? undefined : ending;
  }
}
