// The usual Node server: every response is kept in a set, and publishing writes to each of them.
import express from 'express';

const [host, port] = process.argv[2].split(':');
const topics = new Map();
const app = express();
app.disable('x-powered-by');

function subscribersOf(topic) {
  if (!topics.has(topic)) topics.set(topic, new Set());
  return topics.get(topic);
}

app.get('/readyz', (request, response) => response.sendStatus(200));

app.get('/v1/topics/:topic', (request, response) => {
  response.setHeader('Content-Type', 'text/event-stream');
  response.setHeader('Cache-Control', 'no-cache');
  response.setHeader('Connection', 'keep-alive');
  response.flushHeaders();
  const subscribers = subscribersOf(request.params.topic);
  subscribers.add(response);
  request.on('close', () => subscribers.delete(response));
});

app.post('/v1/topics/:topic', express.text({ limit: '4mb' }), (request, response) => {
  response.sendStatus(200);
  for (const subscriber of subscribersOf(request.params.topic)) {
    subscriber.write(`data: ${request.body}\n\n`);
  }
});

app.listen(Number(port), host, 4096);
