import { act, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { Route, Routes } from 'react-router';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { Task, TaskStatus, TaskTotals } from 'weir-client/tasks';

import { show } from '../../test/render.tsx';
import { ViewerProvider } from '../notifications/viewer.tsx';
import { taskStatuses } from './statuses.ts';
import TasksPage from './tasks_page.tsx';

const made = 1_790_000_000_000;
const task = (id: string, status: TaskStatus, members: Partial<Task> = {}): Task => ({
  id,
  productName: `Product ${id}`,
  status,
  progress: status === 'completed' ? 100 : 0,
  currentStage: null,
  errorMessage: null,
  productId: null,
  product: null,
  createdAt: made,
  updatedAt: made,
  attempt: 1,
  rev: 1,
  ...members,
});

/** A feed that is told what it is and what happens, and keeps what it was asked. */
class FeedServer {
  rev = 1;
  readonly tasks = new Map<string, Task>();
  readonly asked: string[] = [];
  readonly #outside = new Set<Task>();
  #stream: ReadableStreamDefaultController<Uint8Array> | null = null;

  put(...tasks: Task[]): void {
    for (const each of tasks) this.tasks.set(each.id, each);
  }

  /** Beyond the window while it is as it is now. */
  putOutside(one: Task): void {
    this.put(one);
    this.#outside.add(one);
  }

  get totals(): TaskTotals {
    const of = (status: TaskStatus) => [...this.tasks.values()].filter((each) => each.status === status).length;
    const totals = Object.fromEntries(taskStatuses.map((status) => [status, of(status)])) as Record<TaskStatus, number>;
    return { ...totals, active: totals.pending + totals.processing + totals.stalled };
  }

  /** A change of the task, told by an event of this type. */
  change(type: string, changed: Task): void {
    ++this.rev;
    this.put({ ...changed, rev: this.rev });
    this.#write(`id: 00000000000000aa-${this.rev}\nevent: ${type}\ndata: ${JSON.stringify({ task: { ...changed, rev: this.rev }, rev: this.rev, totals: this.totals })}\n\n`);
  }

  pass(id: string, progress: number, currentStage: string): void {
    this.#write(`event: task.progress\ndata: ${JSON.stringify({ id, progress, currentStage, attempt: 1 })}\n\n`);
  }

  #write(text: string): void {
    this.#stream?.enqueue(new TextEncoder().encode(text));
  }

  readonly answer = (address: string | URL, init?: RequestInit): Promise<Response> => {
    const { pathname, search } = new URL(String(address), 'http://localhost');
    this.asked.push(`${init?.method ?? 'GET'} ${pathname}${search}`);
    const all = [...this.tasks.values()].filter((each) => !this.#outside.has(each));
    const over = (each: Task) => ['completed', 'failed', 'cancelled'].includes(each.status);
    const json = (body: unknown, status = 200) => Promise.resolve(Response.json(body, { status }));
    if (pathname === '/v1/session') return json({ required: false, admin: true, operator: null, user: 'ada', may_choose_user: true, applications: [], methods: [], expires: null });
    if (pathname === '/api/task-feed') {
      return json({ ownerId: 'ada', rev: this.rev, cursor: `00000000000000aa-${this.rev}`, activeTasks: all.filter((each) => !over(each)), completedTasks: all.filter(over), totals: this.totals });
    }
    if (pathname === '/api/task-feed/stream') {
      const body = new ReadableStream<Uint8Array>({
        start: (stream) => {
          this.#stream = stream;
          this.#write('event: system\ndata: {"type":"connected","client_id":"c","timestamp":"2026-01-01T00:00:00.000Z"}\n\n');
        },
      });
      init?.signal?.addEventListener('abort', () => (this.#stream = null));
      return Promise.resolve(new Response(body, { headers: { 'Content-Type': 'text/event-stream' } }));
    }
    if (pathname === '/api/task-feed/history') {
      const query = new URLSearchParams(search);
      const wanted = (query.get('status') ?? '').split(',');
      const found = all.filter(({ status }) => wanted.includes(status));
      const from = Number(query.get('before') ?? 0);
      return json({ tasks: found.slice(from, from + 2), nextBefore: found.length > from + 2 ? String(from + 2) : null });
    }
    const [, id = '', verb] = /^\/api\/task-feed\/(\w+)(?:\/(\w+))?$/.exec(pathname) ?? [];
    const one = this.tasks.get(id);
    if (!one) return json({ code: 'not-found', title: 'Not found' }, 404);
    if (verb === 'cancel') this.change('task.cancelled', { ...one, status: 'cancelled' });
    if (verb === 'retry') this.change('task.updated', { ...one, status: 'pending', attempt: one.attempt + 1, progress: 0, errorMessage: null });
    if (verb !== undefined) return json({ task: this.tasks.get(id) });
    const attempts = Array.from({ length: one.attempt }, (_, i) => ({ attempt: i + 1, worker: 'w1', startedAt: made, endedAt: made + 2_000, outcome: i + 1 < one.attempt ? 'failed' : null, errorMessage: i + 1 < one.attempt ? 'no paper' : null, stages: [] }));
    return json({
      task: {
        ...one,
        ownerId: 'ada',
        startedAt: made,
        endedAt: null,
        stages: [{ name: 'parse', startedAt: made, endedAt: made + 1_500 }, { name: 'describe', startedAt: made + 1_500, endedAt: null }],
        attempts,
        data: { executionId: 'wf_exec_1' },
        details: null,
        characteristics: { colour: 'green', grams: 100 },
        result: { pages: [1, 2] },
      },
    });
  };
}

let server: FeedServer;
const page = (path = '/tasks') =>
  show(
    <ViewerProvider>
      <Routes>
        <Route path="/tasks" element={<TasksPage />} />
      </Routes>
    </ViewerProvider>,
    { path },
  );
const card = (id: string) => screen.getAllByTestId('task').find((each) => each.dataset['id'] === id) as HTMLElement;
const live = () => waitFor(() => expect(screen.getByTestId('stream-state').dataset['state']).toBe('live'));

describe('the page of tasks', () => {
  beforeEach(() => {
    server = new FeedServer();
    vi.stubGlobal('fetch', vi.fn(server.answer));
  });

  test('shows cards that move, and how many there are of each', async () => {
    server.put(task('a', 'processing', { progress: 10, currentStage: 'parse' }), task('b', 'completed'));
    page();
    await live();
    expect(within(screen.getByTestId('active')).getAllByTestId('task')).toHaveLength(1);
    expect(within(screen.getByTestId('ended')).getAllByTestId('task')).toHaveLength(1);
    act(() => server.pass('a', 42.9, 'parse'));
    await waitFor(() => expect(within(card('a')).getByRole('progressbar').getAttribute('aria-valuenow')).toBe('42'));
    act(() => server.change('task.failed', task('a', 'failed', { progress: 42.9, errorMessage: 'no paper' })));
    await within(screen.getByTestId('ended')).findByText('no paper');
    expect(screen.getByTestId('stat-failed').textContent).toBe('1');
    expect(screen.getByTestId('stat-processing').textContent).toBe('0');
    expect(server.asked.some((each) => each.startsWith('GET /api/task-feed?user=ada'))).toBe(true);
  });

  test('offers what may be done, and does it', async () => {
    server.put(task('a', 'processing'), task('b', 'failed', { errorMessage: 'no paper' }), task('c', 'completed'));
    page();
    await live();
    expect(within(card('c')).queryByTestId('retry')).toBeNull();
    expect(within(card('c')).queryByTestId('cancel')).toBeNull();
    await userEvent.click(within(card('b')).getByTestId('retry'));
    await waitFor(() => expect(card('b').dataset['status']).toBe('pending'));
    expect(card('b').dataset['attempt']).toBe('2');
    await userEvent.click(within(card('a')).getByTestId('cancel'));
    expect(card('a').dataset['status'], 'not before it is confirmed').toBe('processing');
    await userEvent.click(screen.getByRole('button', { name: 'Cancel the task' }));
    await waitFor(() => expect(card('a').dataset['status']).toBe('cancelled'));
  });

  test('tells everything of a task to who wants to know, and reads it again when it changes', async () => {
    server.put(task('a', 'processing', { attempt: 2 }));
    page();
    await live();
    const details = () => server.asked.filter((each) => each === 'GET /api/task-feed/a').length;
    expect(details()).toBe(0);
    await userEvent.click(within(card('a')).getByTestId('details'));
    await screen.findByTestId('stages');
    expect(screen.getByTestId('task-characteristics').textContent).toContain('green');
    expect(screen.getByTestId('task-run').getAttribute('href')).toBe('/executions/wf_exec_1');
    expect(within(screen.getByTestId('attempts')).getByText('no paper')).toBeTruthy();
    expect(details()).toBe(1);
    act(() => server.change('task.updated', task('a', 'processing', { attempt: 2, currentStage: 'describe' })));
    await waitFor(() => expect(details()).toBe(2));
    await userEvent.click(screen.getByRole('button', { name: 'Close' }));
    expect(screen.queryByTestId('drawer')).toBeNull();
  });

  test('does to a task that no card shows what may be done, from its details', async () => {
    server.put(task('a', 'completed'));
    server.putOutside(task('old', 'failed', { errorMessage: 'no paper' }));
    page('/tasks?task=old');
    await live();
    const drawer = within(await screen.findByTestId('drawer'));
    await userEvent.click(await drawer.findByTestId('retry'));
    await waitFor(() => expect(screen.getByTestId('drawer-status').dataset['status']).toBe('pending'));
    expect(drawer.queryByTestId('retry')).toBeNull();
    expect(document.activeElement, 'the button that had the focus is gone').toBe(screen.getByTestId('drawer'));
    await userEvent.click(drawer.getByTestId('cancel'));
    await userEvent.click(screen.getByRole('button', { name: 'Cancel the task' }));
    await waitFor(() => expect(screen.getByTestId('drawer-status').dataset['status']).toBe('cancelled'));
    expect(server.asked.filter((each) => each.startsWith('POST'))).toEqual(['POST /api/task-feed/old/retry', 'POST /api/task-feed/old/cancel']);
  });

  test('lets the focus go with a card to its new place', async () => {
    server.put(task('a', 'processing'), task('b', 'failed'), task('c', 'completed'));
    page();
    await live();
    within(card('b')).getByTestId('retry').focus();
    await userEvent.keyboard('{Enter}');
    await waitFor(() => expect(card('b').dataset['status']).toBe('pending'));
    expect(document.activeElement).toBe(card('b'));
    await userEvent.tab();
    expect(document.activeElement).toBe(within(card('b')).getByTestId('cancel'));
    const elsewhere = screen.getByTestId('view-list');
    elsewhere.focus();
    act(() => server.change('task.failed', task('b', 'failed', { attempt: 2 })));
    await waitFor(() => expect(card('b').dataset['status']).toBe('failed'));
    expect(document.activeElement, 'who is elsewhere stays there').toBe(elsewhere);
  });

  test('lists what has ended, by state and page by page', async () => {
    server.put(task('a', 'failed'), task('b', 'completed'), task('c', 'cancelled'), task('d', 'completed'), task('e', 'pending'));
    page();
    await live();
    await userEvent.click(screen.getByTestId('view-list'));
    const rows = () => within(screen.getByTestId('task-list')).getAllByRole('row').slice(1).map((each) => each.dataset['id']);
    await waitFor(() => expect(rows()).toEqual(['a', 'b']));
    await userEvent.click(screen.getByTestId('older'));
    await waitFor(() => expect(rows()).toEqual(['a', 'b', 'c', 'd']));
    await userEvent.selectOptions(screen.getByTestId('list-filter'), 'completed');
    await waitFor(() => expect(rows()).toEqual(['b', 'd']));
    act(() => server.change('task.completed', task('e', 'completed')));
    await screen.findByTestId('older');
    await userEvent.click(screen.getByRole('button', { name: /pending/ }));
    await screen.findByText('No task is like that.');
  });

  test('shows to an empty feed how it is lit up', async () => {
    page();
    await screen.findByTestId('empty');
    expect(document.body.textContent).toContain('/api/task-feed?user=ada');
    act(() => server.change('task.added', task('a', 'pending')));
    await waitFor(() => expect(screen.queryByTestId('empty')).toBeNull());
    expect(card('a').dataset['status']).toBe('pending');
  });

  test('says that there is no such task', async () => {
    server.put(task('a', 'pending'));
    page('/tasks?task=gone');
    await screen.findByText('There is no such task any more.');
  });
});
