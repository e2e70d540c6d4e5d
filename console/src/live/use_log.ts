import { useEffect, useState } from 'react';

import { perFrame } from './frames.ts';
import { newLink, reduceLink, type Link, type LinkAction } from './link.ts';
import { emptyLog, reduceLog, type LogAction, type LogState } from './log_state.ts';
import { createStore, type Store } from './store.ts';
import { openStream, type ControlFrame, type LiveEvent, type Stream, type StreamOptions } from './stream.ts';

export interface LiveLog {
  log: Store<LogState, LogAction>;
  link: Store<Link, LinkAction>;
  /** The last position that has come; "" before the first. */
  cursor: () => string;
}

interface LogOptions extends Pick<StreamOptions, 'topics' | 'match' | 'after' | 'last' | 'filter'> {
  /** Closed while false; what was kept stays, and the stream goes on where it was when it is true again. */
  open: boolean;
  /** Events of these types are not for the list. They come in order, as soon as they come. */
  aside?: (event: LiveEvent) => boolean;
  onControl?: (frame: ControlFrame) => void;
}

/**
 * A stream as a list of events, drawn once a frame. Another address is another stream: it begins with an empty list.
 * `aside` and `onControl` must stay the same from one call to the next.
 */
export function useLog({ open, aside, onControl, ...from }: LogOptions): LiveLog {
  const address = JSON.stringify(from);
  const [live] = useState(() => {
    const position = { address: '', cursor: '' };
    return {
      position,
      log: createStore(reduceLog, emptyLog()),
      link: createStore(reduceLink, newLink),
      cursor: () => position.cursor,
    };
  });

  useEffect(() => {
    const { log, link, position } = live;
    if (position.address !== address) {
      position.address = address;
      position.cursor = '';
      log.dispatch({ type: 'clear' });
    }
    if (!open) {
      link.dispatch({ type: 'closed', reason: null });
      return;
    }
    const batch = perFrame<LiveEvent>((events) => log.dispatch({ type: 'events', events }));
    const options = JSON.parse(address) as typeof from;
    const stream: Stream = openStream({
      ...options,
      ...(position.cursor === '' ? {} : { after: position.cursor }),
      onEvent: (event) => {
        position.cursor = event.cursor ?? position.cursor;
        if (!aside?.(event)) batch.add(event);
      },
      onLink: link.dispatch,
      ...(onControl ? { onControl } : {}),
    });
    return () => {
      stream.close();
      batch.flush();
    };
  }, [live, address, open, aside, onControl]);

  return live;
}
