export { type UseSSE, type UseSSEOptions, useSSE } from './use_sse.js';
export { type UseView, useView } from './use_view.js';
