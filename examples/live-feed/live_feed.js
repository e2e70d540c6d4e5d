// @ts-check
// A feed that is where you left it: the posts and the position after them are kept together, so that after a reload the
// stream goes on there, and what was published meanwhile comes once.
import { SSEClient } from 'weir-client';

import { element } from '../element.js';

/** @typedef {{ author: string, text: string }} Post */
/** @typedef {{ posts: Post[], cursor: string }} Saved newest first, and everything up to `cursor` */

export const topic = 'examples/feed';
const kept = 30;

/** @param {Saved} saved @param {Post} post @param {string} cursor @returns {Saved} */
export const withPost = ({ posts }, post, cursor) => ({ posts: [post, ...posts].slice(0, kept), cursor });

/** @param {HTMLElement} place */
export function liveFeed(place) {
  /** @type {Saved} */
  let saved = JSON.parse(sessionStorage.getItem(topic) ?? '{"posts":[],"cursor":""}');
  const news = element('p', { className: 'feed__news', role: 'status' });
  const list = element('ol', { className: 'feed__posts', ariaLabel: 'Posts', tabIndex: 0 });
  const item = (/** @type {Post} */ { author, text }) => element('li', {}, element('strong', {}, author), element('p', {}, text));
  list.append(...saved.posts.map(item));
  place.replaceChildren(news, list);

  return new SSEClient(`/v1/topics/${topic}?last=${kept}`, { lastEventId: saved.cursor })
    .on('message', (/** @type {Post} */ post, { lastEventId }) => {
      saved = withPost(saved, post, lastEventId);
      sessionStorage.setItem(topic, JSON.stringify(saved));
      list.prepend(item(post));
      list.children[kept]?.remove();
    })
    .on('recovery', (/** @type {{ events: number | null }} */ { events }) => {
      if (events) news.textContent = `While you were away: ${events}`;
    })
    .on('gap', () => {
      news.textContent = 'Some posts are not kept any more.';
    })
    .connect();
}
