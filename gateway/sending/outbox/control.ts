import { AppError } from '../../../common/errors/app-error.ts';
import type { OutboxControl } from '../../types.ts';
import { LIFE_MS } from '../compose.ts';
import type { Entry } from './lane.ts';
import type { Outbox } from './outbox.ts';
import type { StoredMessage } from './outbox-store.ts';

/** The queue, as an operator handles it. `storedOf` throws NOT_FOUND. */
export function createOutboxControl(
  outbox: Outbox,
  storedOf: (id: string) => StoredMessage,
  now: () => number,
): OutboxControl {
  return {
    list({ bot, limit }) {
      const lanes = [...outbox.lanes()].filter((lane) => bot === undefined || lane.bot === bot);
      const waiting = lanes.flatMap(({ entries }) => entries);
      const time = now();
      // In the order in which they leave: what waits for its time comes after what waits for its turn.
      const inOrder = waiting.toSorted((a, b) => leavesAt(a, time) - leavesAt(b, time));
      const rows = inOrder.slice(0, limit).map(({ message, sending }) => {
        const { id, bot, type, at, priority, attempts, coalesced, expiresAt, error } = message;
        const place = outbox.placeOf(id) ?? { position: 0, etaMs: 0 };
        const state = sending ? ('sending' as const) : ('queued' as const);
        return {
          id,
          bot,
          type,
          state,
          at,
          priority,
          attempts,
          coalesced,
          expiresAt,
          error,
          ...place,
        };
      });
      return { rows, total: waiting.length };
    },
    async retry(id) {
      const stored = storedOf(id);
      // Its address is good for one answer within an hour.
      if (stored.channel === 'response_url') throw new AppError('CONFLICT', { state: 'ended' });
      await outbox.retry(stored, now() + LIFE_MS);
    },
    async cancel(id) {
      storedOf(id);
      await outbox.cancel(id);
    },
  };
}

function leavesAt({ message }: Entry, now: number): number {
  return Math.max(now, message.sendAt ?? now);
}
