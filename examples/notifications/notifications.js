// @ts-check
// Notifications of one user: what happened, and how much of it is unread. The number is never counted here: each `badge` says
// all of it, so that a lost or repeated event does no harm and all tabs agree.
import { publish, SSEClient } from 'weir-client';

import { element } from '../element.js';

/** @typedef {{ title: string, message: string }} Alert */

const shown = 8;

/** @param {string} user */
export const topicOf = (user) => `examples/notifications/${user}`;

/** @param {HTMLElement} place @param {string} user */
export function notifications(place, user = 'ada') {
  const badge = element('p', { className: 'notifications__badge', role: 'status' }, '0 unread');
  const read = element('button', { type: 'button', className: 'button' }, 'Mark all as read');
  const list = element('ol', { className: 'notifications__list', ariaLabel: 'Notifications' });
  place.replaceChildren(element('div', { className: 'example__head' }, badge, read), list);

  // In your application this is a request to the server that knows the number.
  read.onclick = () => publish(topicOf(user), { count: 0 }, { event: 'badge' });

  return new SSEClient(`/v1/topics/${topicOf(user)}?last=${2 * shown}`)
    .on('alert', (/** @type {Alert} */ { title, message }) => {
      list.prepend(element('li', {}, element('strong', {}, title), element('p', {}, message)));
      list.children[shown]?.remove();
    })
    .on('badge', (/** @type {{ count: number }} */ { count }) => {
      badge.textContent = `${count} unread`;
      badge.classList.toggle('notifications__badge--some', count > 0);
    })
    .connect();
}
