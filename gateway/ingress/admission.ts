import type { InboundMessage } from '../../common/domain/inbound.ts';
import type { MessageRow } from '../../common/domain/history.ts';
import type { Attempt, Courier } from '../delivery/courier.ts';
import { toInboundMessage } from '../delivery/message.ts';
import type { Router } from '../delivery/router.ts';
import type { InboundRecord, MessageStore, NewInbound } from '../inbox/message-store.ts';
import { inboundRow } from '../inbox/rows.ts';
import type { ParsedMessage } from '../wecom/index.ts';
import { startFlight, type Flight } from './flight.ts';

/** How long the background leaves a new message to its first delivery; longer than a target may take. */
const FIRST_ATTEMPT_MS = 60_000;

/** A callback that is in the store. */
export interface Admitted {
  readonly record: InboundRecord;
  /** Whether it was there before. */
  readonly duplicate: boolean;
  /** Its delivery, while that runs. */
  readonly flight: Flight<Attempt | null> | null;
}

/** What the pipeline knows of a callback beside its content. */
export interface Arrival {
  readonly bot: Pick<InboundRecord, 'kind'> & { readonly id: string };
  readonly format: 'xml' | 'json';
  readonly plaintext: Buffer;
  readonly parsed: ParsedMessage;
  readonly trace: string;
  readonly tunnelMs: number | null;
  /** Milliseconds since the first byte. */
  elapsed(): number;
  /** When WeCom is answered at the latest, milliseconds after the first byte. */
  readonly budgetMs: number;
}

/** Takes callbacks into the store, each once, and starts their delivery. */
export interface Admission {
  /** Resolves when the callback is on disk. Rejects with STORE_UNAVAILABLE. */
  admit(arrival: Arrival): Promise<Admitted>;
  /** Deliveries of callbacks that run, until their outcome is written down. */
  idle(): Promise<void>;
}

export function createAdmission(options: {
  readonly store: MessageStore;
  readonly courier: Courier;
  readonly route: Router;
  readonly now: () => number;
  readonly onRow: (row: MessageRow) => void;
  readonly onMessage: (message: InboundMessage) => void;
}): Admission {
  const { store, courier, now } = options;
  // Registered before the commit: a repetition that comes meanwhile joins and never races for the row.
  const running = new Map<string, Promise<Admitted>>();

  function rowOf(arrival: Arrival): { row: NewInbound; message: InboundMessage } {
    const { bot, parsed } = arrival;
    const receivedAt = now();
    const head = { id: store.newId(receivedAt), bot: bot.id, kind: bot.kind, receivedAt };
    const message = toInboundMessage(head, parsed);
    const target = options.route(message);
    const row: NewInbound = {
      ...head,
      type: parsed.type,
      event: parsed.event,
      msgId: parsed.msgId,
      sender: parsed.from.userId,
      dedupKey: parsed.dedupKey,
      format: arrival.format,
      raw: arrival.plaintext,
      trace: arrival.trace,
      spans: { tunnelMs: arrival.tunnelMs, gatewayMs: null, serviceMs: null },
      outcome: target === null ? 'stored' : 'pending',
      target,
      durationMs: null,
      nextAttemptAt: target === null ? null : receivedAt + FIRST_ATTEMPT_MS,
    };
    return { row, message };
  }

  async function take(arrival: Arrival): Promise<Admitted> {
    const { row, message } = rowOf(arrival);
    const { record, duplicate } = await store.take(row);
    options.onRow(inboundRow(record));
    if (duplicate) return { record, duplicate, flight: null };
    const gatewayMs = arrival.elapsed();
    options.onMessage(message);
    courier.lease(record.id);
    const flight = startFlight<Attempt | null>(
      (line) =>
        record.target === null
          ? Promise.resolve(null)
          : courier.attempt(record, arrival.parsed, line),
      (attempt, inTime) => {
        // Nobody waits for a message without a target; whoever waits for one is answered by the budget's end.
        const durationMs = Math.min(arrival.elapsed(), arrival.budgetMs);
        return courier.settle(record, attempt, { inTime, gatewayMs, durationMs });
      },
    );
    return { record, duplicate, flight: record.target === null ? null : flight };
  }

  async function join(admitted: Admitted): Promise<Admitted> {
    await store.countRepeat(admitted.record.id).catch(() => undefined);
    return { ...admitted, duplicate: true };
  }

  async function track(key: string, admission: Promise<Admitted>): Promise<void> {
    try {
      await (
        await admission
      ).flight?.finished;
    } catch {
      // Whoever asked for the admission is told.
    } finally {
      running.delete(key);
    }
  }

  return {
    async admit(arrival) {
      const key = `${arrival.bot.id} ${arrival.parsed.dedupKey}`;
      const first = running.get(key);
      if (first !== undefined) return join(await first);
      const admission = take(arrival);
      running.set(key, admission);
      void track(key, admission);
      return admission;
    },
    async idle() {
      const all = [...running.values()].map(
        async (admission) => (await admission).flight?.finished,
      );
      await Promise.allSettled(all);
    },
  };
}
