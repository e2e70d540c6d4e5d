import { act, fireEvent, screen, waitFor, within } from '@testing-library/react';
import { Route, Routes } from 'react-router';
import { beforeEach, describe, expect, test, vi } from 'vitest';

import { show } from '../../../test/render.tsx';
import { makeRun } from '../../../test/workflow_run.ts';
import type { Execution, WorkflowEvent } from '../types.ts';
import ExecutionPage from './execution_page.tsx';

/** A server of one run: it answers with what is true so far, and streams what happens from then on. */
class RunServer {
  rev = 0;
  readonly asked: string[] = [];
  readonly run = makeRun(11);
  #stream: ReadableStreamDefaultController<Uint8Array> | null = null;

  get id(): string {
    return this.run.answers[0]?.executionId ?? '';
  }

  get execution(): Execution {
    return { ...(this.run.answers[this.rev] as Execution), cursor: this.#cursor(this.rev), input: { folder: '/inbox' }, output: null, spans: [] };
  }

  readonly #cursor = (rev: number) => `00000000000000aa-${rev}`;

  #frame(event: WorkflowEvent): string {
    return `id: ${this.#cursor(event.rev)}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
  }

  #write(text: string): void {
    this.#stream?.enqueue(new TextEncoder().encode(text));
  }

  /** Lets so many more events happen; all that are left where none is said. */
  happen(count = this.run.events.length - this.rev): void {
    for (const event of this.run.events.slice(this.rev, this.rev + count)) {
      this.rev = event.rev;
      this.#write(this.#frame(event));
    }
    if (this.rev === this.run.events.length) this.#stream?.close();
  }

  readonly answer = (address: string | URL, init?: RequestInit): Promise<Response> => {
    const { pathname } = new URL(String(address), 'http://localhost');
    this.asked.push(pathname);
    const base = `/api/workflow/executions/${this.id}`;
    if (pathname === base) return Promise.resolve(Response.json(this.execution));
    if (pathname === `${base}/stream`) {
      if (this.rev === this.run.events.length) return Promise.resolve(new Response(null, { status: 204 }));
      const body = new ReadableStream<Uint8Array>({
        start: (stream) => {
          this.#stream = stream;
          this.#write('event: system\ndata: {"type":"connected","client_id":"c","timestamp":"2026-01-01T00:00:00.000Z"}\n\n');
        },
      });
      init?.signal?.addEventListener('abort', () => (this.#stream = null));
      return Promise.resolve(new Response(body, { headers: { 'Content-Type': 'text/event-stream' } }));
    }
    if (pathname === `${base}/events`) {
      const events = this.run.events.slice(0, this.rev).map((event) => ({ event: event.type, data: JSON.stringify(event), topic: '', time: '' }));
      return Promise.resolve(Response.json({ events, cursor: this.#cursor(this.rev), more: false }));
    }
    if (pathname.includes('/versions/1')) {
      const ids = [...new Set(this.run.events.flatMap(({ nodeId }) => (nodeId && !nodeId.includes('/') ? [nodeId] : [])))];
      return Promise.resolve(Response.json({ id: 'made-up', version: 1, createdTime: '', definition: { id: 'made-up', name: 'Made up', nodes: ids.map((id) => ({ id, type: 'delay' })), edges: [] } }));
    }
    return Promise.resolve(Response.json({ code: 'not-found', title: 'Not found' }, { status: 404 }));
  };
}

let server: RunServer;
const page = (id: string) =>
  show(
    <Routes>
      <Route path="/executions/*" element={<ExecutionPage />} />
    </Routes>,
    { path: `/executions/${id}` },
  );
const status = () => screen.getByTestId('run-status').dataset['status'];

describe('the page of an execution', () => {
  beforeEach(() => {
    server = new RunServer();
    vi.stubGlobal('fetch', vi.fn(server.answer));
  });

  test('shows the run as it happens, and says when it is over', async () => {
    page(server.id);
    await screen.findByRole('heading', { level: 1, name: 'Made up' });
    await waitFor(() => expect(screen.getByTestId('stream-state').dataset['state']).toBe('live'));
    act(() => server.happen(4));
    await waitFor(() => expect(status()).toBe(server.execution.status));
    expect(screen.getByTestId('cancel')).toBeTruthy();
    act(() => server.happen());
    await waitFor(() => expect(screen.getByTestId('stream-state').dataset['state']).toBe('ended'));
    expect(status()).toBe(server.execution.status);
    expect(screen.queryByTestId('cancel')).toBeNull();
    for (const { nodeId, status: reached } of Object.values(server.execution.nodeDetails)) {
      expect(within(screen.getByTestId('timeline')).getByText((_, element) => element?.getAttribute('data-node') === nodeId).dataset['status'], nodeId).toBe(reached);
    }
    // Once for the beginning, once for the output, which no event carries.
    await waitFor(() => expect(server.asked.filter((path) => path.endsWith(server.id))).toHaveLength(2));
  });

  test('goes back to any moment of a run that is over', async () => {
    server.happen();
    page(server.id);
    const scrub = await screen.findByTestId('scrub');
    await waitFor(() => expect(scrub.getAttribute('max')).toBe(String(server.run.events.length)));
    for (const at of [0, 3, server.run.events.length - 2]) {
      fireEvent.change(scrub, { target: { value: String(at) } });
      const then = server.run.answers[at] as Execution;
      const rows = screen.queryByTestId('timeline')?.querySelectorAll<HTMLElement>('[data-node]') ?? [];
      for (const row of rows) expect(row.dataset['status'], `${row.dataset['node']} at ${at}`).toBe(then.nodeDetails[row.dataset['node'] ?? '']?.status ?? 'pending');
    }
    expect(status(), 'the head says what is true now').toBe(server.execution.status);
  });

  test('says that there is no such run', async () => {
    page('wf_exec_00000000000000000000000000');
    await screen.findByText(/There is no such execution/);
  });
});
