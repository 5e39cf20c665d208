import { randomUUID } from 'node:crypto';
import type { SendResult } from '../../../common/domain/outgoing.ts';
import { AppError, toErrorInfo, type ErrorInfo } from '../../../common/errors/app-error.ts';
import { decide, RETRY_DELAYS_MS, type Attempt } from './attempt.ts';
import type { NewAttempt } from '../../inbox/attempts.ts';
import type { Reservation } from './carrier.ts';
import type { Entry, Lane } from './lane.ts';
import type { OutboxOptions } from './outbox.ts';
import type { Used } from './outbox-store.ts';
import { expired } from './over.ts';
import { resultOf } from './result.ts';

/** Where a message stands that nobody has carried. */
const nowhere: SendResult['egress'] = { via: 'direct', ip: null };

/** Takes one message through one attempt. */
export interface Runner {
  /** `failure`: it cannot or need not be sent any more, and ends so. Rejects where the store does not take the mark. */
  run(
    lane: Lane,
    entry: Entry,
    reservation: Reservation | null,
    failure: ErrorInfo | null,
  ): Promise<void>;
  /** Ends a message that was not sent. */
  giveUp(lane: Lane, entry: Entry, error: ErrorInfo): Promise<void>;
}

/** `ended`: the message has left the outbox, with this result. */
export function createRunner(
  options: OutboxOptions,
  ended: (lane: Lane, entry: Entry, result: SendResult) => void,
): Runner {
  const { store, carriers, now, log } = options;
  const delays = options.retryDelaysMs ?? RETRY_DELAYS_MS;

  async function run(
    lane: Lane,
    entry: Entry,
    reservation: Reservation | null,
    failure: ErrorInfo | null,
  ): Promise<void> {
    const { id } = entry.message;
    const slot = reservation?.slot ?? null;
    const slotId = slot === null ? null : randomUUID();
    const uses = reservation?.uses ?? null;
    const before = uses?.at(now() + options.sendTimeoutMs) ?? [];
    const used = (end: number | null): Used => ({
      slot: slotId,
      end,
      before,
      after: end === null ? [] : (uses?.at(end) ?? []),
    });
    const egress = reservation?.egress ?? nowhere;
    const tries = entry.message.attempts + (reservation === null ? 0 : 1);
    try {
      await store.claim(id, {
        attempts: tries,
        egress,
        uses: before,
        slot:
          slot === null || slotId === null
            ? null
            : { id: slotId, robot: slot.robot, latestEnd: now() + options.sendTimeoutMs },
      });
    } catch (error) {
      slot?.handle.release();
      uses?.handle.release();
      throw error;
    }
    options.onChange(id);
    // Another message may have taken this one's place meanwhile, with a time of its own.
    if (failure === expired && entry.message.expiresAt > now()) {
      await store.requeue(id, null, entry.message, null);
      entry.sending = false;
      return;
    }
    const stored = store.get(id);
    if (reservation === null || stored === null) {
      const error = failure ?? toErrorInfo(new AppError('NOT_FOUND', { id }));
      await end(lane, entry, null, resultOf(entry.message, null, error, egress, lane.bot), null);
      return;
    }
    const beganAt = now();
    const waitedMs = beganAt - Math.max(entry.message.at, entry.message.sendAt ?? 0);
    if (tries === 1 && waitedMs > 0) options.onWaited(lane.bot, waitedMs);
    const attempt = await carriers[lane.channel].send(stored, reservation);
    const endedAt = attempt.reached ? now() : null;
    for (const handle of [slot?.handle, uses?.handle]) {
      if (endedAt === null) handle?.release();
      else handle?.end(endedAt);
    }
    options.onAttempt(entry.message, attempt, reservation);
    const step = decide(
      attempt,
      { tries, repeatable: stored.channel === 'app' && entry.message.repeatable },
      delays,
      options.random,
    );
    if (step.kind === 'end') {
      const result = resultOf(entry.message, attempt, attempt.error, egress, reservation.bot);
      await end(
        lane,
        entry,
        used(endedAt),
        {
          ...result,
          remaining: carriers[lane.channel].remaining(lane.bot),
        },
        attempt,
        attemptRow(reservation.bot, beganAt, attempt),
      );
      return;
    }
    const until = now() + step.delayMs;
    const kept = step.coolDown && carriers[lane.channel].coolDown(reservation, until);
    if (!kept) lane.pausedUntil = Math.max(lane.pausedUntil, until);
    entry.message = {
      ...entry.message,
      attempts: step.coolDown ? tries - 1 : tries,
      error: attempt.error,
      repeatUntil: attempt.outcome === 'unknown' ? stored.repeatUntil : entry.message.repeatUntil,
    };
    const tried = attemptRow(reservation.bot, beganAt, attempt);
    await store.requeue(id, used(endedAt), entry.message, tried).catch((error: unknown) => {
      log.error({ message: id, code: toErrorInfo(error).code }, 'retry not written');
    });
    entry.sending = false;
    options.onChange(id);
  }

  /** What came of it is kept even when it cannot be written down: the message is with WeCom. */
  async function end(
    lane: Lane,
    entry: Entry,
    used: Used | null,
    result: SendResult,
    attempt: Attempt | null,
    tried: NewAttempt | null = null,
  ): Promise<void> {
    const answer =
      attempt?.errcode === undefined || attempt.errcode === null
        ? null
        : JSON.stringify({ errcode: attempt.errcode, errmsg: attempt.errmsg });
    await store.finish(result.id, used, result, answer, tried).catch((error: unknown) => {
      log.error({ message: result.id, code: toErrorInfo(error).code }, 'result not written');
    });
    ended(lane, entry, result);
  }

  return {
    run,
    giveUp: (lane, entry, error) =>
      end(lane, entry, null, resultOf(entry.message, null, error, nowhere, lane.bot), null),
  };
}

function attemptRow(bot: string, at: number, attempt: Attempt): NewAttempt {
  const { durationMs, errcode, error, outcome } = attempt;
  const ends = {
    delivered: 'taken',
    unknown: 'unknown',
    refused: 'failed',
    failed: 'failed',
  } as const;
  return { at, target: bot, durationMs, outcome: ends[outcome], status: null, errcode, error };
}
