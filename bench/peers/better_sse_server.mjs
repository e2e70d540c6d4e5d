// The better-sse package as its documentation shows it: a session per response, a channel per topic.
import betterSse from 'better-sse';
import express from 'express';

const { createChannel, createSession } = betterSse;
const [host, port] = process.argv[2].split(':');
const channels = new Map();
const app = express();
app.disable('x-powered-by');

function channelOf(topic) {
  if (!channels.has(topic)) channels.set(topic, createChannel());
  return channels.get(topic);
}

app.get('/readyz', (request, response) => response.sendStatus(200));

app.get('/v1/topics/:topic', async (request, response) => {
  // The generator's payloads are text already: not to be quoted as JSON.
  const session = await createSession(request, response, { serializer: (data) => data });
  channelOf(request.params.topic).register(session);
});

app.post('/v1/topics/:topic', express.text({ limit: '4mb' }), (request, response) => {
  response.sendStatus(200);
  channelOf(request.params.topic).broadcast(request.body, 'message');
});

app.listen(Number(port), host, 4096);
