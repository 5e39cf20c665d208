import { MAX_SCHEDULE_MS, type SendOptions } from '../../../common/domain/outgoing.ts';
import { isSplittable } from './compose.ts';
import type { ChoicesDraft, Draft } from './draft.ts';

const priorities: Readonly<Record<ChoicesDraft['priority'], number | null>> = {
  low: 1,
  normal: null,
  high: 9,
};
const MINUTE = 60_000;
const lives: Readonly<Record<ChoicesDraft['expires'], number | null>> = {
  // A day is what a message has when nothing is said.
  day: null,
  hour: 60 * MINUTE,
  minutes: 10 * MINUTE,
};

/** When a draft is to leave, milliseconds since the epoch; null for at once, NaN for what is no time. */
export function sendTime({ sendAt }: Pick<ChoicesDraft, 'sendAt'>): number | null {
  return sendAt === '' ? null : new Date(sendAt).getTime();
}

/** What is wrong with the chosen time. */
export function sendTimeProblem(choices: ChoicesDraft, now: number): 'past' | 'far' | null {
  const at = sendTime(choices);
  if (at === null) return null;
  if (Number.isNaN(at) || at <= now) return 'past';
  return at > now + MAX_SCHEDULE_MS ? 'far' : null;
}

/** How a draft is to leave, as the contract takes it; what is as usual is left out. */
export function optionsOf(
  { type, choices }: Pick<Draft, 'type' | 'choices'>,
  now: number,
): SendOptions {
  const priority = priorities[choices.priority];
  const sendAt = sendTime(choices);
  const life = lives[choices.expires];
  const key = choices.coalesceKey.trim();
  return {
    ...(priority !== null && { priority }),
    ...(life !== null && { expires_at: Math.max(now, sendAt ?? 0) + life }),
    ...(key !== '' && { coalesce_key: key }),
    ...(sendAt !== null && { sendAt: new Date(sendAt).toISOString() }),
    ...(choices.split && isSplittable(type) && { split: true }),
  };
}
