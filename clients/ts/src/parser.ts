// The event stream format (WHATWG HTML, 9.2.6), fed with bytes as they come.

import { WeirError } from './error.js';

export interface ParsedEvent {
  type: string;
  data: string;
  /** The event's own `id:`; undefined where its block had none. */
  id: string | undefined;
  /** The last id seen up to here: what a reconnect sends. */
  lastEventId: string;
}

export interface ParserHandlers {
  onEvent(event: ParsedEvent): void;
  /** The server's wish for the time between connections, in milliseconds. */
  onRetry?(milliseconds: number): void;
}

const retryMax = 86_400_000;

export class EventStreamParser {
  /** Of the last whole block; an unfinished one changes nothing. */
  lastEventId: string;

  readonly #handlers: ParserHandlers;
  readonly #lengthMax: number;
  // Takes one BOM off the beginning, and keeps what a chunk has cut.
  readonly #decoder = new TextDecoder();
  #line = '';
  #inComment = false;
  #afterCr = false;
  #idBuffer: string;
  #ownId: string | undefined;
  #type = '';
  #data: string | undefined;

  /** `lengthMax`: how many characters an event may have before feed() throws, so that an endless line costs no endless memory. */
  constructor(handlers: ParserHandlers, { lastEventId = '', lengthMax = Infinity } = {}) {
    this.#handlers = handlers;
    this.#lengthMax = lengthMax;
    this.lastEventId = this.#idBuffer = lastEventId;
  }

  feed(chunk: Uint8Array): void {
    const text = this.#decoder.decode(chunk, { stream: true });
    if (text === '') return;
    let from = this.#afterCr && text.startsWith('\n') ? 1 : 0;
    this.#afterCr = false;
    // Each is searched for only when the last one found has been passed, so that a chunk is read once.
    let cr = text.indexOf('\r', from);
    let lf = text.indexOf('\n', from);
    while (cr >= 0 || lf >= 0) {
      const isCr = cr >= 0 && (lf < 0 || cr < lf);
      const end = isCr ? cr : lf;
      this.#append(text.slice(from, end));
      this.#endLine();
      from = end + 1;
      if (isCr) {
        if (from === text.length) this.#afterCr = true;
        else if (lf === from) ++from;
        cr = text.indexOf('\r', from);
      }
      if (lf >= 0 && lf < from) lf = text.indexOf('\n', from);
    }
    this.#append(text.slice(from));
  }

  #append(piece: string): void {
    if (this.#line === '' && piece.startsWith(':')) this.#inComment = true;
    if (this.#inComment) return;
    this.#line += piece;
    if (this.#line.length + (this.#data?.length ?? 0) > this.#lengthMax) {
      throw new WeirError('event-too-large', `An event of the stream has more than ${this.#lengthMax} characters`);
    }
  }

  #endLine(): void {
    const line = this.#line;
    this.#line = '';
    if (this.#inComment) {
      this.#inComment = false;
      return;
    }
    if (line === '') {
      this.#dispatch();
      return;
    }
    const colon = line.indexOf(':');
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (name === 'data') this.#data = this.#data === undefined ? value : `${this.#data}\n${value}`;
    else if (name === 'event') this.#type = value;
    else if (name === 'id' && !value.includes('\0')) this.#idBuffer = this.#ownId = value;
    else if (name === 'retry' && /^[0-9]+$/.test(value)) this.#handlers.onRetry?.(Math.min(Number(value), retryMax));
  }

  #dispatch(): void {
    const event = { type: this.#type || 'message', data: this.#data, id: this.#ownId, lastEventId: this.#idBuffer };
    this.lastEventId = this.#idBuffer;
    this.#type = '';
    this.#data = this.#ownId = undefined;
    if (event.data !== undefined) this.#handlers.onEvent(event as ParsedEvent);
  }
}
