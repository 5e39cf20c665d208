import { once } from 'node:events';
import tls, { type TLSSocket } from 'node:tls';
import { expect } from 'vitest';
import { alpn } from '../../common/tunnel/protocol.ts';
import { call, startLoad, type Public } from './support/public.ts';
import { fault } from './support/rows.ts';
import { pause, until } from './support/until.ts';
import {
  bothSessions,
  reach,
  startAgent,
  startAgentProcess,
  startRelayProcess,
  type RelayProcess,
} from './support/world.ts';
import { frame } from '../support/http2/frames.ts';

async function openTls(to: Public, protocol: string | null): Promise<TLSSocket> {
  const socket = tls.connect({
    host: to.address ?? '127.0.0.1',
    port: to.port,
    ca: to.ca,
    servername: to.host,
    ...(protocol === null ? {} : { ALPNProtocols: [protocol] }),
  });
  socket.on('error', () => undefined);
  await once(socket, 'secureConnect');
  return socket;
}

/** The status of what a socket is told before it ends; 0 where it ends without a word. */
async function lastWord(socket: TLSSocket): Promise<number> {
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
  if (!socket.destroyed) await once(socket, 'close');
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0);
}

const SLOW = 500;

fault(
  {
    id: 'T9',
    fault: `${SLOW} slow-loris connections, 1 MB header, body that never comes`,
    injectedBy: 'raw TLS sockets, one header byte a second each',
    promise: 'P11: 408, 431, 408; all others are answered 200 meanwhile; their p99 is printed',
  },
  async (figures) => {
    const relay = await startRelayProcess({ limits: { headMs: 3_000, requestMs: 4_000 } });
    const agent = startAgent(await relay.newDevice());
    await bothSessions(agent);
    const quiet = startLoad(relay.public, 50, (n) => ({ path: `/quiet/${n}` }));
    await pause(1_500);
    const alone = (await quiet.stop()).percentile(0.99);
    figures['p99 alone ms'] = alone;
    const sockets: TLSSocket[] = [];
    for (let at = 0; at < SLOW; at += 50) {
      sockets.push(
        ...(await Promise.all(Array.from({ length: 50 }, () => openTls(relay.public, null)))),
      );
    }
    const others = startLoad(relay.public, 50, (n) => ({ path: `/${n}` }));
    for (const socket of sockets) socket.write('GET / HTTP/1.1\r\nHost: bot.test\r\nX-Slow: ');
    const timer = setInterval(() => {
      for (const socket of sockets) if (socket.writable) socket.write('a');
    }, 1_000);
    const words = await Promise.all(sockets.map(lastWord));
    clearInterval(timer);
    const outcomes = await others.stop();
    const ratio = outcomes.percentile(0.99) / alone;
    const huge = await call(relay.public, {
      path: '/',
      headers: { 'x-huge': 'a'.repeat(1 << 20) },
    });
    const never = await openTls(relay.public, null);
    never.write('POST / HTTP/1.1\r\nHost: bot.test\r\nContent-Length: 100\r\n\r\n');
    const stuck = await lastWord(never);
    figures['slow'] = `${words.filter((word) => word === 408).length} × 408`;
    figures['header'] = huge.name;
    figures['body'] = stuck === 0 ? 'closed' : stuck;
    figures['others'] = outcomes.text();
    figures['p99 of others ms'] =
      `${Math.round(outcomes.percentile(0.99))} (${ratio.toFixed(1)} ×)`;
    expect(words.filter((word) => word === 408)).toHaveLength(SLOW);
    // The relay closes while the client still writes: it reads the 431, or its write fails.
    expect(huge.name).toMatch(/^(431.*|ECONNRESET|EPIPE)$/);
    expect([0, 408]).toContain(stuck);
    expect(outcomes.count('200')).toBe(outcomes.sent);
  },
);

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

const empty = Buffer.alloc(0);
const settings = frame(4, 0, 0, empty);
/** `:method GET`, `:path /`, `:scheme https` of HPACK's static table (RFC 7541 appendix A). */
const get = Buffer.from([0x82, 0x84, 0x87]);

/** Each writes until it is cut off or done. */
const floods: Record<string, () => Iterable<Buffer>> = {
  *'random bytes'() {
    yield Buffer.from(Array.from({ length: 4096 }, (_, at) => (at * 131) % 256));
  },
  *'RST storm'() {
    for (let id = 1; id < 40_000; id += 2) {
      yield Buffer.concat([frame(1, 5, id, get), frame(3, 0, id, Buffer.from([0, 0, 0, 8]))]);
    }
  },
  *'PING flood'() {
    for (let n = 0; n < 40_000; n += 1) yield frame(6, 0, 0, Buffer.alloc(8));
  },
  *'SETTINGS flood'() {
    for (let n = 0; n < 40_000; n += 1) yield settings;
  },
  *'CONTINUATION flood'() {
    yield frame(1, 1, 1, get);
    for (let n = 0; n < 2_000; n += 1) yield frame(9, 0, 1, Buffer.alloc(8_192, 0x82));
  },
  *'oversized frame'() {
    yield frame(0, 0, 1, Buffer.alloc(1 << 20));
  },
};

async function flood(socket: TLSSocket, frames: Iterable<Buffer>): Promise<number> {
  let sent = 0;
  // A race leaves the loser's listener behind.
  socket.setMaxListeners(0);
  socket.resume();
  for (const bytes of frames) {
    if (socket.destroyed) break;
    sent += 1;
    if (!socket.write(bytes)) {
      await Promise.race([once(socket, 'drain'), once(socket, 'close')]).catch(() => undefined);
    }
  }
  await Promise.race([once(socket, 'close').catch(() => undefined), pause(1_000)]);
  return sent;
}

async function openControl(relay: RelayProcess, protocol: string): Promise<TLSSocket> {
  const { endpoint, ca, certificate, privateKey } = await relay.newDevice();
  const socket = tls.connect({
    ...endpoint,
    ca,
    cert: certificate,
    key: privateKey,
    ALPNProtocols: [protocol],
  });
  socket.on('error', () => undefined);
  await once(socket, 'secureConnect');
  return socket;
}

fault(
  {
    id: 'T26',
    fault: 'corrupt frames and HTTP/2 floods, from the public and from an enrolled device',
    injectedBy: 'raw frames on the public port and on the control port',
    promise:
      'P7, P11: the process lives, memory is back to +10 %, all others are answered 200; their p99 is printed',
  },
  async (figures) => {
    const relay = await startRelayProcess();
    const agent = await startAgentProcess({ identity: await relay.newDevice() });
    await reach(agent, 'online');
    const quiet = startLoad(relay.public, 50, (n) => ({ path: `/quiet/${n}` }));
    await pause(2_000);
    const alone = (await quiet.stop()).percentile(0.99);
    figures['p99 alone ms'] = alone;
    const before = await relay.program().stats();
    for (const [name, frames] of Object.entries(floods)) {
      const others = startLoad(relay.public, 50, (n) => ({ path: `/${n}`, deadlineMs: 10_000 }));
      const ends: string[] = [];
      for (const open of [
        () => openTls(relay.public, 'h2'),
        () => openControl(relay, alpn.control),
      ]) {
        const socket = await open();
        socket.write(Buffer.concat([PREFACE, settings]));
        const sent = await flood(socket, frames());
        ends.push(`${sent} frames, ${socket.destroyed ? 'cut' : 'borne'}`);
        socket.destroy();
      }
      const outcomes = await others.stop();
      figures[name] =
        `${ends.join('; ')} (others p99 ${Math.round(outcomes.percentile(0.99))} ms, ${(outcomes.percentile(0.99) / alone).toFixed(1)} ×)`;
      expect(outcomes.count('200')).toBe(outcomes.sent);
    }
    await until('sockets freed', 5_000, async () => {
      return (await relay.program().stats()).sockets <= before.sockets;
    });
    const after = await relay.program().stats();
    figures['heap MB before / after'] = `${before.heapMb.toFixed(1)} / ${after.heapMb.toFixed(1)}`;
    expect(after.heapMb).toBeLessThan(before.heapMb * 1.1);
    expect((await call(relay.public, { path: '/after' })).name).toBe('200');
  },
);
