import type { SendOutcome, SendResult } from '../../../common/domain/outgoing.ts';
import type { ErrorInfo } from '../../../common/errors/app-error.ts';
import type { Attempt } from './attempt.ts';
import type { WaitingMessage } from './outbox-store.ts';

/** How a message ended: by its last attempt, or without one. `carrier`: the bot that carried it. */
export function resultOf(
  message: WaitingMessage,
  attempt: Attempt | null,
  error: ErrorInfo | null,
  egress: SendResult['egress'],
  carrier: string,
): SendResult {
  const seen = attempt?.fromIp ?? egress.ip;
  return {
    id: message.id,
    outcome: outcomeOf(message, attempt),
    errcode: attempt?.errcode ?? null,
    errmsg: attempt?.errmsg ?? error?.code ?? '',
    durationMs: attempt?.durationMs ?? 0,
    egress: { via: egress.via, ip: seen },
    remaining: null,
    at: message.at,
    error,
    ...(carrier === message.bot ? {} : { sentBy: carrier }),
    ...(attempt?.msgId === undefined ? {} : { msgId: attempt.msgId }),
    ...(attempt?.responseCode === undefined ? {} : { responseCode: attempt.responseCode }),
    ...(attempt?.invalid === undefined ? {} : { invalid: attempt.invalid }),
    ...(attempt?.warnings === undefined ? {} : { warnings: [...attempt.warnings] }),
    ...(message.coalesced === 0 ? {} : { coalesced: message.coalesced }),
  };
}

/** That the last attempt never left says nothing of one before it that may have arrived. */
function outcomeOf({ repeatUntil }: WaitingMessage, attempt: Attempt | null): SendOutcome {
  const outcome = attempt?.outcome ?? 'failed';
  return outcome === 'failed' && repeatUntil !== null ? 'unknown' : outcome;
}
