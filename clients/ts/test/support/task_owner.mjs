// @ts-check
// One owner's tasks by the rules of docs/task-feed.md: what happens to them, the snapshot, and the events that each change makes.

/** @typedef {import('../../dist/tasks/index.js').Task} Task */
/** @typedef {import('../../dist/tasks/index.js').TaskFeedState} TaskFeedState */
/** @typedef {{type: string, data: any, passing: boolean}} Told */

const activeMax = 10;
const completedMax = 5;
const active = ['pending', 'processing', 'stalled'];

export class TaskOwner {
  rev = 0;
  /** @type {Map<string, Task>} */
  tasks = new Map();
  #time = 1_000;

  /** What may be done to a task now. @param {Task} task @returns {string[]} */
  static choices({ status }) {
    return {
      pending: ['claim', 'cancel'],
      processing: ['progress', 'progress', 'progress', 'beat', 'complete', 'fail', 'stall', 'cancel'],
      stalled: ['beat', 'fail', 'cancel', 'claim'],
      completed: [],
      failed: ['retry'],
      cancelled: ['retry'],
    }[status];
  }

  /** @returns {TaskFeedState} */
  snapshot() {
    const all = [...this.tasks.values()];
    const isActive = (/** @type {Task} */ { status }) => active.includes(status);
    const totals = /** @type {any} */ ({ active: all.filter(isActive).length });
    for (const status of [...active, 'completed', 'failed', 'cancelled']) totals[status] = all.filter((each) => each.status === status).length;
    return {
      ownerId: 'ada',
      rev: this.rev,
      cursor: '',
      activeTasks: all.filter(isActive).sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1)).slice(0, activeMax),
      completedTasks: all.filter((each) => !isActive(each)).sort((a, b) => b.updatedAt - a.updatedAt || (a.id < b.id ? 1 : -1)).slice(0, completedMax),
      totals,
    };
  }

  /** @param {string} id @returns {Told[]} */
  add(id) {
    const now = this.#tick();
    const task = { id, productName: `Product ${id}`, status: /** @type {const} */ ('pending'), progress: 0, currentStage: null, errorMessage: null, productId: null, product: null, createdAt: now, updatedAt: now, attempt: 1, rev: 0 };
    return this.#change(task, 'task.added');
  }

  /** @param {string} id @param {string} what @param {number} [by] percent of further progress @returns {Told[]} */
  act(id, what, by = 1) {
    const task = /** @type {Task} */ (this.tasks.get(id));
    const updatedAt = this.#tick();
    const progress = Math.min(99, task.progress + by);
    const currentStage = `stage ${Math.floor(progress / 40)}`;
    if (what === 'progress' && currentStage === task.currentStage) {
      this.tasks.set(id, { ...task, progress });
      const shown = this.snapshot().activeTasks.some((each) => each.id === id);
      return shown ? [{ type: 'task.progress', data: { id, progress, currentStage, attempt: task.attempt }, passing: true }] : [];
    }
    const another = { attempt: task.attempt + 1, progress: 0, currentStage: null, errorMessage: null };
    /** @type {Record<string, [string, Partial<Task>]>} */
    const changes = {
      progress: ['task.updated', { progress, currentStage }],
      claim: ['task.updated', { ...(task.status === 'stalled' ? another : {}), status: 'processing' }],
      beat: ['task.updated', { status: 'processing' }],
      stall: ['task.updated', { status: 'stalled' }],
      retry: ['task.updated', { ...another, status: 'pending' }],
      complete: ['task.completed', { status: 'completed', progress: 100 }],
      fail: ['task.failed', { status: 'failed', errorMessage: 'it broke' }],
      cancel: ['task.cancelled', { status: 'cancelled' }],
    };
    const [type, members] = /** @type {[string, Partial<Task>]} */ (changes[what]);
    return this.#change({ ...task, ...members, updatedAt }, type);
  }

  #tick() {
    // Often the same millisecond.
    return (this.#time += this.rev % 3 === 0 ? 1 : 0);
  }

  /** @param {Task} task @param {string} type @returns {Told[]} */
  #change(task, type) {
    const ids = ({ activeTasks, completedTasks } = this.snapshot()) => new Map([...activeTasks, ...completedTasks].map((each) => [each.id, each]));
    const before = ids();
    const rev = ++this.rev;
    this.tasks.set(task.id, { ...task, rev });
    const { totals } = this.snapshot();
    const after = ids();
    /** @type {Told[]} */
    const told = [];
    const tell = (/** @type {string} */ of, /** @type {object} */ data) => told.push({ type: of, data: { ...data, rev, totals }, passing: false });
    const shown = after.get(task.id);
    if (shown) tell(type, { task: shown });
    else tell('task.removed', { id: task.id });
    for (const id of before.keys()) if (!after.has(id) && id !== task.id) tell('task.removed', { id });
    for (const [id, each] of after) if (!before.has(id) && id !== task.id) tell('task.added', { task: each });
    return told;
  }
}
