import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';

/** Reads again what was read once the version is another. */
export function useReread(queryKey: readonly unknown[], version: number): void {
  const queries = useQueryClient();
  const read = useRef(version);
  useEffect(() => {
    if (read.current === version) return;
    read.current = version;
    void queries.invalidateQueries({ queryKey });
  }, [queries, queryKey, version]);
}
