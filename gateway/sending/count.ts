import type { Metrics, SendError } from '../metrics/metrics.ts';
import type { Attempt } from './outbox/attempt.ts';
import type { Channel } from './outbox/outbox-store.ts';

const errorReasons: Readonly<Record<string, SendError>> = {
  WECOM_TIMEOUT: 'timeout',
  WECOM_ANSWER_INVALID: 'answer',
  WECOM_REFUSED: 'refused',
  UNTRUSTED_IP: 'refused',
};
const apis = {
  webhook: 'webhook_send',
  app: 'message_send',
  response_url: 'aibot_response',
} as const;

/** Counts one attempt to send. `robot`: the bot that carried it. */
export function countAttempt(
  metrics: Metrics,
  channel: Channel,
  robot: string,
  { outcome, errcode, error, durationMs }: Attempt,
): void {
  metrics.sends.inc({ channel, outcome });
  metrics.sendDuration.observe({ channel }, durationMs / 1000);
  if (error === null) return;
  metrics.errors.inc({ stage: 'send', reason: errorReasons[error.code] ?? 'unreachable' });
  if (errcode === null) return;
  metrics.apiErrors.inc({ api: apis[channel], errcode: String(errcode), robot });
}
