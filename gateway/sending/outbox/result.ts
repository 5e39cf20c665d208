import type { SendResult } from '../../../common/domain/outgoing.ts';
import { AppError, type ErrorInfo } from '../../../common/errors/app-error.ts';
import type { Attempt } from './attempt.ts';
import type { WaitingMessage } from './outbox-store.ts';

/** The end of a message whose time was up. */
export const expired: ErrorInfo = new AppError('MESSAGE_EXPIRED').toInfo();

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
    outcome: attempt?.outcome ?? 'failed',
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
