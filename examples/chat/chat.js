// @ts-check
// A chat room: messages come by the stream and leave by POST. Who comes in sees the last fifty.
import { publish, SSEClient } from 'weir-client';

import { element } from '../element.js';

/** `at`: milliseconds since 1970 @typedef {{ name: string, text: string, at: number }} Message */

export const topic = 'examples/chat/room/123';
const kept = 50;

/** @param {Message} message */
function line({ name, text, at }) {
  const date = new Date(at);
  const time = element('time', { dateTime: date.toISOString() }, date.toTimeString().slice(0, 5));
  return element('li', {}, element('strong', {}, name), ' ', time, element('p', {}, text));
}

/** @param {HTMLElement} place */
export function chat(place) {
  const list = element('ol');
  const log = element('div', { className: 'chat__log', role: 'log', ariaLabel: 'Messages', tabIndex: 0 }, list);
  const field = { className: 'input', required: true, autocomplete: 'off' };
  const name = element('input', { ...field, ariaLabel: 'Your name', maxLength: 40, value: 'guest' });
  const text = element('input', { ...field, ariaLabel: 'Message', placeholder: 'Message', maxLength: 2000 });
  const send = element('button', { className: 'button button--main' }, 'Send');
  const form = element('form', { className: 'chat__form' }, name, text, send);
  const problem = element('p', { className: 'chat__problem', role: 'alert' });
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
