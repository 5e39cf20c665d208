import { toErrorInfo } from '../../common/errors/app-error.ts';
import type { Attempt } from '../delivery/courier.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { accept, type Answer } from './answer.ts';
import type { Opened } from './open.ts';

/** What is known of the reply when WeCom has to be answered: null where no target was asked. */
export type ReplyState = Pick<Attempt, 'reply' | 'error'> | null | 'late';

/**
 * Answers a stored callback: the encrypted reply, or the empty 200 where there is none, it is late, or it cannot be made.
 * Each way is counted.
 */
export function createPassiveReply(options: {
  readonly metrics: Metrics;
  readonly warn: (fields: object, message: string) => void;
  readonly now: () => number;
}): (opened: Opened, state: ReplyState) => Answer {
  const { metrics, warn, now } = options;

  function empty(outcome: 'late' | 'empty' | 'error'): Answer {
    metrics.passiveReplies.inc({ outcome });
    return accept();
  }

  return (opened, state) => {
    if (state === 'late') return empty('late');
    if (state === null || state.reply === null) {
      return empty(state?.error?.code === 'TARGET_REPLY_INVALID' ? 'error' : 'empty');
    }
    try {
      const sealed = opened.seal(state.reply, now());
      metrics.passiveReplies.inc({ outcome: 'sent' });
      return accept(sealed.body, sealed.contentType);
    } catch (error) {
      warn({ code: toErrorInfo(error).code }, 'reply not encrypted');
      return empty('error');
    }
  };
}
