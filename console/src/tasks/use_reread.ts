import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';

/** Reads again what was read once the version is another; not while `busy`, because that would break off what is being read. */
export function useReread(queryKey: readonly unknown[], version: number, busy = false): void {
  const queries = useQueryClient();
  const read = useRef(version);
  useEffect(() => {
    if (busy || read.current === version) return;
    read.current = version;
    void queries.invalidateQueries({ queryKey });
  }, [busy, queries, queryKey, version]);
}
