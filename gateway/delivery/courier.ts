import type { ErrorInfo } from '../../common/errors/app-error.ts';
import { AppError, toErrorInfo } from '../../common/errors/app-error.ts';
import type { InboundMessage, ServiceReply } from '../../common/domain/inbound.ts';
import type { Logger } from '../../common/domain/log.ts';
import type { MessageRow } from '../../common/domain/history.ts';
import type { NewAttempt } from '../inbox/attempts.ts';
import type { InboundRecord, MessageStore, Settlement } from '../inbox/message-store.ts';
import { inboundRow } from '../inbox/rows.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { createReplies, type Replies } from '../streams/replies.ts';
import type { Streams } from '../streams/streams.ts';
import type { ParsedMessage } from '../wecom/index.ts';
import { toInboundMessage } from './message.ts';
import { retryDelay } from './retry.ts';
import type { Lanes } from './lanes.ts';
import type { Routing } from './routing/routing.ts';
import type { TargetPool } from './target-pool.ts';

/** A message that no target took for this long is given up. */
export const GIVE_UP_MS = 24 * 3_600_000;
const SETTLE_AGAIN_MS = 5_000;
/** When a message that found its conversation's line full is looked at again, milliseconds. */
const PUT_OFF_MS = 1_000;

/** How one attempt ended: plaintext of the passive reply where there is one. */
export interface Attempt {
  readonly taken: boolean;
  readonly reply: string | null;
  readonly error: ErrorInfo | null;
  readonly retry: boolean;
  readonly serviceMs: number;
  readonly target: string | null;
  /** The calls that were made for it. */
  readonly tries?: readonly NewAttempt[];
  /** The target's reply itself, to be sent as a message where it comes too late. */
  readonly late?: ServiceReply | 'stream';
  /** No target was asked: the message waits as if there had been no attempt. */
  readonly putOff?: true;
}

/** Takes messages to their targets and writes down what came of it. */
export interface Courier {
  /** One attempt, after the earlier messages of the conversation; null where no target wants the message. Never throws. */
  attempt(record: InboundRecord, parsed: ParsedMessage, line?: InLine): Promise<Attempt | null>;
  /** Puts a message in line that was pending when the program started; to be called in the order of receipt. */
  reserve(record: InboundRecord, parsed: ParsedMessage): void;
  /** Writes down how a delivery goes on after `attempt`; the message stays leased until that is on disk. */
  settle(record: InboundRecord, attempt: Attempt | null, extra: Extra): Promise<void>;
  /** Messages that some attempt works on now. */
  readonly leased: ReadonlySet<string>;
  lease(id: string): void;
  /** Gives up the calls in flight; their messages stay pending. */
  stop(): void;
}

/** Who is told of a message's wait for the earlier ones of its conversation. */
export interface InLine {
  /** The wait is over. */
  readonly onTurn?: () => void;
  /** It will be long: an earlier message has failed, and keeps its place. */
  readonly onHeld?: () => void;
}

/** What the caller of an attempt knows and the row should hold. */
export interface Extra {
  /** Whether WeCom is still waiting for the reply. */
  readonly inTime: boolean;
  readonly gatewayMs?: number;
  readonly durationMs?: number;
}

export interface CourierOptions {
  readonly store: MessageStore;
  readonly pool: TargetPool;
  readonly route: Routing;
  readonly lanes: Lanes;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly now: () => number;
  readonly random: () => number;
  readonly onRow: (row: MessageRow) => void;
  readonly streams: Streams;
  /** The answer of this message came too late and lies in its row. */
  readonly onLate: (id: string) => void;
}

/** A {@link Courier} over one store and one set of targets. */
export function createCourier(options: CourierOptions): Courier {
  const { store, pool, lanes, metrics, log, now } = options;
  const leased = new Set<string>();
  /** Conversation of each message that is between its turn and its outcome. */
  const laneOf = new Map<string, string>();
  const stopping = new AbortController();
  const replies: Replies = createReplies({ streams: options.streams, now });

  async function attempt(
    record: InboundRecord,
    parsed: ParsedMessage,
    line?: InLine,
  ): Promise<Attempt | null> {
    const message = toInboundMessage(record, parsed);
    // A clicked card has one try of five seconds (wecom.md §5.1): waiting in line would cost it its answer.
    const lane = parsed.event === 'template_card_event' ? null : laneName(message);
    if (options.route(message) === null) return null;
    if (lane !== null) {
      const turn = await lanes.enter(lane, record.id, line?.onHeld);
      if (turn !== 'go') return putOff(record);
      laneOf.set(record.id, lane);
    }
    line?.onTurn?.();
    // Looked up after the wait: the operator may have changed the routes meanwhile.
    const destination = options.route(message);
    if (destination === null) return null;
    const started = performance.now();
    const result = await pool.deliver(
      destination,
      { id: record.id, body: JSON.stringify(message), trace: record.trace },
      stopping.signal,
    );
    const serviceMs = performance.now() - started;
    const target = result.target ?? record.target;
    const { tries } = result;
    if (!result.taken) {
      return {
        taken: false,
        reply: null,
        error: result.error,
        retry: result.retry,
        serviceMs,
        target,
        tries,
      };
    }
    const base = { taken: true, retry: false, serviceMs, target, tries };
    if (result.reply === null && result.feeds === undefined) {
      return { ...base, reply: null, error: result.error };
    }
    try {
      const rendered = await replies.render(record, parsed, result);
      return { ...base, ...rendered, error: null };
    } catch (thrown) {
      const why = toErrorInfo(thrown);
      const error = new AppError('TARGET_REPLY_INVALID', {
        target: target ?? '',
        ...(why.code === 'TARGET_REPLY_INVALID' ? why.params : {}),
      }).toInfo();
      metrics.errors.inc({ stage: 'delivery', reason: 'reply' });
      return { ...base, reply: null, error };
    }
  }

  /** Lets the conversation go on, or keeps its place for the next attempt. */
  function release(record: InboundRecord, settlement: Settlement): void {
    const lane = laneOf.get(record.id);
    if (lane === undefined) return;
    laneOf.delete(record.id);
    if (settlement.outcome === 'pending') lanes.hold(lane, record.id, record.receivedAt);
    else lanes.leave(lane, record.id);
  }

  /** A write that fails is tried again, so that a target is not called twice for a row that could not be updated. */
  async function persist(record: InboundRecord, settlement: Settlement): Promise<void> {
    let repeats: number;
    try {
      repeats = await store.settle(record.id, settlement);
    } catch (error) {
      if (stopping.signal.aborted) return;
      const code = error instanceof AppError ? error.code : 'INTERNAL';
      log.warn({ message: record.id, code }, 'outcome not written yet');
      setTimeout(() => void persist(record, settlement), SETTLE_AGAIN_MS).unref();
      return;
    }
    leased.delete(record.id);
    const { gatewayMs, serviceMs, tries: _tries, ...columns } = settlement;
    if (typeof settlement.late === 'string') options.onLate(record.id);
    const spans = {
      ...record.spans,
      ...(gatewayMs === undefined ? {} : { gatewayMs }),
      ...(serviceMs === undefined ? {} : { serviceMs }),
    };
    options.onRow(inboundRow({ ...record, ...columns, spans, repeats }));
  }

  function count(record: InboundRecord, settlement: Settlement): void {
    const queue = { queue: 'delivery' };
    if (settlement.outcome === 'failed') metrics.deadLettered.inc(queue);
    if (['replied', 'accepted', 'late'].includes(settlement.outcome)) {
      metrics.acked.inc(queue);
      metrics.deliveryLatency.observe(Math.max(0, now() - record.receivedAt) / 1000);
    }
  }

  return {
    attempt,
    reserve(record, parsed) {
      const lane = laneName(toInboundMessage(record, parsed));
      if (lane !== null) lanes.reserve(lane, record.id, record.receivedAt);
    },
    async settle(record, result, extra) {
      const { inTime, ...spans } = extra;
      if (stopping.signal.aborted && result?.taken !== true) {
        leased.delete(record.id);
        return;
      }
      const settlement: Settlement = {
        ...spans,
        ...conclude(record, result, inTime, now(), options.random),
      };
      if (settlement.outcome === 'late' && result?.late === 'stream') {
        options.streams.missed(record.id).catch((error: unknown) => {
          log.warn(
            { message: record.id, code: toErrorInfo(error).code },
            'late stream not written',
          );
        });
      }
      release(record, settlement);
      count(record, settlement);
      if (settlement.outcome === 'failed') {
        log.error({ message: record.id, code: settlement.error?.code }, 'message given up');
      }
      await persist(record, settlement);
    },
    leased,
    lease: (id) => void leased.add(id),
    stop() {
      stopping.abort();
      lanes.stop();
    },
  };
}

function conclude(
  record: InboundRecord,
  attempt: Attempt | null,
  inTime: boolean,
  now: number,
  random: () => number,
): Settlement {
  if (attempt === null) return { outcome: 'stored', nextAttemptAt: null };
  if (attempt.putOff === true) return { outcome: 'pending', nextAttemptAt: now + PUT_OFF_MS };
  const attempts = record.attempts + 1;
  const { error, reply, serviceMs, target } = attempt;
  const known = { attempts, error, serviceMs, target, tries: worthKeeping(record, attempt) };
  if (attempt.taken) {
    const outcome = inTime ? (reply === null ? 'accepted' : 'replied') : 'late';
    const { late } = attempt;
    const owed = outcome === 'late' && late !== undefined && late !== 'stream';
    const rescue = owed ? { late: JSON.stringify(late) } : {};
    return { ...known, ...rescue, outcome, reply, nextAttemptAt: null };
  }
  if (!attempt.retry || now - (record.redrivenAt ?? record.receivedAt) >= GIVE_UP_MS) {
    return { ...known, outcome: 'failed', nextAttemptAt: null };
  }
  return { ...known, outcome: 'pending', nextAttemptAt: now + retryDelay(attempts, random) };
}

/** The hot path writes nothing beside its row: a first try that was taken says no more than that does. */
function worthKeeping(record: InboundRecord, attempt: Attempt): readonly NewAttempt[] {
  const { tries = [] } = attempt;
  const plain = attempt.taken && tries.length <= 1;
  return plain && record.attempts === 0 && record.redrivenAt === null ? [] : tries;
}

/** The conversation, whose messages are delivered in order; null for what belongs to none. */
function laneName({ bot, chat }: Pick<InboundMessage, 'bot' | 'chat'>): string | null {
  return chat.id === '' ? null : `${bot}\n${chat.id}`;
}

function putOff(record: InboundRecord): Attempt {
  return {
    taken: false,
    reply: null,
    error: null,
    retry: true,
    serviceMs: 0,
    target: record.target,
    putOff: true,
  };
}
