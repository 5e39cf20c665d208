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
import { createTurns } from './turns.ts';

/** Frames that one subscriber may have without an answer; more go to another one, or wait. */
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
  /** Whoever waits for room, by target, and for an earlier exchange of the same message, by its id. */
  const turns = createTurns();
  const repeats = createTurns();
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

  /**
   * The next one in turn that reads what it is sent and has not `id` already, so that it is clear what it answers; it goes to the
   * end of the line.
   */
  function next(target: string, id: string): Subscriber | undefined {
    const line = targets.get(target) ?? [];
    const index = line.findIndex((each) => hasRoom(each) && !each.open.has(id));
    const [chosen] = index === -1 ? [] : line.splice(index, 1);
    if (chosen !== undefined) line.push(chosen);
    return chosen;
  }

  function exchange(
    target: string,
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
        turns.pass(target);
        repeats.pass(id);
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
        // It may have been what had piled up that kept others waiting.
        else turns.pass(target);
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
      const subscriber = next(target, id);
      const left = deadline - performance.now();
      if (subscriber === undefined) {
        if ((targets.get(target)?.length ?? 0) === 0) return 'no_subscriber';
        if (signal?.aborted === true) return 'aborted';
        if (left <= 0) return 'subscriber_busy';
        const isRepeat = targets.get(target)?.some(hasRoom) === true;
        await (isRepeat ? repeats.wait(id, left, signal) : turns.wait(target, left, signal));
        continue;
      }
      const ending = await exchange(target, subscriber, id, frame, left, signal);
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
      turns.passAll(target);
      socket.on('message', (data) => heard(target, subscriber, Buffer.from(data as Buffer)));
      socket.once('close', () => {
        line.splice(line.indexOf(subscriber), 1);
        if (line.length === 0) targets.delete(target);
        for (const end of [...subscriber.open.values()]) end('gone');
        turns.passAll(target);
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
        // Who takes it back says nothing of the target.
        const faulty = ending !== 'aborted';
        return { code: 'error', faulty, result: unreachable(target, ending) };
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

function hasRoom({ socket, open }: Subscriber): boolean {
  return (
    socket.readyState === socket.OPEN &&
    open.size < MAX_OPEN &&
    socket.bufferedAmount <= MAX_BUFFERED_BYTES
  );
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
