// Who is asking, and whether they have to say so.

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect } from 'react';

import { onUnauthorized, request } from './http.ts';
import type { Session } from './types.ts';

const sessionKey = ['session'];

export type Credentials = { name: string; password: string } | { token: string };

export function useSession() {
  const queries = useQueryClient();
  const { data: session, error } = useQuery({
    queryKey: sessionKey,
    queryFn: ({ signal }) => request<Session>('/v1/session', { signal }),
    staleTime: 60_000,
  });
  const signIn = useCallback(
    async (credentials: Credentials) => {
      queries.setQueryData(sessionKey, await request<Session>('/v1/session', { method: 'POST', json: credentials }));
      await queries.invalidateQueries({ predicate: (query) => query.queryKey !== sessionKey });
    },
    [queries],
  );
  const signOut = useCallback(async () => {
    await request('/v1/session', { method: 'DELETE' });
    await queries.resetQueries({ queryKey: sessionKey });
  }, [queries]);
  return { session, error, signIn, signOut };
}

/** A session may end at any time: the first refusal asks who we are now. */
export function useSessionWatch(): void {
  const queries = useQueryClient();
  useEffect(() => onUnauthorized(() => void queries.invalidateQueries({ queryKey: sessionKey })), [queries]);
}
