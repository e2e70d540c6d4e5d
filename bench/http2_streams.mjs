// @ts-check
// What a parked event stream of HTTP/2 costs the server: opens so many on so many connections, lets
// them be, and says by how much the server's resident memory has grown.
//
// node bench/http2_streams.mjs [connections=4] [streams each=5000] [binary=build/release/weir]
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import http2 from 'node:http2';

const connections = Number(process.argv[2] ?? 4);
const streamsEach = Number(process.argv[3] ?? 5_000);
const binary = process.argv[4] ?? 'build/release/weir';
// Opened before the first look, so that what a connection costs once is not counted.
const warmUpEach = 200;
const openingAtOnce = 200;

const server = spawn(binary, ['serve', '--listen', '127.0.0.1:0', '--shards', '1', '--http2-streams-max', '1000000', '--subscribers-max', '10000000', '--connection-lifetime', '0', '--keepalive', '1h']);
process.on('exit', () => server.kill('SIGKILL'));
const url = await new Promise((resolve, reject) => {
  let log = '';
  for (const pipe of [server.stdout, server.stderr]) {
    pipe.on('data', (bytes) => {
      log += bytes;
      const match = log.match(/http:\/\/127\.0\.0\.1:\d+/);
      if (match) resolve(match[0]);
    });
  }
  server.on('exit', () => reject(new Error(`the server ended:\n${log}`)));
});

function residentBytes() {
  return Number(readFileSync(`/proc/${server.pid}/status`, 'utf8').match(/VmRSS:\s+(\d+)/)?.[1]) * 1024;
}

/** @param {http2.ClientHttp2Session} session @param {number} count */
function openStreams(session, count) {
  return new Promise((resolve, reject) => {
    let asked = 0;
    let opened = 0;
    const more = () => {
      for (; asked < count && asked - opened < openingAtOnce; ++asked) {
        const stream = session.request({ ':path': '/v1/topics/parked', accept: 'text/event-stream' });
        stream.on('error', reject);
        stream.once('data', () => {
          if (++opened === count) resolve(undefined);
          else more();
        });
      }
    };
    more();
  });
}

const sessions = [];
for (let i = 0; i < connections; ++i) {
  const session = http2.connect(url, { maxSessionMemory: 4_000 });
  await new Promise((resolve) => session.on('remoteSettings', resolve));
  session.setLocalWindowSize(1 << 28);
  sessions.push(session);
}
for (const session of sessions) await openStreams(session, warmUpEach);
const before = residentBytes();
for (const session of sessions) await openStreams(session, streamsEach);
const after = residentBytes();
const streams = connections * streamsEach;
console.log(`streams ${streams} connections ${connections} resident_before ${before} resident_after ${after} bytes_per_stream ${Math.round((after - before) / streams)}`);
process.exit(0);
