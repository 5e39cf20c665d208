import { request, type Dispatcher } from 'undici';
import * as z from 'zod';
import type { RobotMessage } from '../../common/domain/outgoing.ts';
import { AppError } from '../../common/errors/app-error.ts';
import { cleanErrmsg } from './errmsg.ts';
import type { RobotAnswer } from './types.ts';

const maxAnswerBytes = 64 * 1024;

const Answer = z.object({ errcode: z.int(), errmsg: z.string().default('') });

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
 * - `WECOM_UNREACHABLE`: nothing was sent (name, connection, TLS, proxy), `reason` says why;
 * - `WECOM_TIMEOUT`: it was sent but no whole answer came, so that the outcome is unknown;
 * - `WECOM_ANSWER_INVALID`: something answered that is not WeCom's JSON, `status` is its HTTP status.
 */
export async function sendToRobot(input: RobotRequest): Promise<RobotAnswer> {
  const url = readWebhook(input.webhook);
  const progress = { started: false };
  const signal = AbortSignal.timeout(input.timeoutMs);
  let status: number;
  let body: Buffer | null;
  try {
    const response = await request(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify(input.message),
      dispatcher: input.dispatcher.compose(noteStart(progress)),
      signal,
    });
    status = response.statusCode;
    // WeCom answers 200 even where it refuses; of any other answer only the status is of use.
    body = status === 200 ? await readCapped(response.body) : await discard(response.body);
  } catch (error) {
    const reason = signal.aborted ? 'timeout' : reasonOf(error);
    throw new AppError(progress.started ? 'WECOM_TIMEOUT' : 'WECOM_UNREACHABLE', { reason });
  }
  const answer = body === null ? null : readAnswer(body);
  if (answer === null) throw new AppError('WECOM_ANSWER_INVALID', { status });
  return answer;
}

function readWebhook(webhook: string): URL {
  const url = URL.parse(webhook);
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw new AppError('WEBHOOK_INVALID');
  }
  return url;
}

/**
 * Notes when the request is put on a connection. Before that nothing left this machine, whatever went wrong; after that
 * nobody knows. Telling the two apart by error codes would need a list of all of Node's and OpenSSL's.
 */
function noteStart(progress: { started: boolean }): Dispatcher.DispatcherComposeInterceptor {
  return (dispatch) => (options, handler) =>
    dispatch(options, {
      onRequestStart: (controller, context: unknown) => {
        progress.started = true;
        handler.onRequestStart?.(controller, context);
      },
      onRequestUpgrade: (...args) => handler.onRequestUpgrade?.(...args),
      onResponseStart: (...args) => handler.onResponseStart?.(...args),
      onResponseData: (...args) => handler.onResponseData?.(...args),
      onResponseEnd: (...args) => handler.onResponseEnd?.(...args),
      onResponseError: (...args) => handler.onResponseError?.(...args),
    });
}

/** Null where the body exceeds the limit; the connection is given up then. */
async function readCapped(body: AsyncIterable<Buffer>): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > maxAnswerBytes) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function discard(body: Dispatcher.ResponseData['body']): Promise<null> {
  await body.dump({ limit: maxAnswerBytes }).catch(() => undefined);
  return null;
}

function readAnswer(body: Buffer): RobotAnswer | null {
  try {
    const { errcode, errmsg } = Answer.parse(JSON.parse(body.toString('utf8')));
    return { errcode, errmsg: cleanErrmsg(errmsg) };
  } catch {
    return null;
  }
}

/** The code of a system, TLS or undici error. Texts are not passed on: some hold addresses. */
function reasonOf(error: unknown): string {
  if (error instanceof AppError) return error.code;
  if (!(error instanceof Error)) return 'unknown';
  if (error.cause instanceof AppError) return error.cause.code;
  if ('code' in error && typeof error.code === 'string') return error.code;
  if (error.cause instanceof Error) return reasonOf(error.cause);
  return error.name;
}
