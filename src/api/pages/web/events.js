// The list of events, newest first. What arrives is kept as values; elements are made when there is something
// to see, and only for what will be shown.

import {clock, count} from './format.js';
import {parseObject} from './stream.js';

const SHOWN = 200;
const DATA_SHOWN = 2_000;

export class EventList {
  constructor() {
    this.list = document.getElementById('events');
    this.empty = document.getElementById('events-empty');
    this.counter = document.getElementById('events-count');
    this.received = 0;
    this.waiting = [];
    this.topics = new Map();  // Cursor of what was published here to its topic: the stream does not say it.
  }

  /** `time` is null where nobody knows it. */
  add(event, time) {
    ++this.received;
    this.waiting.push({...event, time});
    if (this.waiting.length > SHOWN) this.waiting.shift();
  }

  /** Labels an event with the topic that it was published to; before or after it has arrived. */
  name(id, topic) {
    this.topics.set(id, topic);
    if (this.topics.size > SHOWN) this.topics.delete(this.topics.keys().next().value);
    for (const item of this.list.children) {
      if (item.dataset.id === id) item.querySelector('.type').textContent = topic;
    }
  }

  render() {
    if (this.waiting.length === 0) return;
    this.list.prepend(...this.waiting.reverse().map((event) => this.#item(event)));
    this.waiting = [];
    while (this.list.childElementCount > SHOWN) this.list.lastElementChild.remove();
    this.counter.textContent = count(this.received);
    this.empty.hidden = true;
  }

  #item(event) {
    const item = document.createElement('li');
    item.dataset.id = event.id;
    item.dataset.type = event.type;
    const time = child(item, 'time', event.time ? clock(event.time) : 'earlier');
    if (event.time) time.dateTime = event.time.toISOString();
    let text = event.data;
    let label = this.topics.get(event.id) ?? event.type;
    if (event.type === 'log') {
      const {file, line} = parseObject(event.data);
      if (typeof file === 'string' && typeof line === 'string') {
        label = file.slice(file.lastIndexOf('/') + 1);
        text = line;
      }
    }
    child(item, 'span', label).className = 'type';
    const shown = text.length > DATA_SHOWN ? `${text.slice(0, DATA_SHOWN)}…` : text;
    child(item, 'span', shown).className = 'data';
    child(item, 'code', event.id).className = 'id';
    return item;
  }
}

function child(parent, name, text) {
  const element = document.createElement(name);
  element.textContent = text;
  return parent.appendChild(element);
}
