// Counts what the client's transports ask for and read, where they read it.

import type { WebSocketConstructor } from 'weir-client';

export interface Meter {
  /** A request was made, or a WebSocket opened. */
  request: () => void;
  /** The head of an answer: the fields that a script may see. */
  head: (bytes: number) => void;
  /** A piece of an answer's body, or a message. */
  body: (bytes: number) => void;
}

const encoder = new TextEncoder();

/** As HTTP/1.1 writes them. */
function headBytes({ headers }: Response): number {
  let bytes = 0;
  headers.forEach((value, name) => {
    bytes += `${name}: ${value}\r\n`.length;
  });
  return bytes;
}

export function meteredFetch(meter: Meter): typeof fetch {
  return async (input, init) => {
    meter.request();
    const response = await fetch(input, init);
    meter.head(headBytes(response));
    if (response.body === null) return response;
    const counting = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
      transform(piece, out) {
        meter.body(piece.byteLength);
        out.enqueue(piece);
      },
    });
    return new Response(response.body.pipeThrough(counting), response);
  };
}

export function meteredWebSocket(meter: Meter): WebSocketConstructor {
  return class extends WebSocket {
    constructor(url: string) {
      super(url);
      meter.request();
      this.addEventListener('message', ({ data }: MessageEvent<string>) => meter.body(encoder.encode(data).length));
    }
  };
}
