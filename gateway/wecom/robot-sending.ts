import type { Dispatcher } from 'undici';
import type { RobotMessage } from '../../common/domain/outgoing.ts';
import { AppError } from '../../common/errors/app-error.ts';
import { callApi } from './api-call.ts';
import type { RobotAnswer } from './types.ts';

/** One message on its way to a group robot. */
export interface RobotRequest {
  /** Whole webhook address, key included: a credential, never part of an error. */
  readonly webhook: string;
  readonly message: RobotMessage;
  readonly dispatcher: Dispatcher;
  /** For connecting, sending and reading the answer together, milliseconds. */
  readonly timeoutMs: number;
}

/**
 * Posts one message to a group robot's webhook (WeCom D91770) and resolves with what WeCom answered, also where it
 * refused; it does not retry and follows no redirect. Throws
 * - `WEBHOOK_INVALID`: the address is no HTTP URL;
 * - `WECOM_UNREACHABLE`: nothing was sent (name, connection, TLS, proxy), `reason` says why; an {@link AppError} of the
 *   dispatcher is thrown as it is instead;
 * - `WECOM_TIMEOUT`: it was sent but no whole answer came, so that the outcome is unknown; `reason` is `timeout` or how
 *   the connection ended;
 * - `WECOM_ANSWER_INVALID`: something answered that is not WeCom's JSON, `status` is its HTTP status.
 */
export async function sendToRobot(input: RobotRequest): Promise<RobotAnswer> {
  const { errcode, errmsg, fromIp, fields } = await callApi({
    url: readWebhook(input.webhook),
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(input.message),
    dispatcher: input.dispatcher,
    timeoutMs: input.timeoutMs,
  });
  if (typeof fields['errcode'] !== 'number') {
    throw new AppError('WECOM_ANSWER_INVALID', { status: 200 });
  }
  return { errcode, errmsg, ...(fromIp === null ? {} : { fromIp }) };
}

/** Throws `WEBHOOK_INVALID`. */
export function readWebhook(webhook: string): URL {
  if (!URL.canParse(webhook) || !/^https?:/i.test(webhook)) throw new AppError('WEBHOOK_INVALID');
  return new URL(webhook);
}
