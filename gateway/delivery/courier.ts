import type { ErrorInfo } from '../../common/errors/app-error.ts';
import { AppError } from '../../common/errors/app-error.ts';
import type { Logger } from '../../common/domain/log.ts';
import type { MessageRow } from '../../common/domain/history.ts';
import type { InboundRecord, MessageStore, Settlement } from '../inbox/message-store.ts';
import { inboundRow } from '../inbox/rows.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { renderReply, type ParsedMessage } from '../wecom/index.ts';
import { toInboundMessage } from './message.ts';
import { retryDelay } from './retry.ts';
import type { Router } from './router.ts';
import type { TargetPool } from './target-pool.ts';

/** How long a target may take, milliseconds; an answer after WeCom's deadline still ends the row. */
export const TARGET_TIMEOUT_MS = 30_000;
/** A message that no target took for this long is given up. */
export const GIVE_UP_MS = 24 * 3_600_000;
const SETTLE_AGAIN_MS = 5_000;

/** How one attempt ended: plaintext of the passive reply where there is one. */
export interface Attempt {
  readonly taken: boolean;
  readonly reply: string | null;
  readonly error: ErrorInfo | null;
  readonly retry: boolean;
  readonly serviceMs: number;
  readonly target: string | null;
}

/** Takes messages to their targets and writes down what came of it. */
export interface Courier {
  /** One attempt; null where no target wants the message. Never throws. */
  attempt(record: InboundRecord, parsed: ParsedMessage): Promise<Attempt | null>;
  /** Writes down how a delivery goes on after `attempt`; the message stays leased until that is on disk. */
  settle(record: InboundRecord, attempt: Attempt | null, extra: Extra): Promise<void>;
  /** Messages that some attempt works on now. */
  readonly leased: ReadonlySet<string>;
  lease(id: string): void;
  /** Gives up the calls in flight; their messages stay pending. */
  stop(): void;
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
  readonly route: Router;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly now: () => number;
  readonly random: () => number;
  readonly onRow: (row: MessageRow) => void;
}

/** A {@link Courier} over one store and one set of targets. */
export function createCourier(options: CourierOptions): Courier {
  const { store, pool, metrics, log, now } = options;
  const leased = new Set<string>();
  const stopping = new AbortController();

  async function attempt(record: InboundRecord, parsed: ParsedMessage): Promise<Attempt | null> {
    const message = toInboundMessage(record, parsed);
    const target = options.route(message);
    if (target === null) return null;
    const started = performance.now();
    const result = await pool.call(
      target,
      { id: record.id, body: JSON.stringify(message), trace: record.trace },
      TARGET_TIMEOUT_MS,
      stopping.signal,
    );
    const serviceMs = performance.now() - started;
    if (!result.taken) {
      return {
        taken: false,
        reply: null,
        error: result.error,
        retry: result.retry,
        serviceMs,
        target,
      };
    }
    const base = { taken: true, retry: false, serviceMs, target };
    if (result.reply === null) return { ...base, reply: null, error: result.error };
    try {
      const reply = renderReply(result.reply, parsed, record.format, now());
      return { ...base, reply, error: null };
    } catch {
      const error = new AppError('TARGET_REPLY_INVALID', { target }).toInfo();
      metrics.errors.inc({ stage: 'delivery', reason: 'reply' });
      return { ...base, reply: null, error };
    }
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
    const { gatewayMs, serviceMs, ...columns } = settlement;
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
      count(record, settlement);
      if (settlement.outcome === 'failed') {
        log.error({ message: record.id, code: settlement.error?.code }, 'message given up');
      }
      await persist(record, settlement);
    },
    leased,
    lease: (id) => void leased.add(id),
    stop: () => stopping.abort(),
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
  const attempts = record.attempts + 1;
  const { error, reply, serviceMs, target } = attempt;
  const known = { attempts, error, serviceMs, target };
  if (attempt.taken) {
    const outcome = inTime ? (reply === null ? 'accepted' : 'replied') : 'late';
    return { ...known, outcome, reply, nextAttemptAt: null };
  }
  if (!attempt.retry || now - record.receivedAt >= GIVE_UP_MS) {
    return { ...known, outcome: 'failed', nextAttemptAt: null };
  }
  return { ...known, outcome: 'pending', nextAttemptAt: now + retryDelay(attempts, random) };
}
