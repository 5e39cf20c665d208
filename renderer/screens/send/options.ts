import type { SendOptions } from '../../../common/domain/outgoing.ts';
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

/** How a draft is to leave, as the contract takes it; what is as usual is left out. */
export function optionsOf(
  { type, choices }: Pick<Draft, 'type' | 'choices'>,
  now: number,
): SendOptions {
  const priority = priorities[choices.priority];
  const life = lives[choices.expires];
  const key = choices.coalesceKey.trim();
  return {
    ...(priority !== null && { priority }),
    ...(life !== null && { expires_at: now + life }),
    ...(key !== '' && { coalesce_key: key }),
    ...(choices.split && isSplittable(type) && { split: true }),
  };
}
