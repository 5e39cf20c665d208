import { randomUUID } from 'node:crypto';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { ServiceAnswer } from '../../common/domain/inbound.ts';
import type { StreamFeed } from '../../common/domain/stream.ts';
import { AppError, toErrorInfo } from '../../common/errors/app-error.ts';
import {
  timedOut,
  unreachable,
  unreachableError,
  type Called,
  type CallResult,
  type Delivery,
} from '../delivery/call-result.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { messageFrame, readFrame, requestFrame, type AnswerFrame } from './frames.ts';
import { MAX_BUFFERED_BYTES, SUBSCRIBE_PATH } from './limits.ts';
import { oneWriteATurn } from './one-write.ts';

/** Frames that one subscriber may have without an answer; more go to another one, or elsewhere. */
const MAX_OPEN = 64;

/** What ended the wait for an answer: a frame, or why there will be none. */
type Ending = AnswerFrame | 'gone' | 'timeout' | 'aborted';

interface Subscriber {
  readonly socket: WebSocket;
  /** To be called before a frame is sent. */
  readonly gather: () => void;
  readonly open: Map<string, (ending: Ending) => void>;
}

/** The subscribers of WebSocket targets. */
export interface TargetSockets {
  /** Adds a subscriber until it disconnects; `connection` is what its socket writes to. */
  join(target: string, socket: WebSocket, connection: Duplex): void;
  count(target: string): number;
  /** Messages and requests that wait for an answer. */
  open(target: string): number;
  /** Hands a message over and waits for `answer`, `ack` or `nack`; goes on to the next subscriber when one dies before. Never throws. */
  deliver(
    target: string,
    delivery: Delivery,
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<Called>;
  /**
   * Hands over what somebody posted and resolves with the answer's body. Throws TARGET_NOT_SUBSCRIBED {target}, TARGET_UNREACHABLE {target, reason},
   * TARGET_TIMEOUT {target, ms}, TARGET_REFUSED {target, status}.
   */
  request(target: string, body: string, timeoutMs: number): Promise<unknown>;
}

/** Feeds a stream with what a target's subscriber sent. */
export type FeedStream = (target: string, message: string, feed: StreamFeed) => Promise<unknown>;

/** `feed` rejects with an `AppError` where the stream takes nothing of that target (any more). */
export function createTargetSockets(
  metrics: Metrics,
  feed: FeedStream = () => Promise.reject(new AppError('NOT_FOUND')),
): TargetSockets {
  const targets = new Map<string, Subscriber[]>();
  const labels = { route: SUBSCRIBE_PATH };

  function heard(target: string, subscriber: Subscriber, data: Buffer): void {
    metrics.wsMessages.inc({ ...labels, direction: 'in' });
    // Whoever is being dismissed has no say any more, although its frames still come.
    if (subscriber.socket.readyState !== subscriber.socket.OPEN) return;
    const frame = readFrame(data);
    if (frame === null) {
      subscriber.socket.send('{"type":"error","code":"BAD_INPUT"}', () => undefined);
      return;
    }
    if (frame.type === 'stream') {
      const { id } = frame;
      feed(target, id, frame.feed).catch((error: unknown) => {
        const refusal = { type: 'error', id, code: toErrorInfo(error).code };
        subscriber.socket.send(JSON.stringify(refusal), () => undefined);
      });
      return;
    }
    // An answer to what is no longer waited for is dropped.
    subscriber.open.get(frame.id)?.(frame);
  }

  /** The next one in turn that reads what it is sent; it goes to the end of the line. */
  function next(target: string): Subscriber | undefined {
    const line = targets.get(target) ?? [];
    const index = line.findIndex(
      ({ socket, open }) =>
        socket.readyState === socket.OPEN &&
        open.size < MAX_OPEN &&
        socket.bufferedAmount <= MAX_BUFFERED_BYTES,
    );
    const [chosen] = index === -1 ? [] : line.splice(index, 1);
    if (chosen !== undefined) line.push(chosen);
    return chosen;
  }

  function exchange(
    subscriber: Subscriber,
    id: string,
    frame: string,
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<Ending> {
    return new Promise((resolve) => {
      const end = (ending: Ending): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', aborted);
        subscriber.open.delete(id);
        resolve(ending);
      };
      const aborted = (): void => end('aborted');
      const timer = setTimeout(() => end('timeout'), Math.max(0, timeoutMs));
      signal?.addEventListener('abort', aborted, { once: true });
      subscriber.open.set(id, end);
      metrics.wsMessages.inc({ ...labels, direction: 'out' });
      subscriber.gather();
      subscriber.socket.send(frame, (error) => {
        if (error !== undefined && error !== null) end('gone');
      });
    });
  }

  /** One exchange after the other until a subscriber lives long enough to end it. */
  async function withAny(
    target: string,
    id: string,
    frame: string,
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<Exclude<Ending, 'gone'> | 'no_subscriber' | 'subscriber_busy'> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const subscriber = next(target);
      if (subscriber === undefined) {
        return (targets.get(target)?.length ?? 0) === 0 ? 'no_subscriber' : 'subscriber_busy';
      }
      const left = deadline - performance.now();
      const ending = await exchange(subscriber, id, frame, left, signal);
      if (ending !== 'gone') return ending;
      metrics.redelivered.inc({ queue: 'subscriber' });
    }
  }

  return {
    join(target, socket, connection) {
      const gather = oneWriteATurn(connection);
      const subscriber: Subscriber = { socket, gather, open: new Map() };
      const line = targets.get(target) ?? [];
      targets.set(target, line);
      line.push(subscriber);
      socket.on('message', (data) => heard(target, subscriber, Buffer.from(data as Buffer)));
      socket.once('close', () => {
        line.splice(line.indexOf(subscriber), 1);
        if (line.length === 0) targets.delete(target);
        for (const end of [...subscriber.open.values()]) end('gone');
      });
    },
    count: (target) => targets.get(target)?.length ?? 0,
    open: (target) => (targets.get(target) ?? []).reduce((sum, { open }) => sum + open.size, 0),
    async deliver(target, delivery, timeoutMs, signal) {
      const frame = messageFrame(delivery.id, delivery.body);
      const ending = await withAny(target, delivery.id, frame, timeoutMs, signal);
      if (ending === 'timeout') {
        return { code: 'timeout', faulty: true, result: timedOut(target, timeoutMs) };
      }
      if (typeof ending === 'string') {
        return { code: 'error', faulty: true, result: unreachable(target, ending) };
      }
      return { code: ending.type, faulty: false, result: resultOf(target, ending) };
    },
    async request(target, body, timeoutMs) {
      const id = randomUUID();
      const ending = await withAny(target, id, requestFrame(id, body), timeoutMs);
      if (ending === 'timeout') throw new AppError('TARGET_TIMEOUT', { target, ms: timeoutMs });
      if (typeof ending === 'string') {
        throw unreachableError(target, ending);
      }
      if (ending.type === 'nack') throw new AppError('TARGET_REFUSED', { target, status: 'nack' });
      return ending.type === 'ack' ? null : (ending.body ?? ending.reply ?? null);
    },
  };
}

function resultOf(target: string, frame: AnswerFrame): CallResult {
  if (frame.type === 'nack') {
    const error = new AppError('TARGET_REFUSED', { target, status: 'nack' }).toInfo();
    return { taken: false, error, retry: frame.retry !== false };
  }
  if (frame.type === 'ack') return { taken: true, reply: null, error: null };
  const answer = ServiceAnswer.safeParse({ reply: frame.reply });
  if (answer.success) return { taken: true, reply: answer.data.reply ?? null, error: null };
  const error = new AppError('TARGET_REPLY_INVALID', { target }).toInfo();
  return { taken: true, reply: null, error };
}
