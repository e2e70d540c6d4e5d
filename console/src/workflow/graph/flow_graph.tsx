// A definition's graph and, on it, a run. Loaded when the first graph is shown: xyflow and dagre are in no other part of the console.

import '@xyflow/react/dist/base.css';
import './graph.css';

import { Background, Controls, MarkerType, Position, ReactFlow, ReactFlowProvider, useReactFlow, useStore, type Edge, type NodeHandle } from '@xyflow/react';
import { useEffect, useMemo, useRef } from 'react';

import { defineText, useFormat, useText } from '../../text/language.tsx';
import { childrenOf, elapsed, isNodeTerminal, isTerminal, statusOfNode } from '../reducer.ts';
import type { Execution, WorkflowEdge, WorkflowNode } from '../types.ts';
import { edgeLabel, edgeState } from './edges.ts';
import { cardHeight, cardWidth, placesOf, type Direction } from './layout.ts';
import { NodeCard, type CardData, type CardNode, type ChildCounts } from './node_card.tsx';

const texts = defineText({
  en: {
    graph: 'Graph of the workflow',
    zoomIn: 'Zoom in',
    zoomOut: 'Zoom out',
    fit: 'Fit into the view',
    controls: 'View of the graph',
    node: 'Press Enter to see what the node did.',
  },
  ru: {
    graph: 'Граф процесса',
    zoomIn: 'Крупнее',
    zoomOut: 'Мельче',
    fit: 'Показать целиком',
    controls: 'Вид графа',
    node: 'Нажмите Enter, чтобы увидеть, что сделал узел.',
  },
});

interface FlowGraphProps {
  nodes: readonly WorkflowNode[];
  edges: readonly WorkflowEdge[];
  /** The run that is shown on it. */
  execution?: Execution | undefined;
  /** The server's time, for what still runs. */
  now?: number;
  selected?: string | null;
  onSelect?: (nodeId: string | null) => void;
}

const nodeTypes = { card: NodeCard };
/** Narrower than this a graph goes down the page. */
const narrow = 560;
const padding = 0.06;
/** Smaller than this nobody reads a card. */
const legible = 0.7;
const measured = { width: cardWidth, height: cardHeight };

/** Where edges end. All cards have one size, so nothing has to be measured, and no state of a run moves anything. */
const handlesOf = (direction: Direction): NodeHandle[] =>
  direction === 'LR'
    ? [
        { type: 'target', position: Position.Left, x: 0, y: cardHeight / 2, width: 1, height: 1 },
        { type: 'source', position: Position.Right, x: cardWidth - 1, y: cardHeight / 2, width: 1, height: 1 },
      ]
    : [
        { type: 'target', position: Position.Top, x: cardWidth / 2, y: 0, width: 1, height: 1 },
        { type: 'source', position: Position.Bottom, x: cardWidth / 2, y: cardHeight - 1, width: 1, height: 1 },
      ];

function countsOf(execution: Execution, nodeId: string): ChildCounts | null {
  const children = childrenOf(execution, nodeId);
  if (children.length === 0) return null;
  const done = children.filter(({ status }) => isNodeTerminal(status)).length;
  return { total: children.length, done, failed: children.filter(({ status }) => status === 'failed').length };
}

/** How large the graph is when all of it is in view. */
function wholeZoom(places: ReadonlyMap<string, { x: number; y: number }>, width: number, height: number): number {
  const all = [...places.values()];
  const across = Math.max(...all.map(({ x }) => x)) + cardWidth - Math.min(...all.map(({ x }) => x));
  const down = Math.max(...all.map(({ y }) => y)) + cardHeight - Math.min(...all.map(({ y }) => y));
  return (1 - 2 * padding) * Math.min(width / across, height / down);
}

/** The node where the run is: what is at work, else what ended last; "" before anything has begun. */
function focusOf(nodes: readonly WorkflowNode[], execution: Execution): string {
  const status = (id: string) => statusOfNode(execution, id);
  const atWork = nodes.find(({ id }) => ['running', 'retrying', 'waiting'].includes(status(id)));
  return atWork?.id ?? execution.nodesExecuted.filter((id) => !id.includes('/')).at(-1) ?? '';
}

function Graph({ nodes, edges, execution, now = 0, selected = null, onSelect, direction }: FlowGraphProps & { direction: Direction }) {
  const t = useText(texts);
  const format = useFormat();
  const { fitView } = useReactFlow();
  const width = useStore((state) => state.width);
  const height = useStore((state) => state.height);
  const places = useMemo(() => placesOf(nodes, edges, direction), [nodes, edges, direction]);
  const handles = useMemo(() => handlesOf(direction), [direction]);

  const cards = useMemo(
    () =>
      nodes.map((node): CardNode => {
        const detail = execution?.nodeDetails[node.id];
        const status = execution === undefined ? null : statusOfNode(execution, node.id);
        const time = detail === undefined || status === 'skipped' ? null : elapsed(detail, now);
        const data: CardData = {
          name: node.name ?? node.id,
          kind: node.type,
          direction,
          status,
          time: time === null ? '' : format.seconds(time / 1000),
          attempt: detail?.attempt ?? 1,
          percent: detail?.progress?.percent ?? null,
          children: execution === undefined ? null : countsOf(execution, node.id),
        };
        return { id: node.id, type: 'card', position: places.get(node.id) ?? { x: 0, y: 0 }, data, ...measured, measured, handles, selected: node.id === selected, ariaLabel: node.name ?? node.id };
      }),
    [nodes, execution, now, places, handles, direction, selected, format],
  );
  const lines = useMemo(
    () =>
      edges.map((edge, i): Edge => {
        const state = execution === undefined ? 'idle' : edgeState(edge, execution);
        const label = edgeLabel(edge);
        return {
          id: `${i} ${edge.from} ${edge.to}`,
          source: edge.from,
          target: edge.to,
          type: 'default',
          className: `edge edge--${state}`,
          animated: state === 'active',
          focusable: false,
          markerEnd: { type: MarkerType.ArrowClosed, width: 16, height: 16, color: 'context-stroke' },
          ...(label === '' ? {} : { label, labelShowBg: true, labelBgPadding: [5, 2] as [number, number], labelBgBorderRadius: 4 }),
        };
      }),
    [edges, execution],
  );

  const active = execution === undefined ? '' : focusOf(nodes, execution);
  const moved = useRef(false);
  const running = execution !== undefined && !isTerminal(execution.status);
  // A graph is seen as a whole, but where it could not be read so and something runs, the view is where the run is, until somebody moves it.
  useEffect(() => {
    moved.current = false;
  }, [places]);
  useEffect(() => {
    if (width === 0 || height === 0 || moved.current) return;
    const whole = wholeZoom(places, width, height);
    if (whole >= legible || !running) void fitView({ padding, maxZoom: 1 });
    else void fitView({ nodes: [{ id: active === '' ? (nodes[0]?.id ?? '') : active }], minZoom: legible + 0.1, maxZoom: legible + 0.1, duration: 300 });
  }, [fitView, places, width, height, running, active, nodes]);

  return (
    <ReactFlow
      nodes={cards}
      edges={lines}
      nodeTypes={nodeTypes}
      aria-label={t.graph}
      ariaLabelConfig={{
        'node.a11yDescription.default': t.node,
        'node.a11yDescription.keyboardDisabled': t.node,
        'controls.ariaLabel': t.controls,
        'controls.zoomIn.ariaLabel': t.zoomIn,
        'controls.zoomOut.ariaLabel': t.zoomOut,
        'controls.fitView.ariaLabel': t.fit,
      }}
      minZoom={0.2}
      maxZoom={1.6}
      nodesDraggable={false}
      nodesConnectable={false}
      edgesFocusable={false}
      // The page scrolls over a graph; Ctrl and the wheel zoom.
      preventScrolling={false}
      zoomOnScroll={false}
      panOnScroll={false}
      proOptions={{ hideAttribution: true }}
      onMove={(event) => {
        if (event !== null) moved.current = true;
      }}
      onNodeClick={(_, node) => onSelect?.(node.id)}
      onPaneClick={() => onSelect?.(null)}
      onNodesChange={(changes) => {
        for (const change of changes) if (change.type === 'select' && change.selected) onSelect?.(change.id);
      }}
    >
      <Background gap={18} size={1} />
      <Controls showInteractive={false} fitViewOptions={{ padding, maxZoom: 1 }} />
    </ReactFlow>
  );
}

export default function FlowGraph(props: FlowGraphProps & { width: number }) {
  const direction: Direction = props.width < narrow ? 'TB' : 'LR';
  return (
    <ReactFlowProvider>
      <Graph {...props} direction={direction} />
    </ReactFlowProvider>
  );
}
