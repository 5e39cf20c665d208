import { once } from 'node:events';
import { connect, createServer, type ClientHttp2Session, type Http2Server } from 'node:http2';
import net, { type AddressInfo, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { closed } from '../../tests/support/closed.ts';
import { startAnsweringThread } from '../../tests/support/http2/answering-thread.ts';
import { openLine, type Line } from '../testing/line.ts';
import { pingable, startPulse } from './pulse.ts';

let server: Http2Server;
let line: Line;
let socket: Socket;
let session: ClientHttp2Session;
const never = { intervalMs: 1_000_000, deadlineMs: 1_000_000 };

beforeEach(async () => {
  server = createServer((_request, response) => response.end('ok'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  line = await openLine(`127.0.0.1:${(server.address() as AddressInfo).port}`);
  socket = net.connect(line.port, '127.0.0.1');
  session = connect('http://test', { createConnection: () => socket });
  session.on('error', () => undefined);
  await once(session, 'remoteSettings');
});
afterEach(async () => {
  session.destroy();
  server.close();
  await line.close();
});

describe('the pulse', () => {
  it('measures a peer that answers', async () => {
    const pulse = startPulse(pingable(session), socket, () => undefined, never);
    expect(pulse.roundTrip()).toBeNull();
    expect(await pulse.probe(5_000)).toBe(true);
    expect(pulse.roundTrip()).toBeGreaterThan(0);
    expect(socket.destroyed).toBe(false);
  });

  it('destroys the socket of a peer that says nothing', async () => {
    let deaths = 0;
    const pulse = startPulse(pingable(session), socket, () => (deaths += 1), never);
    line.freeze();
    const gone = closed(socket);
    expect(await pulse.probe(30)).toBe(false);
    await gone;
    expect(deaths).toBe(1);
    expect(await pulse.probe(30)).toBe(false);
    expect(deaths).toBe(1);
  });

  it('does so by itself', async () => {
    startPulse(pingable(session), socket, () => undefined, { intervalMs: 10, deadlineMs: 30 });
    line.freeze();
    await closed(socket);
    expect(session.destroyed).toBe(true);
  });

  it('reads what came while this process stood still before it judges', async () => {
    const thread = await startAnsweringThread();
    const near = net.connect(thread.port, '127.0.0.1');
    const own = connect('http://test', { createConnection: () => near });
    try {
      await once(own, 'remoteSettings');
      const pulse = startPulse(pingable(own), near, () => undefined, never);
      const answer = pulse.probe(50);
      await thread.standStill(200);
      expect(await answer).toBe(true);
      expect(near.destroyed).toBe(false);
    } finally {
      own.destroy();
      await thread.close();
    }
  });

  it('does not wait for a longer question that is under way', async () => {
    const pulse = startPulse(pingable(session), socket, () => undefined, never);
    line.freeze();
    const patient = pulse.probe(1_000_000);
    expect(await pulse.probe(30)).toBe(false);
    expect(await patient).toBe(false);
  });
});
