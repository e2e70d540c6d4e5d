// The window of an owner's tasks as the feed's events make it. Which tasks are in it is the server's to say: it tells of each that comes and
// of each that leaves. Totals are absolute. Every event may be given twice.

import type { Change } from '../view/model.js';
import { type Task, type TaskFeedState, type TaskKey, type TaskTotals, isActive } from './types.js';

type Known = Pick<Task, TaskKey>;
type Window = Pick<TaskFeedState<TaskKey>, 'activeTasks' | 'completedTasks'>;

/** Beside what all changes have. */
interface Told {
  readonly id?: string;
  readonly task?: Known;
  readonly totals?: TaskTotals;
  readonly progress?: number;
  readonly currentStage?: string | null;
  readonly attempt?: number;
}

export function reduceTaskFeed<State extends TaskFeedState<TaskKey>>(state: State, change: Change, type: string): State {
  const { rev = state.rev } = change;
  const told = change as Told;
  if (type === 'task.progress') return withProgress(state, told);
  const window = told.task ? withTask(state, told.task) : type === 'task.removed' ? without(state, told.id) : {};
  return { ...state, ...window, totals: told.totals ?? state.totals, rev };
}

/** A state that was loaded, with the progress that has passed since: it is not kept for who comes later, and never goes back. */
export function acceptTaskFeed<State extends TaskFeedState<TaskKey>>(loaded: State, known: State): State {
  const before = new Map(known.activeTasks.map((task) => [task.id, task]));
  return { ...loaded, activeTasks: loaded.activeTasks.map((task) => furthest(task, before.get(task.id))) };
}

/** The task with the progress of `other` where that is of the same attempt and further. */
function furthest<T extends Known>(task: T, other: Known | undefined): T {
  if (!other || other.attempt !== task.attempt || other.progress <= task.progress) return task;
  return { ...task, progress: other.progress, currentStage: other.currentStage };
}

function withProgress<State extends TaskFeedState<TaskKey>>(state: State, { id, attempt, progress, currentStage = null }: Told): State {
  const task = state.activeTasks.find((each) => each.id === id);
  // Of an attempt that is over, or late.
  if (!task || attempt !== task.attempt || progress === undefined || progress < task.progress) return state;
  if (progress === task.progress && currentStage === task.currentStage) return state;
  return { ...state, activeTasks: state.activeTasks.map((each) => (each === task ? { ...task, progress, currentStage } : each)) };
}

function withTask(window: Window, told: Known): Window {
  // Of one that has ended the event has the last word.
  const task = isActive(told.status) ? furthest(told, window.activeTasks.find(({ id }) => id === told.id)) : told;
  const others = without(window, told.id);
  return isActive(task.status)
    ? { ...others, activeTasks: [...others.activeTasks, task].sort(newestFirst) }
    : { ...others, completedTasks: [...others.completedTasks, task].sort(lastEndedFirst) };
}

const without = ({ activeTasks, completedTasks }: Window, gone: string | undefined): Window => ({
  activeTasks: activeTasks.filter(({ id }) => id !== gone),
  completedTasks: completedTasks.filter(({ id }) => id !== gone),
});

const byId = (a: Known, b: Known) => (a.id < b.id ? 1 : -1);
const newestFirst = (a: Known, b: Known) => b.createdAt - a.createdAt || byId(a, b);

/** An ended task changes no more, so that its last change was its end. */
const lastEndedFirst = (a: Known, b: Known) => b.updatedAt - a.updatedAt || byId(a, b);
