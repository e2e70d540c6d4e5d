// Where the nodes of a definition stand. Worked out once for a definition, not for each state of a run.

import { Graph, layout } from '@dagrejs/dagre';

import type { WorkflowEdge, WorkflowNode } from '../types.ts';

export const cardWidth = 212;
export const cardHeight = 66;

export type Direction = 'LR' | 'TB';

export interface Place {
  x: number;
  y: number;
}

/** The upper left corner of each node's card. Edges that name no node are left out: a definition that is being written may have such. */
export function placesOf(nodes: readonly WorkflowNode[], edges: readonly WorkflowEdge[], direction: Direction): Map<string, Place> {
  const graph = new Graph();
  graph.setGraph({ rankdir: direction, nodesep: 26, ranksep: direction === 'LR' ? 52 : 44, marginx: 12, marginy: 12 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const { id } of nodes) graph.setNode(id, { width: cardWidth, height: cardHeight });
  for (const { from, to } of edges) if (graph.hasNode(from) && graph.hasNode(to) && from !== to) graph.setEdge(from, to);
  layout(graph);
  return new Map(
    nodes.map(({ id }) => {
      const { x = 0, y = 0 } = graph.node(id) as Partial<Place>;
      return [id, { x: x - cardWidth / 2, y: y - cardHeight / 2 }];
    }),
  );
}
