import type { QuickCounter } from '../../common/metrics/quick-metrics.ts';
import { ServiceReply } from '../../common/domain/inbound.ts';
import type { Logger } from '../../common/domain/log.ts';
import { AppError, toErrorInfo, type ErrorInfo } from '../../common/errors/app-error.ts';
import type { ErrorCode } from '../../common/errors/codes.ts';
import { reparse, toInboundMessage } from '../delivery/message.ts';
import type { InboundRecord, MessageStore } from '../inbox/message-store.ts';
import type { Gateway } from '../types.ts';

/** When an answer that could not be handed over is tried again, milliseconds. */
const AGAIN_MS = 5_000;
const BATCH = 100;

/** Errors that pass by themselves; any other means that this answer can never be sent. */
const passing: ReadonlySet<ErrorCode> = new Set(['STORE_UNAVAILABLE', 'BUSY', 'RATE_LIMITED']);

/**
 * Sends answers that came too late for a passive reply. Each lies in its message's row until the outbox has it, and the outbox
 * takes a message's answer once only, so that a crash at any point neither loses nor doubles it.
 */
export interface LateReplies {
  /** Sends the answer that lies in a row. */
  take(id: string): void;
  /** Writes an answer into its message's row and sends it. Rejects with STORE_UNAVAILABLE, NOT_FOUND. */
  leave(id: string, reply: ServiceReply): Promise<void>;
  /** Resolves when nothing is being handed over. */
  stop(): Promise<void>;
}

export function createLateReplies(options: {
  readonly store: MessageStore;
  readonly sendLate: Gateway['sendLate'];
  /** `gateway_late_replies_total` by outcome: `sent`, `dropped` by the bot's policy, `failed`. */
  readonly counter: QuickCounter<'outcome'>;
  readonly log: Logger;
  readonly onSettled: (record: InboundRecord) => void;
}): LateReplies {
  const { store, log, counter } = options;
  const running = new Map<string, Promise<void>>();
  let stopped = false;

  async function hand(record: InboundRecord, late: string): Promise<'sent' | 'dropped'> {
    const parsed = reparse(record);
    const result = await options.sendLate({
      bot: record.bot,
      message: toInboundMessage(record, parsed),
      reply: ServiceReply.parse(JSON.parse(late)),
      responseUrl: parsed.responseUrl,
    });
    return result === null ? 'dropped' : 'sent';
  }

  async function settle(id: string, outcome: string, error: ErrorInfo | null): Promise<void> {
    counter.inc({ outcome });
    await store.settle(id, { outcome: 'late', late: null, ...(error === null ? {} : { error }) });
    const record = store.inbound(id);
    if (record !== null) options.onSettled(record);
  }

  async function work(id: string): Promise<void> {
    const record = store.inbound(id);
    if (record === null || record.late === null) return;
    let outcome: 'sent' | 'dropped';
    try {
      outcome = await hand(record, record.late);
    } catch (error) {
      const info = toErrorInfo(error);
      if (passing.has(info.code)) throw error;
      log.error({ message: id, bot: record.bot, code: info.code }, 'late answer not sent');
      await settle(id, 'failed', info);
      return;
    }
    log.info({ message: id, bot: record.bot, outcome }, 'answer came too late');
    await settle(id, outcome, null);
  }

  function take(id: string): void {
    if (stopped || running.has(id)) return;
    const run = work(id).catch((error: unknown) => {
      // It still lies in its row: the next look finds it.
      log.warn({ message: id, code: toErrorInfo(error).code }, 'late answer waits');
    });
    running.set(id, run);
    void run.finally(() => running.delete(id));
  }

  function look(): void {
    try {
      for (const id of store.lateDue(BATCH)) take(id);
    } catch (error) {
      log.warn({ code: toErrorInfo(error).code }, 'late answers cannot be read');
    }
  }
  look();
  const timer = setInterval(look, AGAIN_MS);
  timer.unref();

  return {
    take,
    async leave(id, reply) {
      if (store.inbound(id) === null) throw new AppError('NOT_FOUND', { id });
      await store.settle(id, { outcome: 'late', late: JSON.stringify(reply) });
      take(id);
    },
    async stop() {
      stopped = true;
      clearInterval(timer);
      await Promise.all(running.values());
    },
  };
}
