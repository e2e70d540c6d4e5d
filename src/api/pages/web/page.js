// The page at `/`: joins the stream to what shows it. Nothing is drawn while nobody looks.

import {setUpCopy} from './copying.js';
import {EventList} from './events.js';
import {clock} from './format.js';
import {Gauges} from './gauges.js';
import {setUpPublish} from './publish.js';
import {parseObject, Stream} from './stream.js';
import {TopicTable} from './topics.js';

// Two minutes of the demo: enough to fill the sparklines at once.
const LAST = 120;
const STREAM_TIME_TOLERANCE = 3_000;
const NOTICE_SHOWN = 12_000;

const byId = (id) => document.getElementById(id);

const gauges = new Gauges();
const events = new EventList();
let clockTime = null;
let streamTime = null;  // Of the newest event that says its time.
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
function notice(text) {
  clearTimeout(noticeTimer);
  byId('notice').textContent = text;
  noticeTimer = setTimeout(() => {
    byId('notice').textContent = '';
  }, NOTICE_SHOWN);
}

/** When it happened, as far as the stream tells: a replayed message has no time, but stands between events that have one. */
function timeOf() {
  const now = new Date();
  const replayed = streamTime && Math.abs(now - streamTime) > STREAM_TIME_TOLERANCE;
  return replayed ? streamTime : now;
}

function onEvent(event) {
  const data = event.type === 'message' ? {} : parseObject(event.data);
  const time = new Date(data.time);
  if (!Number.isNaN(time.getTime())) streamTime = time;
  if (event.type === 'metrics') {
    gauges.add(data);
    byId('machine-hint').classList.remove('missing');
  } else if (event.type === 'clock') {
    clockTime = streamTime;
  } else {
    events.add(event, timeOf());
  }
  renderSoon();
}

function onControl(type, data) {
  if (type === 'recovery') {
    const many = data.events === 1 ? 'The one event' : `All ${data.events} events`;
    notice(data.events ? `Resumed. ${many} missed meanwhile came, in order.`
      : 'Resumed. Nothing was missed.');
  } else if (type === 'gap') {
    notice(`Gap (${data.reason}): what came before ${data.available_from} is no longer kept.`);
  } else if (type === 'drain') {
    notice('The server is stopping; this page comes back by itself.');
  }
}

function onState(state) {
  document.documentElement.dataset.state = state;
  byId('state').textContent = state;
  byId('toggle').textContent = state === 'offline' && !stream?.wanted ? 'Connect' : 'Disconnect';
}

let stream = null;
stream = new Stream({
  match: ['demo/**', 'playground/**'],
  last: LAST,
  types: ['metrics', 'clock', 'log'],
  onState,
  onEvent,
  onControl,
});

function setUpCommands() {
  const base = new URL('.', location.href).href;
  const commands = [
    ['Send one event', `curl -d 'hello from a terminal' ${base}v1/topics/playground/terminal`],
    ['Send what a command prints',
      `ping -c 5 localhost | while read -r line; do\n  curl -s -d "$line" ${base}v1/topics/playground/ping\ndone`],
    ['Follow the same stream', `curl -N '${base}v1/subscribe?match=demo/**&last=5'`],
  ];
  for (const [title, text] of commands) {
    const item = document.createElement('li');
    const heading = document.createElement('h3');
    heading.textContent = title;
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'copy';
    button.textContent = 'Copy';
    button.ariaLabel = `Copy: ${title}`;
    const code = document.createElement('pre');
    code.tabIndex = 0;
    code.textContent = text;
    setUpCopy(button, () => text);
    item.append(heading, button, code);
    byId('commands').append(item);
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
new TopicTable();
stream.open();
