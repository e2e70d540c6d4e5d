// A small engine for tests: runs of made-up workflows, by the rules that the server has, as the events that it would tell and the answer
// that it would give after each of them. It keeps its own account of the state: nothing of the reducer is in it.

import type { Execution, NodeDetail, NodeStatus, WorkflowEvent } from '../src/workflow/types.ts';

export interface MadeRun {
  events: WorkflowEvent[];
  /** The server's answer at each revision, from 0. */
  answers: Execution[];
}

/** Numbers that are the same for the same seed (mulberry32). */
export function dice(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

interface Kept {
  status: NodeStatus;
  parent: string;
  attempt: number;
  started: number;
  ended: number;
  error: string;
  next: readonly string[] | null;
  until: number;
}

const iso = (time: number) => new Date(time).toISOString();

/** How the server's answer names what it keeps of a node. */
function detailOf(nodeId: string, kept: Kept): NodeDetail {
  return {
    nodeId,
    status: kept.status,
    ...(kept.parent === '' ? {} : { parentId: kept.parent }),
    attempt: kept.attempt,
    ...(kept.started === 0 ? {} : { startTime: iso(kept.started) }),
    ...(kept.ended === 0 ? {} : { endTime: iso(kept.ended) }),
    ...(kept.ended === 0 || kept.started === 0 ? {} : { duration: kept.ended - kept.started }),
    ...(kept.error === '' ? {} : { error: kept.error }),
    ...(kept.next === null ? {} : { nextNodeIds: kept.next }),
    ...(kept.until === 0 ? {} : { until: iso(kept.until) }),
  };
}

const fresh = (parent = ''): Kept => ({ status: 'pending', parent, attempt: 0, started: 0, ended: 0, error: '', next: null, until: 0 });

/** A run of a line of nodes, some of which retry, wait, fan out, are skipped or fail. */
export function makeRun(seed: number): MadeRun {
  const random = dice(seed);
  const pick = (most: number) => Math.floor(random() * (most + 1));
  const executionId = `wf_exec_${String(seed).padStart(26, '0')}`;
  const nodes = new Map<string, Kept>();
  const executed: string[] = [];
  const events: WorkflowEvent[] = [];
  const whole = { status: 'queued' as Execution['status'], started: 0, ended: 0, error: '' };
  let rev = 0;
  let time = Date.UTC(2026, 0, 1) + seed;

  const answer = (): Execution => ({
    executionId,
    workflowId: 'made-up',
    workflowName: 'Made up',
    definitionVersion: 1,
    status: whole.status,
    rev,
    ...(whole.started === 0 ? {} : { startTime: iso(whole.started) }),
    ...(whole.ended === 0 ? {} : { endTime: iso(whole.ended), executionTime: whole.ended - whole.started }),
    ...(whole.error === '' ? {} : { error: whole.error }),
    nodesExecuted: [...executed],
    nodeDetails: Object.fromEntries([...nodes].filter(([, { status }]) => status !== 'pending').map(([id, kept]) => [id, detailOf(id, kept)])),
  });
  const answers = [answer()];
  const tell = (type: string, more: Partial<WorkflowEvent> = {}) => {
    events.push({ type, executionId, timestamp: time, rev: ++rev, ...more });
    answers.push(answer());
  };
  const move = (id: string, status: NodeStatus, more: Partial<WorkflowEvent> = {}) => {
    const kept = nodes.get(id) ?? fresh();
    nodes.set(id, kept);
    time += pick(40);
    kept.status = status;
    kept.until = 0;
    if (status === 'running') {
      kept.attempt += 1;
      kept.started ||= time;
      kept.error = '';
      if (kept.parent === '' && !executed.includes(id)) executed.push(id);
    }
    if (status === 'retrying' || status === 'failed') kept.error = `attempt ${kept.attempt} failed`;
    if (status === 'retrying' || status === 'waiting') kept.until = time + 1000;
    if (['completed', 'failed', 'skipped', 'cancelled'].includes(status)) kept.ended = time;
    kept.next = more.nextNodeIds ?? kept.next;
    const { startTime, endTime, duration, error, until } = detailOf(id, kept);
    tell(status === 'running' ? 'node.started' : `node.${status}`, {
      nodeId: id,
      attempt: kept.attempt,
      status,
      ...(kept.parent === '' ? {} : { parentId: kept.parent }),
      ...(typeof error === 'string' ? { error } : {}),
      ...(status === 'running' && typeof startTime === 'string' ? { startTime } : {}),
      ...(kept.ended === 0 || typeof endTime !== 'string' ? {} : { endTime, ...(typeof startTime === 'string' ? { startTime } : {}), ...(typeof duration === 'number' ? { duration } : {}) }),
      ...(typeof until === 'string' ? { until } : {}),
      ...more,
    });
  };

  if (random() < 0.5) tell('workflow.queued', { workflowId: 'made-up', workflowName: 'Made up', status: 'queued' });
  time += pick(20);
  whole.status = 'running';
  whole.started = time;
  tell('workflow.started', { workflowId: 'made-up', workflowName: 'Made up', startTime: iso(time), status: 'running' });

  const names = Array.from({ length: 1 + pick(5) }, (_, i) => `node-${i}`);
  let failed = false;
  names.forEach((id, i) => {
    if (failed) return move(id, 'cancelled');
    const nextNodeIds = names.slice(i + 1, i + 2);
    if (i > 0 && random() < 0.15) return move(id, 'skipped');
    if (random() < 0.3) move(id, 'queued');
    move(id, 'running');
    for (let again = pick(2); again > 0 && random() < 0.5; --again) {
      move(id, 'retrying');
      move(id, 'running');
    }
    if (random() < 0.25) {
      move(id, 'waiting');
      whole.status = 'waiting';
      tell('workflow.waiting', { status: 'waiting' });
      whole.status = 'running';
      tell('workflow.resumed', { status: 'running' });
    }
    if (random() < 0.3) {
      const children = Array.from({ length: 1 + pick(11) }, (_, child) => `${id}/${child}`);
      for (const child of children) {
        nodes.set(child, fresh(id));
        move(child, 'running');
      }
      for (const child of children) move(child, 'completed', { nextNodeIds: [] });
    }
    failed = random() < 0.12;
    move(id, failed ? 'failed' : 'completed', { nextNodeIds: failed ? [] : nextNodeIds });
    return undefined;
  });
  time += pick(20);
  whole.status = failed ? 'failed' : 'completed';
  whole.error = failed ? 'a node has failed' : '';
  whole.ended = time;
  tell(`workflow.${whole.status}`, { endTime: iso(time), executionTime: time - whole.started, status: whole.status, ...(failed ? { error: whole.error } : {}) });
  return { events, answers };
}
