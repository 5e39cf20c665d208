import type { Logger } from '../../common/domain/log.ts';
import { toErrorInfo } from '../../common/errors/app-error.ts';
import { createLabelCap, type Metrics, type RejectReason } from '../metrics/metrics.ts';
import type { Statistics } from '../metrics/statistics.ts';
import type { BotConfig } from '../types.ts';
import type { ParsedMessage } from '../wecom/index.ts';
import { drop, type Answer } from './answer.ts';
import type { Pair } from './open.ts';

const reasons: Readonly<Record<string, RejectReason>> = {
  SIGNATURE_INVALID: 'signature',
  CALLBACK_TOO_OLD: 'timestamp',
  FORBIDDEN: 'source',
  RECEIVE_ID_MISMATCH: 'receiveid',
  BODY_MALFORMED: 'malformed',
  PLAINTEXT_INVALID: 'malformed',
  BODY_TOO_LARGE: 'oversize',
};

/** What is known of a request when it has been answered. */
export interface Served {
  readonly method: string;
  readonly trace: string;
  /** `performance.now()` at the first byte. */
  readonly startedAt: number;
}

/** Counts what becomes of callbacks, for the metrics, the console and the log. */
export interface CallbackFigures {
  /** A request came; the returned function notes its answer. */
  begin(): (request: Served, answer: Answer) => void;
  /** It is refused. */
  reject(bot: BotConfig, error: unknown): void;
  /** Its signature held, under this pair of keys. */
  opened(bot: BotConfig, pair: Pair): void;
  /** It is a message. */
  received(bot: BotConfig, parsed: ParsedMessage): void;
  stored(queued: boolean): void;
  repeated(bot: BotConfig, reason: 'stored' | 'in_progress'): void;
  /** It could not be stored, or not in time (null): its socket is closed. */
  dropped(bot: BotConfig, error: unknown): Answer;
  readonly counts: Readonly<Record<'inFlight' | 'received' | 'rejected' | 'stored', number>>;
}

export function createCallbackFigures(options: {
  readonly metrics: Metrics;
  readonly statistics: Statistics;
  readonly log: Logger;
  readonly warn: (fields: object, message: string) => void;
}): CallbackFigures {
  const { metrics, statistics, warn } = options;
  const cap = createLabelCap();
  const counts = { inFlight: 0, received: 0, rejected: 0, stored: 0 };

  function end({ method: asked, startedAt, trace }: Served, answer: Answer): void {
    counts.inFlight -= 1;
    const ms = performance.now() - startedAt;
    const code = answer.kind === 'drop' ? 'reset' : String(answer.status);
    // Methods come from outside: only the two that are served are labels.
    const method = asked === 'POST' || asked === 'GET' ? asked : 'other';
    metrics.requests.inc({ route: 'callback', method, code });
    metrics.requestDuration.observe({ route: 'callback' }, ms / 1000);
    options.log.debug({ method, status: code, ms, trace }, 'callback');
    if (method !== 'POST' || code !== '200') return;
    metrics.ackDuration.observe(ms / 1000);
    statistics.answered(ms);
  }

  return {
    counts,
    begin() {
      counts.inFlight += 1;
      return end;
    },
    reject(bot, error) {
      const { code } = toErrorInfo(error);
      const reason = reasons[code] ?? 'decrypt';
      counts.rejected += 1;
      metrics.rejected.inc({ reason });
      metrics.errors.inc({ stage: 'callback', reason });
      warn({ bot: bot.id, code }, 'callback refused');
    },
    opened: (bot, pair) => metrics.credentialHits.inc({ bot: cap(bot.id), pair }),
    received(bot, parsed) {
      counts.received += 1;
      statistics.taken();
      metrics.received.inc({ bot: cap(bot.id), type: cap(parsed.event ?? parsed.type) });
    },
    stored(queued) {
      counts.stored += 1;
      if (queued) metrics.enqueued.inc({ queue: 'delivery' });
    },
    repeated: (bot, reason) => metrics.duplicates.inc({ bot: cap(bot.id), reason }),
    dropped(bot, error) {
      const { params } = toErrorInfo(error);
      const stored = params['reason'] === 'queue_full' ? 'store_full' : 'engine';
      const reason = error === null ? 'deadline' : stored;
      metrics.dropped.inc({ reason });
      metrics.errors.inc({ stage: 'store', reason });
      warn({ bot: bot.id, reason, cause: String(params['reason'] ?? '') }, 'callback not stored');
      return drop;
    },
  };
}
