// What every peer of the tunnel bench leads to: a small JSON answer, 100 MB down, and a sink.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const answer = JSON.stringify({ status: 'ok', padding: 'x'.repeat(185) });
const piece = Buffer.alloc(64 * 1024, 0x61);

const server = createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://origin');
  if (url.pathname === '/up') {
    let bytes = 0;
    request.on('data', (chunk: Buffer) => (bytes += chunk.length));
    request.on('end', () => response.end(JSON.stringify({ bytes })));
    return;
  }
  request.resume();
  if (url.pathname !== '/down') {
    response.writeHead(200, { 'content-type': 'application/json' }).end(answer);
    return;
  }
  let left = Number(url.searchParams.get('bytes'));
  const push = (): void => {
    while (left > 0) {
      const more = response.write(left >= piece.length ? piece : piece.subarray(0, left));
      left -= piece.length;
      if (!more) return;
    }
    response.end();
  };
  response.on('drain', push);
  push();
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => {
  process.send?.({ ready: { port: String((server.address() as AddressInfo).port) } });
});
process.on('disconnect', () => process.exit(0));
