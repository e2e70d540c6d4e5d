import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useRef } from 'react';

import { request } from '../../api/http.ts';
import { paths } from '../api.ts';
import type { Definition, Validation } from '../types.ts';
import { useSettled } from '../../live/use_live_view.ts';

const settledAfter = 300;

/** YAML is what an editor is given; JSON is YAML, too. */
export const sourceType = 'application/yaml';

/** What the server says of a text, a moment after it was last changed, and the newest definition that could be made of it. */
export function useValidation(source: string) {
  const settled = useSettled(source, settledAfter);
  const { data, error } = useQuery({
    queryKey: ['workflow-validation', settled],
    queryFn: ({ signal }) => request<Validation>(paths.validate, { method: 'POST', text: { type: sourceType, body: settled }, signal }),
    enabled: settled.trim() !== '',
    placeholderData: keepPreviousData,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
  });
  const drawn = useRef<Definition | undefined>(undefined);
  if (data?.definition !== undefined) drawn.current = data.definition;
  return {
    checking: settled !== source,
    validation: data,
    error,
    definition: drawn.current,
    /** The graph is of an earlier text. */
    stale: data !== undefined && data.definition === undefined && drawn.current !== undefined,
  };
}
