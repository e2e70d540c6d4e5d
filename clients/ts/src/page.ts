// What the page tells: whether anybody looks at it, whether there is a network, whether it is put aside. Nothing of it exists in Node
// and only a part in workers; there a page is always visible.

export const isVisible = () => globalThis.document?.visibilityState !== 'hidden';
export const isOnline = () => globalThis.navigator?.onLine !== false;

/**
 * `changed`: look again at isVisible() and isOnline(). `suspended`: the page is frozen or goes into the back/forward cache, where an open
 * connection is cut or keeps the page out of it. `resumed`: it is back.
 */
export type PageEvent = 'changed' | 'suspended' | 'resumed';

/** Returns what ends it. */
export function watchPage(listener: (event: PageEvent) => void): () => void {
  const changed = () => listener('changed');
  const suspended = () => listener('suspended');
  const resumed = () => listener('resumed');
  const page = globalThis.document as Document | undefined;
  const watched: [EventTarget | undefined, string, () => void][] = [
    [page, 'visibilitychange', changed],
    [page, 'freeze', suspended],
    [page, 'resume', resumed],
    [globalThis, 'online', changed],
    [globalThis, 'offline', changed],
    [globalThis, 'pagehide', suspended],
    [globalThis, 'pageshow', resumed],
  ];
  for (const [target, type, handler] of watched) target?.addEventListener?.(type, handler);
  return () => {
    for (const [target, type, handler] of watched) target?.removeEventListener?.(type, handler);
  };
}

/** Waits until somebody looks at the page, or the signal. */
export function whenVisible(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (!isVisible() && !signal.aborted) return;
      end();
      signal.removeEventListener('abort', look);
      resolve();
    };
    const end = watchPage(look);
    signal.addEventListener('abort', look);
    look();
  });
}
