import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import tls, { type TLSSocket } from 'node:tls';
import { expect, it, onTestFinished } from 'vitest';
import { silentLogger } from '../../../common/domain/log.ts';
import { CLIENT_PREFACE, flag, frameType as type } from '../../../common/http2/frames.ts';
import { logFrames, type FrameLog } from '../../../tests/support/http2/frame-log.ts';
import { frame, headers, settings } from '../../../tests/support/http2/frames.ts';
import { dataPath, timing } from '../../../common/tunnel/protocol.ts';
import type { TunnelStream } from '../../../gateway/types.ts';
import { openData, type DataSession } from './data.ts';
import { createCa } from './testing/pki.ts';

interface Far {
  readonly session: DataSession;
  readonly socket: TLSSocket;
  readonly log: FrameLog;
  readonly held: readonly TunnelStream[];
  readonly lost: readonly string[];
}

interface Dialled extends Pick<Far, 'socket' | 'held' | 'lost'> {
  readonly opened: Promise<DataSession>;
  readonly near: TLSSocket;
}

const request = (id: number, path: string): Buffer =>
  headers(
    id,
    flag.END_STREAM,
    [':method', 'GET'],
    [':scheme', 'https'],
    [':authority', 'a'],
    [':path', path],
  );

/** A data session with a relay that says of itself what the test has it say. */
async function dialled(
  signal: AbortSignal,
  pingDeadline: number = timing.pingDeadline,
): Promise<Dialled> {
  const ca = createCa();
  const { certificate, privateKey } = ca.issue({ hosts: ['localhost'] });
  const server = tls.createServer({ cert: certificate, key: privateKey });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const accepted = once(server, 'secureConnection') as Promise<[TLSSocket]>;
  const near = tls.connect({
    port,
    host: '127.0.0.1',
    servername: 'localhost',
    ca: ca.certificate,
  });
  await once(near, 'secureConnect');
  const [socket] = await accepted;
  socket.on('error', () => undefined);
  onTestFinished(() => {
    near.destroy();
    socket.destroy();
    server.close();
  });
  const held: TunnelStream[] = [];
  const lost: string[] = [];
  const opened = openData(
    {
      ...{ socket: near, generation: 1, index: 0, heartbeatMs: 60_000, log: silentLogger, signal },
      timing: { ...timing, pingDeadline },
      faults: () => ({ endpoint: 'relay:2222', now: Date.now() }),
    },
    {
      onStream: (stream) => held.push(stream),
      onLost: ({ code }) => lost.push(code),
    },
  );
  return { opened, near, socket, held, lost };
}

/** An attached session with a request under way; its relay answers no ping unless the test does. */
async function attachedSession(pingDeadline?: number): Promise<Far> {
  const { opened, socket, held, lost } = await dialled(new AbortController().signal, pingDeadline);
  const log = logFrames(socket);
  const greeting = [Buffer.from(CLIENT_PREFACE), settings(), request(1, dataPath.attach)];
  socket.write(Buffer.concat(greeting));
  const session = await opened;
  socket.write(request(3, '/slow'));
  await expect.poll(() => session.inFlight()).toBe(1);
  return { session, socket, log, held, lost };
}

it('a session of a lost link ends at once when nothing answers, long before its drain is over', async () => {
  const { session, lost } = await attachedSession(100);
  session.retire(timing.drainMax);
  await session.closed;
  expect(session.inFlight()).toBe(0);
  expect(lost).toEqual([]);
});

it('one whose probe was under way when it was retired ends too', async () => {
  const { session, lost } = await attachedSession(100);
  session.probe(50);
  session.retire(timing.drainMax, timing.drainMax);
  await session.closed;
  expect(lost).toEqual([]);
});

it('one that lives finishes what is under way, and says so', async () => {
  const { session, socket, log, held } = await attachedSession();
  session.retire(timing.drainMax);
  const ping = await log.find((one) => one.type === type.PING);
  socket.write(frame(type.PING, flag.ACK, 0, ping?.payload));
  expect((await log.find((one) => one.type === type.GOAWAY))?.payload.readUInt32BE(0)).toBe(3);
  held[0]?.answer({ ':status': 200 }, 'late');
  const answer = await log.find((one) => one.type === type.DATA && one.streamId === 3);
  expect(answer?.payload.toString()).toBe('late');
  await session.closed;
});

it.each([true, false])(
  'none outlives its link before it is attached, given up before: %s',
  async (before) => {
    const link = new AbortController();
    if (before) link.abort();
    const { opened, near, lost } = await dialled(link.signal);
    link.abort();
    await expect(opened).rejects.toMatchObject({ code: 'SESSION_LOST' });
    expect([near.destroyed, lost]).toEqual([true, []]);
  },
);
