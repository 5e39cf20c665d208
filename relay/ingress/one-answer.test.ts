import { once } from 'node:events';
import type { ServerHttp2Stream } from 'node:http2';
import tls from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { upgradeServer } from '../testing/peer.ts';
import { startRelay, type TestRelay } from '../testing/relay.ts';

let to: TestRelay;
afterEach(async () => {
  await to.close();
});

/** A connection of HTTP/1.1 that is told byte for byte what to say, and keeps what it hears. */
async function dial(): Promise<{
  say: (text: string) => void;
  heard: () => string;
  closed: Promise<unknown>;
}> {
  const socket = tls.connect({
    port: to.publicPort,
    host: '127.0.0.1',
    ca: to.publicCa,
    servername: 'bot.test',
  });
  socket.on('error', () => undefined);
  await once(socket, 'secureConnect');
  let text = '';
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
  });
  const closed = new Promise((resolve) => {
    socket.once('close', resolve);
  });
  return { say: (bytes) => void socket.write(bytes), heard: () => text, closed };
}

const answers = (text: string): number => text.split('HTTP/1.1 ').length - 1;

describe('an answer that has begun', () => {
  it.each([
    ['something that is no request', 'GET / HTTP/1.1\r\n\r\n', 'hello\r\n\r\n'],
    [
      'a body that is malformed',
      'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n',
      'zz\r\n',
    ],
  ])(
    'breaks off at %s behind it, and nothing stands in its body',
    async (_what, request, bytes) => {
      to = await startRelay();
      await to.connect({
        onStream: (stream) => {
          stream.on('error', () => undefined);
          stream.respond({ ':status': 200 });
          stream.write('part');
        },
      });
      const client = await dial();
      client.say(request.replace('\r\n', '\r\nHost: bot.test\r\n'));
      await expect.poll(client.heard).toContain('part');
      client.say(bytes);
      await client.closed;
      expect(client.heard()).toMatch(/\r\n\r\n4\r\npart\r\n$/);
      expect(answers(client.heard())).toBe(1);
    },
  );
});

it('does not change the protocol of a connection that still owes an answer', async () => {
  to = await startRelay();
  let upgraded = 0;
  const upgrades = upgradeServer((_request, response) => response.end());
  upgrades.on('upgrade', (_request, socket) => {
    upgraded += 1;
    socket.end(
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    );
  });
  const pending: ServerHttp2Stream[] = [];
  await to.connect({ upgrades, onStream: (stream) => void pending.push(stream) });
  const client = await dial();
  client.say('GET /slow HTTP/1.1\r\nHost: bot.test\r\n\r\n');
  await expect.poll(() => pending.length).toBe(1);
  client.say(
    'GET /ws HTTP/1.1\r\nHost: bot.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
  );
  await client.closed;
  expect([client.heard(), upgraded]).toEqual(['', 0]);
});
