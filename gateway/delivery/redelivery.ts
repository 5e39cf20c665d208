import type { Logger } from '../../common/domain/log.ts';
import { toErrorInfo } from '../../common/errors/app-error.ts';
import type { InboundRecord, MessageStore } from '../inbox/message-store.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { Courier } from './courier.ts';
import { reparse } from './message.ts';

const TICK_MS = 500;
const MAX_OPEN = 32;
/** Of these, how many may wait for one target, so that a hanging one does not hold up the others. */
const MAX_OPEN_PER_TARGET = 8;

/** Messages in hand with those that wait in line. */
const MAX_IN_HAND = 2048;
/** How many of the messages that were pending at the start get back their place in line. */
const MAX_RESERVED = 4096;

interface Work {
  readonly target: string | null;
  /** Whether it waits for earlier messages of its conversation. */
  inLine: boolean;
}

/** Works off pending messages in the background: after failures, and after a restart. */
export interface Redelivery {
  /** Receipt of the oldest pending message as of the last look; null where none waits. */
  oldestPending(): number | null;
  /** Stops taking messages up; resolves when those in hand are done. */
  stop(): Promise<void>;
}

/** Starts looking for due messages. */
export function startRedelivery(options: {
  readonly store: MessageStore;
  readonly courier: Courier;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly now: () => number;
}): Redelivery {
  const { store, courier, metrics, log, now } = options;
  const open = new Map<Promise<void>, Work>();
  let oldest: number | null = null;
  let lastCode: string | null = null;
  let again: NodeJS.Immediate | undefined;
  let stopped = false;

  async function redeliver(record: InboundRecord, work: Work): Promise<void> {
    try {
      metrics.redelivered.inc({ queue: 'delivery' });
      const attempt = await courier.attempt(record, reparse(record), {
        onTurn: () => {
          work.inLine = false;
        },
      });
      await courier.settle(record, attempt, { inTime: attempt?.reply === null });
    } catch (error) {
      // A stored plaintext that cannot be read again: kept as failed instead of being tried for ever.
      const attempt = {
        taken: false,
        reply: null,
        retry: false,
        serviceMs: 0,
        target: record.target,
      };
      await courier.settle(record, { ...attempt, error: toErrorInfo(error) }, { inTime: false });
    }
  }

  function saturated(): string[] {
    const counts = new Map<string, number>();
    for (const { target, inLine } of open.values()) {
      if (target !== null && !inLine) counts.set(target, (counts.get(target) ?? 0) + 1);
    }
    return [...counts].filter(([, count]) => count >= MAX_OPEN_PER_TARGET).map(([id]) => id);
  }

  function take(record: InboundRecord): void {
    courier.lease(record.id);
    const work: Work = { target: record.target, inLine: true };
    const done = redeliver(record, work);
    open.set(done, work);
    void done.finally(() => {
      open.delete(done);
      again ??= setImmediate(tick);
    });
  }

  function look(): void {
    if (store.pending === 0) {
      oldest = null;
      return;
    }
    oldest = store.oldestPending();
    // Those in line for their conversation's turn take no place: a conversation that hangs must not hold up the others.
    const working = [...open.values()].filter(({ inLine }) => !inLine).length;
    const free = Math.min(MAX_OPEN - working, MAX_IN_HAND - open.size);
    if (free <= 0) return;
    const without = { targets: saturated(), ids: courier.leased };
    for (const record of store.due(now(), free, without)) {
      if (record.target === null || !saturated().includes(record.target)) take(record);
    }
  }

  /** Also runs when a place becomes free, so that a backlog is worked off at the targets' speed. */
  function tick(): void {
    clearImmediate(again);
    again = undefined;
    if (stopped) return;
    try {
      look();
      lastCode = null;
    } catch (error) {
      const { code } = toErrorInfo(error);
      if (code !== lastCode) log.error({ code }, 'pending messages cannot be read');
      lastCode = code;
    }
  }
  function reserve(record: InboundRecord): void {
    let parsed: ReturnType<typeof reparse>;
    try {
      parsed = reparse(record);
    } catch {
      // It is ended as failed when its time comes.
      return;
    }
    courier.reserve(record, parsed);
  }

  /** After a restart the conversations go on in the order of receipt, whatever each message's next time is. */
  function lineUp(): void {
    if (store.pending === 0) return;
    try {
      const pending = store.due(Number.MAX_SAFE_INTEGER, MAX_RESERVED);
      for (const record of pending.toSorted((a, b) => (a.id < b.id ? -1 : 1))) reserve(record);
    } catch (error) {
      log.error({ code: toErrorInfo(error).code }, 'pending messages cannot be put in order');
    }
  }
  lineUp();
  const timer = setInterval(tick, TICK_MS);
  timer.unref();

  return {
    oldestPending: () => oldest,
    async stop() {
      stopped = true;
      clearInterval(timer);
      await Promise.allSettled(open.keys());
    },
  };
}
