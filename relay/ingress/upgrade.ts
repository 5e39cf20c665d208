import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { UPGRADE_AUTHORITY } from '../../common/tunnel/protocol.ts';
import type { ErrorCode } from '../../common/errors/codes.ts';
import type { ClientStream } from '../http2/client-stream.ts';
import { errorCode } from '../../common/http2/errors.ts';
import type { Metrics } from '../metrics.ts';
import type { DataSession } from '../registry/data-session.ts';
import { ownAnswer, rawAnswer } from './answer.ts';
import type { IngressLimits } from './limits.ts';
import { createCloseCodeReader } from './close-code.ts';
import { SWITCHING, type Passage } from './passage.ts';
import type { RequestHead } from './request-head.ts';
import {
  closingHead,
  readUpgradeAnswer,
  upgradeRequest,
  type UpgradeAnswer,
} from './upgrade-head.ts';

/** How long the body of a refused upgrade may pause before the connection is closed, and its last bytes take to leave. */
const REFUSAL_IDLE = 5_000;

export interface UpgradeDeps {
  readonly limits: IngressLimits;
  readonly metrics: Metrics;
  readonly passage: Passage;
  /** The target has accepted; false where there is no place for one more. */
  readonly onOpen: () => boolean;
}

/** Answers an upgrade that goes nowhere, and closes. */
export function refuseUpgrade(
  socket: Duplex,
  status: number,
  code: ErrorCode,
  head: Pick<RequestHead, 'headers' | 'trace'>,
  { metrics, passage }: Pick<UpgradeDeps, 'metrics' | 'passage'>,
): void {
  metrics.upgrades.inc({ result: code });
  passage.answered(status, 'relay', code);
  const answer = ownAnswer(status, code, head);
  socket.end(rawAnswer(answer, 'Refused'), () => socket.destroy());
}

/**
 * Carries a WebSocket handshake (RFC 6455) and what follows through a CONNECT stream, byte for byte. Nothing of the
 * client but the handshake's head enters the tunnel before the 101: on a connection that is not upgraded, further bytes
 * would be further requests, which nobody has routed or judged.
 */
export function forwardUpgrade(
  request: IncomingMessage,
  socket: Duplex,
  early: Buffer,
  head: RequestHead,
  session: DataSession,
  deps: UpgradeDeps,
): void {
  const { metrics, limits, passage } = deps;
  let stream: ClientStream;
  try {
    stream = session.request({ ':method': 'CONNECT', ':authority': UPGRADE_AUTHORITY }, false);
  } catch {
    refuseUpgrade(socket, 502, 'AGENT_LOST', head, deps);
    return;
  }
  passage.sent(session.id);
  let answered = false;
  const refuse = (status: number, code: ErrorCode): void => {
    if (answered) return;
    answered = true;
    clearTimeout(deadline);
    clearTimeout(probe);
    stream.cancel();
    refuseUpgrade(socket, status, code, head, deps);
  };
  const deadline = setTimeout(() => refuse(504, 'ANSWER_TIMEOUT'), limits.answerMs);
  const probe = setTimeout(() => {
    void session.pulse.probe(limits.probeDeadlineMs);
  }, limits.probeAfterMs);

  socket.on('error', () => undefined);
  // Its two directions end one by one from now on. (For the whole server it would keep dead HTTP/2 connections open.)
  socket.allowHalfOpen = true;
  socket.once('close', () => {
    clearTimeout(deadline);
    clearTimeout(probe);
    answered = true;
    // After both halves have ended in order, the last bytes of the client may still be on their way.
    if (!stream.readableEnded || !stream.writableEnded) stream.cancel();
  });
  stream.on('error', () => undefined);
  stream.once('close', () => {
    refuse(502, 'AGENT_LOST');
    if (stream.rstCode !== errorCode.NO_ERROR) socket.destroy();
  });
  stream.once('response', (headers) => {
    clearTimeout(probe);
    if (headers[':status'] !== 200) {
      refuse(502, 'AGENT_LOST');
      return;
    }
    stream.write(upgradeRequest(request, head));
    readAnswer(stream, (answer) => {
      if (answered) return;
      if (answer === null) {
        refuse(502, 'AGENT_LOST');
        return;
      }
      if (answer.status === SWITCHING && !deps.onOpen()) {
        refuse(429, 'RATE_LIMITED');
        return;
      }
      answered = true;
      clearTimeout(deadline);
      metrics.upgrades.inc({ result: answer.status === 101 ? 'ok' : String(answer.status) });
      passage.answered(answer.status, answer.source, null);
      if (answer.status === 101) join(socket, stream, early, answer, passage);
      else passRefusal(socket, stream, answer, Math.min(REFUSAL_IDLE, limits.stallMs));
    });
  });
}

/** Calls back once: with the head of the answer, or null when there is none. */
function readAnswer(stream: ClientStream, done: (answer: UpgradeAnswer | null) => void): void {
  let bytes: Buffer = Buffer.alloc(0);
  const settle = (answer: UpgradeAnswer | null): void => {
    stream.removeListener('data', onData);
    stream.removeListener('end', onEnd);
    stream.pause();
    done(answer);
  };
  const onEnd = (): void => settle(null);
  const onData = (chunk: Buffer): void => {
    bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk]);
    try {
      const answer = readUpgradeAnswer(bytes);
      if (answer !== null) settle(answer);
    } catch {
      settle(null);
    }
  };
  stream.on('data', onData);
  stream.once('end', onEnd);
}

/** Both ways with back-pressure; each half closes by itself. */
function join(
  socket: Duplex,
  stream: ClientStream,
  early: Buffer,
  answer: UpgradeAnswer,
  passage: Passage,
): void {
  watchTraffic(socket, stream, [early, answer.rest], passage);
  socket.write(Buffer.from(answer.head, 'latin1'));
  if (answer.rest.length > 0) socket.write(answer.rest);
  if (early.length > 0) stream.write(early);
  socket.pipe(stream);
  stream.pipe(socket);
}

/** Notes what passes, and how it ends. The bytes go their way untouched. */
function watchTraffic(
  socket: Duplex,
  stream: ClientStream,
  [early, rest]: readonly [Buffer, Buffer],
  passage: Passage,
): void {
  const closes = { received: createCloseCodeReader(), sent: createCloseCodeReader() };
  const bytes = { received: 0, sent: 0 };
  let code: number | null = null;
  const note = (way: 'received' | 'sent', chunk: Buffer): void => {
    bytes[way] += chunk.length;
    closes[way].read(chunk);
    code ??= closes[way].code();
  };
  note('received', early);
  note('sent', rest);
  socket.on('data', (chunk: Buffer) => note('received', chunk));
  stream.on('data', (chunk: Buffer) => note('sent', chunk));
  socket.once('close', () => passage.carried({ ...bytes, code }));
}

/** Gives the client an answer that is no upgrade, up to its end, and closes. */
function passRefusal(
  socket: Duplex,
  stream: ClientStream,
  answer: UpgradeAnswer,
  idleMs: number,
): void {
  socket.write(Buffer.from(closingHead(answer.head), 'latin1'));
  let left = answer.length ?? Number.POSITIVE_INFINITY;
  const finish = (): void => {
    clearTimeout(idle);
    stream.removeListener('data', onData);
    // The stream is cancelled with the socket, not before: its breaking off would cut what is still being flushed.
    socket.end(() => socket.destroy());
    const cut = setTimeout(() => socket.destroy(), idleMs);
    socket.once('close', () => clearTimeout(cut));
  };
  // A body without a length ends with the stream, which an agent that keeps connections alive does not close at once.
  const idle = setTimeout(finish, idleMs);
  const onData = (chunk: Buffer): void => {
    idle.refresh();
    const piece = chunk.subarray(0, left);
    left -= piece.length;
    if (!socket.write(piece)) {
      stream.pause();
      socket.once('drain', () => stream.resume());
    }
    if (left === 0) finish();
  };
  stream.on('data', onData);
  stream.once('end', finish);
  if (answer.rest.length > 0) onData(answer.rest);
  else if (left === 0) finish();
  stream.resume();
}
