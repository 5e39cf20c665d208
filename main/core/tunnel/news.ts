import { fromErrorInfo } from '../../../common/errors/app-error.ts';
import type { RelayEvent } from '../../../common/tunnel/control.ts';
import { isRefusal } from './faults.ts';
import type { Event } from './state.ts';

/** What the relay's own word means for the link that it came on. `random` gives [0, 1). */
export function newsOf(
  link: number,
  event: Exclude<RelayEvent, { type: 'domains' }>,
  random: () => number,
): Event {
  switch (event.type) {
    case 'drain': {
      const retryAfterMs = event.retryAfterMs + Math.round(random() * (event.jitterMs ?? 0));
      return { type: 'draining', link, retryAfterMs };
    }
    case 'revoked': {
      const { code } = fromErrorInfo(event.error);
      const error = isRefusal(code) ? event.error : { code: 'CERT_REVOKED' as const, params: {} };
      return { type: 'lost', link, error, retryAfterMs: null };
    }
    case 'displaced':
      return {
        type: 'lost',
        link,
        error: { code: 'SESSION_DISPLACED', params: {} },
        retryAfterMs: null,
      };
  }
}
