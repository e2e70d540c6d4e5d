// @ts-check
// A dashboard of whatever figures come: each with its newest value and its course over the last minute. It begins with the
// history out of the log, so that it is never empty at first.
import { SSEClient } from 'weir-client';

import { element } from '../element.js';

/** @typedef {Readonly<Record<string, number>>} Sample a figure by its name */
/** @typedef {ReadonlyMap<string, readonly number[]>} Courses oldest first */

export const topic = 'examples/metrics';
const kept = 60;

/** @param {Courses} courses @param {Sample} sample @returns {Courses} */
export function withSample(courses, sample) {
  const changed = Object.entries(sample).map(([name, value]) => /** @type {const} */ ([name, [...(courses.get(name) ?? []), value].slice(-kept)]));
  return new Map([...courses, ...changed]);
}

/** The points of a line, 100 wide and 30 high, the newest at the right. @param {readonly number[]} values */
export function points(values) {
  const top = Math.max(...values, Number.MIN_VALUE);
  return values.map((value, i) => `${(100 * (kept - values.length + i)) / (kept - 1)},${30 - (28 * value) / top}`).join(' ');
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

/** @param {HTMLElement} place */
export function metricsDashboard(place) {
  /** @type {Courses} */
  let courses = new Map();
  return new SSEClient(`/v1/topics/${topic}?last=${kept}`)
    .on('metrics', (/** @type {Sample} */ sample) => {
      courses = withSample(courses, sample);
      const tiles = [...courses].map(([name, values]) =>
        element('div', { className: 'dashboard__tile' }, element('dt', {}, name), element('dd', {}, (values.at(-1) ?? 0).toFixed(1), line(values))),
      );
      place.replaceChildren(element('dl', { className: 'dashboard' }, ...tiles));
    })
    .connect();
}
