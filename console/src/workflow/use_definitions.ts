import { useQuery } from '@tanstack/react-query';

import { request } from '../api/http.ts';
import { paths, type DefinitionAnswer, type DefinitionSummary } from './api.ts';

export const definitionsKey = ['workflow-definitions'];

export function useDefinitions() {
  return useQuery({
    queryKey: definitionsKey,
    queryFn: ({ signal }) => request<{ definitions: DefinitionSummary[] }>(paths.definitions, { signal }),
    select: ({ definitions }) => definitions,
  });
}

/** The newest version of a workflow. */
export function useDefinition(id: string | null) {
  return useQuery({
    queryKey: [...definitionsKey, id],
    queryFn: ({ signal }) => request<DefinitionAnswer>(paths.definition(id ?? ''), { signal }),
    enabled: id !== null && id !== '',
    select: ({ definition }) => definition,
  });
}
