// The table of topics: asked for gently, and only while somebody can see it.

import {count} from './format.js';

const PERIOD = 5_000;
const SHOWN = 12;

export class TopicTable {
  constructor() {
    this.body = document.getElementById('topics');
    this.note = document.getElementById('topics-note');
    this.asking = false;
    this.timer = setTimeout(() => this.refresh(), PERIOD);
    document.addEventListener('visibilitychange', () => this.refresh());
  }

  /** Asks now, and then again a period after each answer. */
  async refresh() {
    clearTimeout(this.timer);
    if (document.hidden || this.asking) return;
    this.asking = true;
    try {
      const answer = await fetch(`v1/topics?limit=${SHOWN}`);
      if (answer.ok) this.#show(await answer.json());
    } catch {
      // The connection's state says it already; the last table stays.
    }
    this.asking = false;
    this.timer = setTimeout(() => this.refresh(), PERIOD);
  }

  #show({topics, next}) {
    this.body.replaceChildren(...topics.map((topic) => {
      const row = document.createElement('tr');
      const name = document.createElement('th');
      name.scope = 'row';
      name.textContent = topic.topic;
      name.title = topic.topic;
      row.append(name, cell(topic.events), cell(topic.subscribers));
      return row;
    }));
    this.note.textContent = next ? 'and more' : topics.length ? '\u00a0' : 'None yet: publish something.';
  }
}

function cell(number) {
  const element = document.createElement('td');
  element.textContent = count(number);
  return element;
}
