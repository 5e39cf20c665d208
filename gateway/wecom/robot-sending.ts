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
 * - `WECOM_UNREACHABLE`: nothing was sent (name, connection, TLS, proxy), `reason` says why; an {@link AppError} of the
 *   dispatcher is thrown as it is instead;
 * - `WECOM_TIMEOUT`: it was sent but no whole answer came, so that the outcome is unknown; `reason` is `timeout` or how
 *   the connection ended;
 * - `WECOM_ANSWER_INVALID`: something answered that is not WeCom's JSON, `status` is its HTTP status.
 */
export async function sendToRobot(input: RobotRequest): Promise<RobotAnswer> {
  const url = readWebhook(input.webhook);
  const progress = { started: false };
  const dispatcher = input.dispatcher.compose(noteStart(progress));
  const time = new AbortController();
  let response: HttpAnswer;
  try {
    response = await within(
      input.timeoutMs,
      time,
      post(url, input.message, dispatcher, time.signal),
    );
  } catch (error) {
    if (progress.started) {
      throw new AppError('WECOM_TIMEOUT', { reason: reasonOf(error) });
    }
    throw appErrorOf(error) ?? new AppError('WECOM_UNREACHABLE', { reason: reasonOf(error) });
  }
  const answer = response.body === null ? null : readAnswer(response.body);
  if (answer === null) throw new AppError('WECOM_ANSWER_INVALID', { status: response.status });
  return answer;
}

/** `body` is null where it is not looked at: a status other than 200, or too many bytes. */
interface HttpAnswer {
  readonly status: number;
  readonly body: Buffer | null;
}

async function post(
  url: URL,
  message: RobotMessage,
  dispatcher: Dispatcher,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  const { statusCode: status, body } = await request(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify(message),
    dispatcher,
    signal,
  });
  // WeCom answers 200 even where it refuses; of any other answer only the status is of use.
  return { status, body: status === 200 ? await readCapped(body) : await discard(body) };
}

/**
 * Gives `work` up after `timeoutMs`. The signal alone would not: undici looks at it only once a connection stands, which
 * a silent peer can delay; a request that was given up before that is not sent afterwards.
 */
async function within<T>(timeoutMs: number, time: AbortController, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const expiry = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const expired = Object.assign(new Error('time is up'), { code: 'timeout' });
      reject(expired);
      time.abort(expired);
    }, timeoutMs);
  });
  try {
    return await Promise.race([work, expiry]);
  } finally {
    clearTimeout(timer);
  }
}

function readWebhook(webhook: string): URL {
  if (!URL.canParse(webhook) || !/^https?:/i.test(webhook)) throw new AppError('WEBHOOK_INVALID');
  return new URL(webhook);
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

function appErrorOf(error: unknown): AppError | null {
  if (error instanceof AppError) return error;
  return error instanceof Error && error.cause instanceof AppError ? error.cause : null;
}

/** The code of a system, TLS or undici error. Texts are not passed on: some hold addresses. */
function reasonOf(error: unknown): string {
  const own = appErrorOf(error);
  if (own !== null) return own.code;
  if (!(error instanceof Error)) return 'unknown';
  if ('code' in error && typeof error.code === 'string') return error.code;
  return error.cause instanceof Error ? reasonOf(error.cause) : error.name;
}
