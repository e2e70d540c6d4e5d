// @ts-check
// A dashboard of whatever figures come: each with its newest value and its last minute.
// It begins with the history out of the log, so it is never empty at first.
import { SSEClient } from 'weir-client';

import { element } from '../element.js';

/** @typedef {Readonly<Record<string, number>>} Sample a figure by its name */
/** @typedef {ReadonlyMap<string, readonly number[]>} Courses oldest first */

export const topic = 'examples/metrics';
const kept = 60;

/** @param {Courses} courses @param {Sample} sample @returns {Courses} */
export function withSample(courses, sample) {
  const changed = new Map(courses);
  for (const [name, value] of Object.entries(sample)) {
    changed.set(name, [...(courses.get(name) ?? []), value].slice(-kept));
  }
  return changed;
}

/** The points of a line, 100 wide and 30 high, the newest at the right. @param {readonly number[]} values */
export function points(values) {
  const top = Math.max(...values, Number.MIN_VALUE);
  const x = (/** @type {number} */ i) => (100 * (kept - values.length + i)) / (kept - 1);
  return values.map((value, i) => `${x(i)},${30 - (28 * value) / top}`).join(' ');
}

/** @param {readonly number[]} values */
function line(values) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 100 31');
  svg.setAttribute('preserveAspectRatio', 'none');
  svg.setAttribute('aria-hidden', 'true');
  const course = document.createElementNS(svg.namespaceURI, 'polyline');
  course.setAttribute('points', points(values));
  svg.append(course);
  return svg;
}

/** @param {[string, readonly number[]]} course */
function tile([name, values]) {
  const value = element('dd', {}, (values.at(-1) ?? 0).toFixed(1), line(values));
  return element('div', { className: 'dashboard__tile' }, element('dt', {}, name), value);
}

/** @param {HTMLElement} place */
export function metricsDashboard(place) {
  /** @type {Courses} */
  let courses = new Map();
  return new SSEClient(`/v1/topics/${topic}?last=${kept}`)
    .on('metrics', (/** @type {Sample} */ sample) => {
      courses = withSample(courses, sample);
      place.replaceChildren(element('dl', { className: 'dashboard' }, ...[...courses].map(tile)));
    })
    .connect();
}
