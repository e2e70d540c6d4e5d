// The page at `/`: joins the stream to what shows it. Nothing is drawn while nobody looks.

import {setUpCopy} from './copying.js';
import {EventList} from './events.js';
import {clock} from './format.js';
import {Gauges} from './gauges.js';
import {setUpPublish} from './publish.js';
import {parseObject, Stream} from './stream.js';
import {TopicTable} from './topics.js';

// Some minutes of the demo: fills the sparklines at once, and the list with what came lately.
const LAST = 400;
const STREAM_TIME_TOLERANCE = 3_000;
const REPLAY_TAKES = 1_000;
const NOTICE_SHOWN = 12_000;
const METRICS_EXPECTED = 3_000;

const byId = (id) => document.getElementById(id);

const gauges = new Gauges();
const events = new EventList();
const topics = new TopicTable();
let clockTime = null;
let streamTime = null;  // Of the newest event that says its time.
let welcomedAt = 0;
let frame = 0;

function render() {
  frame = 0;
  gauges.render();
  events.render();
  if (clockTime) {
    byId('clock').textContent = clock(clockTime);
    byId('clock').dateTime = clockTime.toISOString();
  }
  byId('last-id').textContent = stream.lastId || 'none yet';
}

function renderSoon() {
  if (frame === 0 && !document.hidden) frame = requestAnimationFrame(render);
}

let noticeTimer = 0;
/** @param {'good'|'warn'} kind */
function notice(kind, text) {
  clearTimeout(noticeTimer);
  byId('notice').dataset.kind = kind;
  byId('notice').textContent = text;
  noticeTimer = setTimeout(clearNotice, NOTICE_SHOWN);
}

function clearNotice() {
  byId('notice').textContent = '';
}

/**
 * When a message happened, as far as can be told. It carries no time itself; but what is replayed stands between
 * events that do, and what comes later is new.
 */
function timeOfMessage() {
  const now = new Date();
  if (streamTime && Math.abs(now - streamTime) > STREAM_TIME_TOLERANCE) return streamTime;
  return streamTime || now - welcomedAt > REPLAY_TAKES ? now : null;
}

function onEvent(event) {
  const data = event.type === 'message' ? {} : parseObject(event.data);
  const time = new Date(data.time);
  const hasTime = !Number.isNaN(time.getTime());
  if (hasTime) streamTime = time;
  if (event.type === 'metrics') {
    gauges.add(data);
  } else if (event.type === 'clock') {
    if (hasTime) clockTime = time;
  } else {
    events.add(event, hasTime ? time : timeOfMessage());
  }
  renderSoon();
}

function tellOfMissingMetrics() {
  if (!gauges.sample) byId('machine-hint').textContent = 'Nothing comes: the server needs --demo for it.';
}

function onControl(type, data) {
  if (type === 'system') {
    welcomedAt = Date.now();
    topics.refresh();
    setTimeout(tellOfMissingMetrics, METRICS_EXPECTED);
  } else if (type === 'recovery') {
    const many = data.events === 1 ? 'The one event' : `All ${data.events} events`;
    notice('good', data.events ? `Resumed. ${many} missed meanwhile came, in order.`
      : 'Resumed. Nothing was missed.');
  } else if (type === 'gap') {
    notice('warn', `Gap (${data.reason}): what came before ${data.available_from} is no longer kept.`);
  } else if (type === 'drain') {
    notice('warn', 'The server is stopping; this page comes back by itself.');
  }
}

function onState(state) {
  document.documentElement.dataset.state = state;
  byId('state').textContent = state;
  if (state === 'offline') clearNotice();
  byId('toggle').textContent = state === 'offline' && !stream.wanted ? 'Connect' : 'Disconnect';
}

const stream = new Stream({
  match: ['demo/**', 'playground/**'],
  last: LAST,
  types: ['metrics', 'clock', 'log'],
  onState,
  onEvent,
  onControl,
});

function setUpCommands() {
  const base = new URL('.', location.href).href;
  for (const place of document.querySelectorAll('.commands .base')) place.textContent = base;
  for (const item of document.querySelectorAll('.commands li')) {
    setUpCopy(item.querySelector('button'), () => item.querySelector('pre').textContent);
  }
}

byId('toggle').addEventListener('click', () => {
  if (stream.wanted) {
    stream.close();
  } else {
    stream.open();
  }
});
document.addEventListener('visibilitychange', renderSoon);
setUpCopy(byId('last-id-copy'), () => stream.lastId);
setUpPublish((cursor, topic) => events.name(cursor, topic));
setUpCommands();
stream.open();
