import { useSearchParams } from 'react-router';

/** Whose tasks are shown. */
export function useOwner(): string {
  const [query] = useSearchParams();
  return query.get('user') || 'demo';
}
