// What the examples of the documentation use without saying where it comes from.

declare const client: import('weir-client').SSEClient;
declare const SSEClient: typeof import('weir-client').SSEClient;
declare const token: string;
declare function show(...values: unknown[]): void;
declare function render(...values: unknown[]): void;
declare function reload(...values: unknown[]): void;
declare module 'ws' {
  export const WebSocket: import('weir-client').WebSocketConstructor;
}
