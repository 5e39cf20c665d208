import type { OutgoingHttpHeaders } from 'node:http2';
import type { Deadline } from './deadline.ts';
import type { Exchange, PublicRequest } from './exchange.ts';
import { requestTrailers } from './request-trailers.ts';

/** How a request's body travels. */
export type BodyPlan = 'none' | 'collect' | 'stream';

/**
 * Chooses by what the head says of the body; null when it says more than `bodyBytes`. A body of unknown length is streamed,
 * unless `isCallback`: those are always collected.
 */
export function planBody(
  request: PublicRequest,
  bodyBytes: number,
  collectBytes: number,
  isCallback: boolean,
): BodyPlan | null {
  if ('stream' in request) {
    if (request.stream.endAfterHeaders) return 'none';
  } else if (
    request.headers['transfer-encoding'] === undefined &&
    request.headers['content-length'] === undefined
  ) {
    return 'none';
  }
  const declared = request.headers['content-length'];
  if (declared === undefined) return isCallback ? 'collect' : 'stream';
  const length = Number(declared);
  if (!Number.isSafeInteger(length) || length > bodyBytes) return null;
  if (length === 0) return 'none';
  return isCallback || length <= collectBytes ? 'collect' : 'stream';
}

/** What came of collecting a body; null when the client went away in the middle. */
export type Collected = Buffer | 'too-large' | 'late' | null;

/** Collects a body of at most `limit` bytes before the deadline; calls back once. */
export function collectBody(
  exchange: Exchange,
  limit: number,
  deadline: Deadline,
  done: (collected: Collected) => void,
): void {
  const { request } = exchange;
  const chunks: Buffer[] = [];
  let size = 0;
  let settled = false;
  const settle = (collected: Collected): void => {
    if (settled) return;
    settled = true;
    deadline.onExpire(null);
    try {
      done(collected);
    } catch (error) {
      exchange.fail(error);
    }
  };
  exchange.wantBody();
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= limit) chunks.push(chunk);
    else settle('too-large');
  });
  request.once('end', () => {
    if (!exchange.isWhole()) settle(null);
    else settle(chunks.length === 1 ? (chunks[0] ?? null) : Buffer.concat(chunks));
  });
  request.once('close', () => settle(null));
  exchange.onGone(() => settle(null));
  deadline.onExpire(() => settle('late'));
}

/** Where a request's body goes. */
export interface BodySink {
  /** False asks to wait until there is room again. */
  write(piece: Buffer): boolean;
  /** Ends it, with a last piece and with trailers. */
  end(piece?: Buffer, trailers?: OutgoingHttpHeaders | null): void;
  /** Breaks it off. */
  cancel(): void;
}

export interface Pace {
  /** Bytes a second that have to come, over `paceMs`, while the relay waits for the client. */
  readonly minBodyRate: number;
  readonly paceMs: number;
}

/**
 * Copies the body with its trailers into the tunnel no faster than the other end reads. `progress` is called for each piece, `tooLarge` once
 * more than `limit` bytes have come, `tooSlow` once too little comes although the other end would take it. A body that breaks
 * off resets the stream. Returns what is to be told of the sink.
 */
export function pumpBody(
  exchange: Exchange,
  sink: BodySink,
  limit: number,
  { minBodyRate, paceMs }: Pace,
  on: {
    readonly progress: () => void;
    readonly tooLarge: () => void;
    readonly tooSlow: () => void;
  },
): { readonly onDrain: () => void; readonly onClose: () => void } {
  const { request } = exchange;
  let size = 0;
  let sizeBefore = 0;
  let waited = false;
  const onData = (chunk: Buffer): void => {
    size += chunk.length;
    on.progress();
    if (size > limit) {
      detach();
      on.tooLarge();
      return;
    }
    if (!sink.write(chunk)) {
      waited = true;
      request.pause();
    }
  };
  const pace = setInterval(() => {
    const came = size - sizeBefore;
    sizeBefore = size;
    const heldBack = waited || request.isPaused();
    waited = false;
    if (heldBack || came >= (minBodyRate * paceMs) / 1000) return;
    detach();
    on.tooSlow();
  }, paceMs);
  const onDrain = (): void => {
    on.progress();
    request.resume();
  };
  const onEnd = (): void => {
    detach();
    if (exchange.isWhole()) sink.end(undefined, requestTrailers(request));
    else sink.cancel();
  };
  const onClose = (): void => {
    detach();
    sink.cancel();
  };
  const detach = (): void => {
    clearInterval(pace);
    request.removeListener('data', onData);
    request.removeListener('end', onEnd);
    request.removeListener('close', onClose);
    // Nobody wants the rest, but it has to be taken off the connection.
    request.resume();
  };
  exchange.wantBody();
  request.on('data', onData);
  request.once('end', onEnd);
  request.once('close', onClose);
  return { onDrain, onClose: detach };
}
