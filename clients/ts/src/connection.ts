// A feed of its own: connects, resumes, waits, and changes transports.

import { Backoff } from './backoff.js';
import { sleep } from './deadline.js';
import { WeirError } from './error.js';
import type { Feed, FeedListener } from './feed.js';
import { Ladder } from './ladder.js';
import { whenVisible } from './page.js';
import { PageWait } from './page_wait.js';
import { Requester, absolute, beginsNow, serverOf } from './request.js';
import { ServerClock } from './server_clock.js';
import { type Settings, settingsOf } from './settings.js';
import { objectOf } from './text.js';
import { eventStream } from './transports/event_stream.js';
import { longPoll, poll } from './transports/poll.js';
import type { Ending, Link, Transport } from './transports/transport.js';
import { webSocket } from './transports/web_socket.js';
import type { SSEClientOptions, StreamEvent, TransportName } from './types.js';

const transports: Readonly<Record<TransportName, Transport>> = { sse: eventStream, websocket: webSocket, longpoll: longPoll, poll };

/** Milliseconds that a connection must have lived to say nothing against its transport. */
const stableAfter = 10_000;
/** setTimeout takes no more than 2^31 milliseconds; nobody waits longer than a day. */
const waitMax = 86_400_000;

/** One run of a transport. */
interface Run {
  readonly controller: AbortController;
  readonly transport: TransportName;
  opened?: boolean;
  /** When it first proved itself. */
  aliveAt?: number;
  events: number;
  /** Found out from outside, and why it was aborted. */
  failure?: WeirError;
}

export class Connection implements Feed {
  cursor: string;
  clientId: string | undefined;

  readonly #url: string;
  readonly #options: Settings;
  readonly #listener: FeedListener;
  readonly #requester: Requester;
  readonly #backoff: Backoff;
  readonly #ladder: Ladder;
  readonly #clock: ServerClock;
  readonly #page = new PageWait({
    back: () => this.#checkSilence(),
    suspended: () => {
      for (const { controller } of [...this.#trials, ...(this.#run ? [this.#run] : [])]) controller.abort();
    },
  });
  #stop: AbortController | undefined;
  #run: Run | undefined;
  readonly #trials = new Set<Run>();
  /** By the calendar, which goes on while the machine sleeps. */
  #heardAt = 0;

  constructor(url: string, options: SSEClientOptions, listener: FeedListener, clock = new ServerClock()) {
    this.#url = url;
    this.#options = settingsOf(options);
    this.#listener = listener;
    this.#requester = new Requester(options);
    this.#backoff = new Backoff(this.#options.retry, this.#options.backoffMax);
    this.#ladder = new Ladder(this.#options.transports);
    this.#clock = clock;
    this.cursor = options.lastEventId ?? '';
  }

  start(after = this.cursor): void {
    if (this.#stop) return;
    absolute(this.#url); // Throws here and not later if it is none.
    this.cursor = after;
    this.#stop = new AbortController();
    this.#requester.forgetToken();
    this.#page.watch();
    void this.#loop(this.#stop.signal);
    void this.#lookUp(this.#stop.signal);
  }

  stop(): void {
    this.#stop?.abort();
    this.#run?.controller.abort();
    this.#stop = this.#run = undefined;
    this.#page.unwatch();
  }

  hurry(): void {
    this.#page.wake();
  }

  async #loop(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      this.#listener.status({ state: 'CONNECTING', transport: this.#ladder.current });
      await this.#page.canConnect(stop);
      if (stop.aborted) return;
      const run: Run = (this.#run = { controller: new AbortController(), transport: this.#ladder.current, events: 0 });
      const ending = await transports[run.transport](this.#link(run));
      run.controller.abort();
      // Put aside with the page, or for a better transport: neither is a failure.
      if (stop.aborted || this.#run !== run || (this.#page.suspended && !run.failure)) continue;
      await this.#after(run, run.failure ? { why: 'failed', error: run.failure } : ending, stop);
    }
  }

  /** Decides what follows an ending, tells it, and waits. */
  async #after(run: Run, ending: Ending, stop: AbortSignal): Promise<void> {
    if (ending.why === 'ended') return this.#close(new WeirError('ended', 'The stream has ended'));
    if (ending.why === 'closed' && run.aliveAt !== undefined) {
      const wait = Math.min(ending.wait ?? this.#backoff.retry, waitMax);
      return this.#wait(new WeirError('closed', 'The server ended the connection', { retryable: true }), 0, wait, stop);
    }
    let error = ending.why === 'closed' ? new WeirError('network', 'The connection ended without a word', { retryable: true }) : ending.error;
    if (ending.why !== 'refused') {
      if (run.aliveAt !== undefined && performance.now() - run.aliveAt >= stableAfter) this.#ladder.worked();
      // Nothing at all came, or the server answered and its events were held back.
      const slow = (error.code === 'timeout' && run.aliveAt === undefined) || error.code === 'held-back';
      // Or something answered that was not the server.
      if (this.#ladder.suspects(slow || error.status !== undefined || error.code === 'not-a-stream')) {
        const reached = await this.#try('poll', stop);
        if (stop.aborted) return;
        this.#ladder.polled(reached === true, slow);
        if (reached === true) return this.#wait(error, 0, 0, stop);
        if (reached.why === 'ended') return this.#close(new WeirError('ended', 'The stream has ended'));
        if (reached.why === 'refused' || (reached.why === 'failed' && reached.error.retryable)) error = reached.error;
      }
    }
    if (!error.retryable) return this.#close(error);
    const least = Math.min(error.retryAfter ?? 0, waitMax);
    return this.#wait(error, least, this.#backoff.afterFailure(), stop);
  }

  /** `least` is waited whatever happens, `more` until somebody comes back to the page. */
  async #wait(error: WeirError, least: number, more: number, stop: AbortSignal): Promise<void> {
    this.#listener.status({ state: 'CONNECTING', transport: this.#ladder.current, error, retryIn: least + more });
    await sleep(least, stop);
    await this.#page.pause(more, stop);
  }

  #close(error: WeirError): void {
    this.stop();
    this.#listener.status({ state: 'CLOSED', error });
  }

  #link(run: Run): Link {
    const { signal } = run.controller;
    const connection = this;
    return {
      options: this.#options,
      url: this.#url,
      requester: this.#requester,
      signal,
      get cursor() {
        return connection.cursor;
      },
      set cursor(cursor) {
        connection.cursor = cursor;
      },
      opened: () => {
        if (run.opened || signal.aborted) return;
        run.opened = true;
        this.#listener.status({ state: 'OPEN', transport: run.transport });
      },
      alive: () => {
        this.#heardAt = Date.now();
        if (run.aliveAt !== undefined) return;
        run.aliveAt = performance.now();
        this.#backoff.succeeded();
      },
      quiet: () => void this.#heldBack(run),
      event: (event) => {
        if (!signal.aborted) this.#take(run, event);
      },
      retry: (milliseconds) => {
        this.#backoff.retry = milliseconds;
      },
      sleep: (milliseconds) => this.#page.pause(Math.min(milliseconds, waitMax), signal),
      visible: () => whenVisible(signal),
    };
  }

  #take(run: Run, event: StreamEvent): void {
    if (event.id !== undefined) this.cursor = event.id;
    this.#clock.hear(event);
    if (event.control) this.#control(event, run.events === 0);
    ++run.events;
    this.#listener.event(event);
  }

  #control({ type, data }: StreamEvent, first: boolean): void {
    if (type === 'system' && first) {
      const { client_id, cursor } = objectOf(data);
      if (typeof client_id === 'string') this.clientId = client_id;
      // The log's head when a subscription to what comes began: the place to resume while nothing has come.
      if (this.cursor === '' && typeof cursor === 'string' && beginsNow(absolute(this.#url))) this.cursor = cursor;
    } else if (type === 'auth-expiring' && typeof this.#options.token === 'function' && this.clientId !== undefined && this.#stop) {
      // If this fails the stream ends with its token, and the next one is opened with another.
      this.#requester.renew(this.#options.server ?? serverOf(this.#url), this.clientId, this.#stop.signal).catch(() => this.#requester.forgetToken());
    }
  }

  /** Runs another transport until it proves itself, without taking its events. */
  async #try(transport: TransportName, stop: AbortSignal): Promise<true | Ending> {
    const trial: Run = { controller: new AbortController(), transport, events: 0 };
    const abort = () => trial.controller.abort();
    stop.addEventListener('abort', abort);
    this.#trials.add(trial);
    let works = false;
    const nothing = () => {};
    const ending = await transports[transport]({
      ...this.#link(trial),
      cursor: this.cursor,
      opened: nothing,
      alive: () => {
        works = true;
        abort();
      },
      quiet: abort,
      event: nothing,
      retry: nothing,
    });
    this.#trials.delete(trial);
    stop.removeEventListener('abort', abort);
    return works || ending;
  }

  /** A stream was opened and nothing has come through it. If the server answers polls, something holds the stream back. */
  async #heldBack(run: Run): Promise<void> {
    const reached = await this.#try('poll', run.controller.signal);
    if (reached === true) this.#fail(run, 'held-back', 'Something on the way holds the events back');
  }

  #fail(run: Run, code: 'held-back' | 'timeout', message: string): void {
    run.failure = new WeirError(code, message, { retryable: true });
    run.controller.abort();
  }

  /** After a sleep the connection is dead more often than not; its own timer has slept, too. */
  #checkSilence(): void {
    const run = this.#run;
    const { heartbeat } = this.#options;
    if (run?.aliveAt === undefined || heartbeat === 0 || this.#ladder.better.length > 0) return;
    if (Date.now() - this.#heardAt > heartbeat * 2000) this.#fail(run, 'timeout', 'Nothing was heard while the page was away');
  }

  /** Looks now and then whether a better transport works by now. */
  async #lookUp(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      await sleep(this.#options.probeInterval, stop);
      await whenVisible(stop);
      await this.#page.canConnect(stop);
      for (const transport of this.#ladder.better) {
        if (stop.aborted || this.#run?.aliveAt === undefined) break;
        if ((await this.#try(transport, stop)) !== true || stop.aborted) continue;
        this.#ladder.stepUp(transport);
        // The loop goes on from the cursor with what is now the best.
        const left = this.#run as Run | undefined;
        this.#run = undefined;
        left?.controller.abort();
        break;
      }
    }
  }
}
