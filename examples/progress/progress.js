// @ts-check
// One long job, to its end. Each job has a topic of its own, whose last event closes it: the stream then ends, and whoever
// comes later is told the same (204), so that nobody waits for what will not come.
import { SSEClient } from 'weir-client';

import { element } from '../element.js';

/** @typedef {{ progress: number, stage: string, status: 'running' | 'completed' | 'failed' }} Job */
/** @typedef {{ progress?: number, stage?: string, status?: Job['status'] }} Change */

/** @type {Job} */
export const newJob = { progress: 0, stage: 'waiting', status: 'running' };

/** Progress never goes back, and an end is the end. @param {Job} job @param {Change} change @returns {Job} */
export function withChange(job, { progress = job.progress, stage = job.stage, status = job.status }) {
  if (job.status !== 'running') return job;
  return { progress: status === 'completed' ? 100 : Math.min(100, Math.max(job.progress, progress)), stage, status };
}

/** @param {HTMLElement} place @param {string} id of the job */
export function progress(place, id) {
  let job = newJob;
  const bar = element('progress', { max: 100, value: 0, ariaLabel: 'Progress of the job' });
  const text = element('p', { className: 'job__text', role: 'status' }, job.stage);
  place.replaceChildren(element('div', { className: 'job' }, bar, text));

  const take = (/** @type {Change} */ change) => {
    job = withChange(job, change);
    bar.value = job.progress;
    text.textContent = job.status === 'running' ? `${Math.round(job.progress)} %, ${job.stage}` : job.status;
    text.dataset['status'] = job.status;
  };
  // From its beginning, for who comes in the middle or after the end. The client stops by itself when the stream has ended.
  return new SSEClient(`/v1/topics/examples/progress/${id}?after=earliest`).on('progress', take).on('complete', take).connect();
}
