import http from 'node:http';

// ask(method, target, body): one request with a body of JSON, over so many connections at the most; gives the answer's text,
// and throws for any status that is none of success.
export function asker(server, connections) {
  const [host, port] = server.split(':');
  const agent = new http.Agent({ keepAlive: true, maxSockets: connections });
  return (method, target, body) => new Promise((resolve, reject) => {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const headers = text === undefined ? {} : { 'Content-Length': Buffer.byteLength(text) };
    const request = http.request({ agent, host, port, method, path: target, headers }, (response) => {
      let answer = '';
      response.setEncoding('utf8');
      response.on('data', (piece) => { answer += piece; });
      response.on('end', () => {
        if (response.statusCode >= 200 && response.statusCode < 300) resolve(answer);
        else reject(new Error(`${method} ${target} was answered ${response.statusCode}: ${answer.slice(0, 200)}`));
      });
    });
    request.on('error', reject);
    request.end(text);
  });
}
