// A small event server by Node's own http2 and https modules, for bench/selftest: what the load generator
// makes of TLS and HTTP/2 is held against an implementation that has nothing to do with it or with Weir.
//
// usage: node selftest_server.mjs 127.0.0.1:PORT [--tls FOLDER] [--lose N | --repeat N | --close N]
//
// Plain: HTTP/2 with prior knowledge. With --tls, which makes a certificate in FOLDER: HTTP/2 and HTTP/1.1 by
// ALPN. A POST publishes its body to the topic that is its path, a GET subscribes to it. From its N-th event on
// the first subscriber of a topic is treated badly: it loses one, gets one twice, or is closed.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import http2 from 'node:http2';
import path from 'node:path';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    tls: { type: 'string' }, lose: { type: 'string' }, repeat: { type: 'string' }, close: { type: 'string' },
  },
});
const [host, port] = positionals[0].split(':');

function certificate(folder) {
  const [key, cert] = ['key.pem', 'cert.pem'].map((name) => path.join(folder, name));
  execFileSync('openssl', [
    'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2',
    '-subj', '/CN=localhost', '-keyout', key, '-out', cert,
  ], { stdio: 'ignore' });
  return { key: fs.readFileSync(key), cert: fs.readFileSync(cert) };
}

const topics = new Map();
const topicOf = (name) => {
  if (!topics.has(name)) topics.set(name, { head: 0, subscribers: new Set() });
  return topics.get(name);
};

function subscribe(topic, response) {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(': welcome\n\nevent: system\ndata: {}\n\n');
  topic.subscribers.add(response);
  response.on('close', () => topic.subscribers.delete(response));
}

function publish(topic, data) {
  topic.head += 1;
  const frame = `id: 0-${topic.head}\ndata: ${data}\n\n`;
  let first = true;
  for (const response of topic.subscribers) {
    const at = (fault) => first && topic.head === Number(values[fault]);
    if (at('close')) response.end();
    else if (!at('lose')) response.write(at('repeat') ? frame + frame : frame);
    first = false;
  }
}

function serve(request, response) {
  const topic = topicOf(request.url);
  if (request.method === 'GET') {
    subscribe(topic, response);
    return;
  }
  const body = [];
  request.on('data', (bytes) => body.push(bytes));
  request.on('end', () => {
    publish(topic, Buffer.concat(body).toString());
    response.end('{}\n');
  });
}

const settings = { settings: { maxConcurrentStreams: 100 } };
const server = values.tls
  ? http2.createSecureServer({ ...certificate(values.tls), allowHTTP1: true, ...settings }, serve)
  : http2.createServer(settings, serve);
server.listen(Number(port), host);
