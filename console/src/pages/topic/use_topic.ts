import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';

import { Problem, request } from '../../api/http.ts';
import { encodeTopic } from '../../api/topic_path.ts';
import type { TopicInfo, TopicsEvent } from '../../api/types.ts';
import { openStream } from '../../live/stream.ts';
import { useSystem } from '../../live/system.tsx';

/**
 * What the server knows of a topic, kept true by its own stream; null for one that holds nothing and that nobody follows. Undefined until
 * that is known.
 */
export function useTopic(topic: string): TopicInfo | null | undefined {
  const queries = useQueryClient();
  const { figures } = useSystem();
  const { data } = useQuery({
    queryKey: ['topic', topic],
    queryFn: async ({ signal }) => {
      try {
        return await request<TopicInfo>(`/v1/topics/${encodeTopic(topic)}/info`, { signal });
      } catch (error) {
        if (error instanceof Problem && error.status === 404) return null;
        throw error;
      }
    },
  });

  useEffect(() => {
    const key = ['topic', topic];
    const stream = openStream({
      topics: ['$weir/topics'],
      onEvent: (event) => {
        if (event.type !== 'topics') return;
        const change = (JSON.parse(event.data) as TopicsEvent).topics.find((each) => each.topic === topic);
        if (change === undefined) return;
        const known = queries.getQueryData<TopicInfo | null>(key);
        if (!known) {
          // It is new: what its namespace keeps has to be asked for.
          void queries.invalidateQueries({ queryKey: key });
          return;
        }
        const { events, bytes, first, last, closed, subscribers } = change;
        queries.setQueryData<TopicInfo>(key, { ...known, events, bytes, first, last, closed, subscribers });
      },
      onLink: ({ type }) => {
        if (type === 'open') void queries.invalidateQueries({ queryKey: key });
      },
    });
    // Changes tell what is published, not who subscribes.
    let connections = figures.get().connections;
    const unsubscribe = figures.subscribe(() => {
      if (figures.get().connections === connections) return;
      connections = figures.get().connections;
      void queries.invalidateQueries({ queryKey: key });
    });
    return () => {
      unsubscribe();
      stream.close();
    };
  }, [topic, queries, figures]);

  return data;
}
