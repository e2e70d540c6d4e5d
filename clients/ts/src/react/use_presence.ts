// The hook of who is there.

import { type PresenceOptions, type PresenceSnapshot, createPresence } from '../presence.js';
import { useHeld, useStore } from './held.js';

const nobody: PresenceSnapshot = { members: [], total: 0, error: undefined };

/** Who is on the topic while the component is mounted. The options are those of the first rendering with this topic. null: nothing. */
export function usePresence(topic: string | null, options: PresenceOptions = {}): PresenceSnapshot {
  return useStore(
    useHeld(topic, options, createPresence),
    nobody,
  );
}
