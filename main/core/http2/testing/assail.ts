import { CLIENT_PREFACE } from '../../../../common/http2/frames.ts';
import {
  anyFrame,
  generator,
  heap,
  MemoryConnection,
  type Assault,
  type Field,
  type Random,
} from '../../../../tests/support/http2/assault.ts';
import { headers, settings } from '../../../../tests/support/http2/frames.ts';
import type { TunnelDuplex, TunnelStream } from '../../../../gateway/types.ts';
import { startServerSession, type ServerSession } from '../server-session.ts';
import { requestHead, usual } from './raw-client.ts';

const BODY = Buffer.alloc(200_000);

interface Watch {
  readonly stream: TunnelStream;
  closes: number;
  /** Calls behind the last. */
  late: number;
  /** Bodies that were whole, and those that were said to be and were not. */
  wholes: number;
}

/** Runs `sessions` sessions, each against one sequence of frames, the same ones for the same `seed`. */
export async function assail(sessions: number, seed: number): Promise<Assault> {
  const random = generator(seed);
  const defects: unknown[] = [];
  const totals = { refused: 0, answered: 0, unclean: 0 };
  let heapBefore = 0;
  for (let round = 0; round < sessions; round += 1) {
    if (round === Math.floor(sessions / 10)) heapBefore = heap();
    const connection = new MemoryConnection();
    const watches: Watch[] = [];
    const session = startServerSession(connection, {
      ...usual,
      maxStreams: 1 + random(8),
      onStream: (stream) => watches.push(serve(stream, random)),
      onDefect: (error) => defects.push(error),
    });
    deliver(connection, session, watches, random);
    if (session.destroyed) totals.refused += 1;
    connection.destroy();
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    // The last octets of a tunnel wait for their reader, and outlive the connection.
    for (const { stream } of watches) if (!stream.closed) stream.duplex().resume();
    await new Promise(setImmediate);
    for (const { stream, closes, late, wholes } of watches) {
      totals.answered += Number(stream.headersSent);
      if (closes !== 1 || late > 0 || wholes > 1) totals.unclean += 1;
    }
    if (session.openStreams !== 0 || !session.destroyed) totals.unclean += 1;
  }
  return { ...totals, defects, growth: heap() - heapBefore };
}

/** Serves a request in one of the ways in which it can be. */
function serve(stream: TunnelStream, random: Random): Watch {
  const watch: Watch = { stream, closes: 0, late: 0, wholes: 0 };
  stream.onClose(() => (watch.closes += 1));
  const answer = (): void => {
    stream.answer(
      { ':status': [200, 204, 404][random(3)], 'x-a': 'b' },
      BODY.subarray(random(100)),
    );
  };
  switch (random(5)) {
    case 0:
      stream.readBody(20 + random(200), 10_000).then(
        (body) => {
          if (body !== null) watch.wholes += 1;
          answer();
        },
        () => undefined,
      );
      break;
    case 1:
      answer();
      break;
    case 2: {
      const duplex = quiet(stream);
      duplex.on('data', () => {
        if (watch.closes > 0 && stream.closed && duplex.destroyed) watch.late += 1;
      });
      duplex.once('end', () => (watch.wholes += 1));
      duplex.respond({ ':status': 200 });
      duplex.write(BODY.subarray(0, random(BODY.length)));
      break;
    }
    case 3:
      quiet(stream);
      break;
    default:
  }
  return watch;
}

function deliver(
  connection: MemoryConnection,
  session: ServerSession,
  watches: readonly Watch[],
  random: Random,
): void {
  const preface = random(30) === 0 ? [] : [Buffer.from(CLIENT_PREFACE)];
  const greeting = random(20) === 0 ? [] : [settings([random(8), random(100_000)])];
  const first = random(3) === 0 ? [] : [headers(1, random(2), ...requestHead('POST'))];
  const frames = Array.from({ length: 1 + random(14) }, () => anyFrame(random, anyHead));
  const bytes = Buffer.concat([...preface, ...greeting, ...first, ...frames]);
  if (random(3) === 0) bytes[random(bytes.length)] = random(256);
  for (let at = 0; at < bytes.length && !session.destroyed;) {
    const end = at + 1 + random(random(4) === 0 ? 20 : 4_000);
    connection.emit('data', bytes.subarray(at, end));
    at = end;
    const { stream } = watches[random(Math.max(1, watches.length))] ?? {};
    if (stream !== undefined) disturb(stream, random);
  }
  if (random(10) === 0) session.close();
  if (random(20) === 0) connection.emit('end');
}

function disturb(stream: TunnelStream, random: Random): void {
  switch (random(10)) {
    case 0:
      stream.close(random(14));
      break;
    case 1:
      stream.answer({ ':status': 200 }, 'now');
      break;
    case 2:
      quiet(stream).end('now');
      break;
    case 3:
      quiet(stream).destroy();
      break;
    case 4:
      quiet(stream).resume();
      break;
    default:
  }
}

function quiet(stream: TunnelStream): TunnelDuplex {
  const duplex = stream.duplex();
  return duplex.listenerCount('error') > 0 ? duplex : duplex.on('error', () => undefined);
}

function anyHead(random: Random): Field[] {
  const method = ['GET', 'POST', 'HEAD', 'CONNECT', 'OPTIONS'][random(5)] ?? '';
  const fields = [...requestHead(method)];
  if (method === 'CONNECT')
    return fields.filter(([name]) => name !== ':path' && name !== ':scheme');
  if (random(6) === 0) fields.splice(random(fields.length), 1);
  return fields;
}
