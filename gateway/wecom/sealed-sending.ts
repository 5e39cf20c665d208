import type { Dispatcher } from 'undici';
import { AppError } from '../../common/errors/app-error.ts';
import { callApi } from './api-call.ts';
import { readWebhook } from './robot-sending.ts';
import { sealedEnvelope, sealedPayload } from './sealed.ts';
import type { RobotAnswer } from './types.ts';

/** One text on its way to a private relay of the deployment guide (§5.2). */
export interface SealedRequest {
  /** Whole address, a credential. */
  readonly webhook: string;
  /** 16, 24 or 32 bytes of UTF-8. */
  readonly key: string;
  readonly content: string;
  /** Seconds since the epoch. */
  readonly timestamp: number;
  readonly dispatcher: Dispatcher;
  /** For connecting, sending and reading the answer together, milliseconds. */
  readonly timeoutMs: number;
}

/**
 * Posts one text in the guide's envelope, to the byte as its program does, and resolves with the relay's answer. The guide says
 * nothing of one: an errcode is taken as WeCom's, any other 2xx as success. Throws `AES_KEY_INVALID` and what a robot's sending
 * throws; a status that is no 2xx is `WECOM_ANSWER_INVALID`.
 */
export async function sendSealed(input: SealedRequest): Promise<RobotAnswer> {
  const { key, dispatcher, timeoutMs } = input;
  const encrypted = sealedEnvelope(sealedPayload(input.content, key, input.timestamp), key);
  try {
    const { errcode, errmsg, fromIp } = await callApi({
      url: readWebhook(input.webhook),
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: `{"encrypted": "${encrypted}"}`,
      dispatcher,
      timeoutMs,
    });
    return { errcode, errmsg, ...(fromIp === null ? {} : { fromIp }) };
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'WECOM_ANSWER_INVALID') throw error;
    const status = Number(error.params['status']);
    if (status < 200 || status > 299) throw error;
    return { errcode: 0, errmsg: '' };
  }
}
