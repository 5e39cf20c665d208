import type { MessageOutcome } from '../../common/domain/history.ts';
import type { Tone } from '../../common/domain/tunnel.ts';

/** How an outcome is to be felt; the words are `common.outcome.<outcome>`. */
export const outcomeTones: Readonly<Record<MessageOutcome, Tone>> = {
  pending: 'busy',
  replied: 'ok',
  accepted: 'ok',
  stored: 'idle',
  late: 'warn',
  failed: 'bad',
  delivered: 'ok',
  refused: 'bad',
  unknown: 'warn',
};
