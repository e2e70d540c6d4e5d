// @ts-check
// A chat room: messages come by the stream and leave by POST. Who comes in sees the last fifty.
import { publish, SSEClient } from 'weir-client';

import { element } from '../element.js';

/** @typedef {{ name: string, text: string, at: number }} Message `at`: milliseconds since 1970 */

export const topic = 'examples/chat/room/123';
const kept = 50;

/** @param {Message} message */
function line({ name, text, at }) {
  const time = new Date(at);
  return element('li', {}, element('strong', {}, name), ' ', element('time', { dateTime: time.toISOString() }, time.toTimeString().slice(0, 5)), element('p', {}, text));
}

/** @param {HTMLElement} place */
export function chat(place) {
  const list = element('ol');
  const log = element('div', { className: 'chat__log', role: 'log', ariaLabel: 'Messages', tabIndex: 0 }, list);
  const name = element('input', { className: 'input', ariaLabel: 'Your name', required: true, maxLength: 40, value: `guest ${Math.ceil(99 * Math.random())}` });
  const text = element('input', { className: 'input', ariaLabel: 'Message', placeholder: 'Message', required: true, maxLength: 2000, autocomplete: 'off' });
  const problem = element('p', { className: 'chat__problem', role: 'alert' });
  const form = element('form', { className: 'chat__form' }, name, text, element('button', { className: 'button button--main' }, 'Send'));
  place.replaceChildren(log, form, problem);

  form.onsubmit = async (submitted) => {
    submitted.preventDefault();
    const message = { name: name.value, text: text.value, at: Date.now() };
    text.value = problem.textContent = '';
    try {
      // It is repeated until it is answered, and published once: each call has an idempotency key.
      await publish(topic, message);
    } catch (error) {
      text.value = message.text;
      problem.textContent = `Not sent: ${error instanceof Error ? error.message : error}`;
    }
  };

  return new SSEClient(`/v1/topics/${topic}?last=${kept}`)
    .on('message', (/** @type {Message} */ message) => {
      const atEnd = log.scrollTop + log.clientHeight > log.scrollHeight - 40;
      list.append(line(message));
      if (list.children.length > kept) list.children[0]?.remove();
      if (atEnd) log.scrollTop = log.scrollHeight;
    })
    .on('gap', () => list.append(element('li', { className: 'chat__gap' }, 'Messages between are not kept any more.')))
    .connect();
}
