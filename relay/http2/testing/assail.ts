import { startClientSession, type ClientSession } from '../client-session.ts';
import type { Receiver, RequestStream } from '../request-stream.ts';
import {
  anyFrame,
  generator,
  heap,
  MemoryConnection,
  type Assault,
  type Field,
  type Random,
} from '../../../tests/support/http2/assault.ts';
import { settings } from '../../../tests/support/http2/frames.ts';
import { smallWindows } from './raw-peer.ts';

/** Runs `sessions` sessions, each against one sequence of frames, the same ones for the same `seed`. */
export async function assail(sessions: number, seed: number): Promise<Assault> {
  const random = generator(seed);
  const defects: unknown[] = [];
  const totals = { refused: 0, answered: 0, unclean: 0 };
  let heapBefore = 0;
  for (let round = 0; round < sessions; round += 1) {
    if (round === Math.floor(sessions / 10)) heapBefore = heap();
    const connection = new MemoryConnection();
    const session = startClientSession(connection, {
      ...smallWindows,
      onDefect: (error) => defects.push(error),
    });
    const watches = openRequests(session, random);
    deliver(connection, session, watches, random);
    if (session.destroyed) totals.refused += 1;
    connection.destroy();
    await new Promise(setImmediate);
    for (const watch of watches) {
      // A whole answer that waits for its reader outlives the connection.
      for (let turn = 0; turn < 1_000 && !watch.stream.closed; turn += 1) watch.stream.resume();
      if (watch.ends > 0) totals.answered += 1;
      if (watch.closes !== 1 || watch.ends > 1 || watch.late > 0) totals.unclean += 1;
    }
    if (session.openStreams !== 0 || !session.destroyed) totals.unclean += 1;
  }
  return { ...totals, defects, growth: heap() - heapBefore };
}

const BODY = Buffer.alloc(200_000);

interface Watch {
  readonly stream: RequestStream;
  closes: number;
  ends: number;
  /** Calls behind the last. */
  late: number;
}

function openRequests(session: ClientSession, random: Random): Watch[] {
  return ['GET', 'POST', 'HEAD', 'CONNECT'].map((method) => {
    const counts = { closes: 0, ends: 0, late: 0 };
    const heard = (): void => {
      if (counts.closes > 0) counts.late += 1;
    };
    const receiver: Receiver = {
      onInterim: heard,
      onHead: heard,
      onData: () => {
        heard();
        if (random(10) === 0) watch.stream.pause();
      },
      onLull: heard,
      onTrailers: heard,
      onEnd: () => {
        heard();
        counts.ends += 1;
      },
      onDrain: heard,
      onClose: () => {
        heard();
        counts.closes += 1;
      },
    };
    const hasBody = method === 'POST' || method === 'CONNECT';
    const fields = { ':method': method, ':scheme': 'https', ':authority': 'a', ':path': '/' };
    const stream = session.open(fields, !hasBody, receiver);
    const watch: Watch = Object.assign(counts, { stream });
    if (hasBody) stream.write(BODY.subarray(0, random(BODY.length)));
    return watch;
  });
}

function deliver(
  connection: MemoryConnection,
  session: ClientSession,
  watches: readonly Watch[],
  random: Random,
): void {
  const greeting = random(20) === 0 ? [] : [settings([random(8), random(100_000)])];
  const frames = Array.from({ length: 1 + random(14) }, () => anyFrame(random, anyHead));
  const bytes = Buffer.concat([...greeting, ...frames]);
  if (random(3) === 0) bytes[random(bytes.length)] = random(256);
  for (let at = 0; at < bytes.length && !session.destroyed;) {
    const end = at + 1 + random(random(4) === 0 ? 20 : 4_000);
    connection.emit('data', bytes.subarray(at, end));
    at = end;
    const { stream } = watches[random(watches.length)] as Watch;
    if (random(12) === 0) stream.cancel();
    else if (random(6) === 0) stream.end();
    else stream.resume();
  }
  if (random(10) === 0) session.close();
  if (random(20) === 0) connection.emit('end');
}

function anyHead(random: Random): Field[] {
  const status = ['200', '204', '103', '304', '404'][random(5)] ?? '';
  return [[':status', status]];
}
