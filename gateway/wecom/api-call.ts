import type { Readable } from 'node:stream';
import { request, type Dispatcher } from 'undici';
import * as z from 'zod';
import { AppError } from '../../common/errors/app-error.ts';
import { addressIn, cleanErrmsg } from './errmsg.ts';
import { readJsonObject, type JsonObject } from './json.ts';

const maxAnswerBytes = 64 * 1024;

const Answer = z.object({ errcode: z.int().default(0), errmsg: z.string().default('') });

/** One call of WeCom's HTTP API. */
export interface ApiCall {
  /** May carry a key or token in its query: a credential, never part of an error. */
  readonly url: URL;
  readonly method: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Readable;
  readonly dispatcher: Dispatcher;
  /** For connecting, sending and reading the answer together, milliseconds. */
  readonly timeoutMs: number;
}

/** What WeCom answered. `errmsg` is without hints, addresses and links. */
export interface ApiAnswer {
  readonly errcode: number;
  readonly errmsg: string;
  /** The address that the call came from, where WeCom names it (`from ip: …` of a refusal). */
  readonly fromIp: string | null;
  readonly fields: JsonObject;
}

/**
 * Makes one call and resolves with what WeCom answered, also where it refused; it does not retry and follows no redirect.
 * Throws
 * - `WECOM_UNREACHABLE`: nothing was sent (name, connection, TLS, proxy), `reason` says why; an {@link AppError} of the
 *   dispatcher is thrown as it is instead;
 * - `WECOM_TIMEOUT`: it was sent but no whole answer came, so that the outcome is unknown; `reason` is `timeout` or how
 *   the connection ended;
 * - `WECOM_ANSWER_INVALID`: something answered that is not WeCom's JSON, `status` is its HTTP status.
 */
export async function callApi(call: ApiCall): Promise<ApiAnswer> {
  const progress = { started: false };
  const dispatcher = call.dispatcher.compose(noteStart(progress));
  const time = new AbortController();
  let response: HttpAnswer;
  try {
    response = await within(call.timeoutMs, time, exchange(call, dispatcher, time.signal));
  } catch (error) {
    throw callError(error, progress.started);
  }
  const answer = response.body === null ? null : readAnswer(response.body);
  if (answer === null) throw new AppError('WECOM_ANSWER_INVALID', { status: response.status });
  return answer;
}

/** A failed call as an error: what is known of it depends on whether anything had left this machine. */
export function callError(error: unknown, started: boolean): AppError {
  if (started) return new AppError('WECOM_TIMEOUT', { reason: reasonOf(error) });
  return appErrorOf(error) ?? new AppError('WECOM_UNREACHABLE', { reason: reasonOf(error) });
}

async function exchange(
  call: ApiCall,
  dispatcher: Dispatcher,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  const { statusCode: status, body } = await request(call.url, {
    method: call.method,
    headers: { accept: 'application/json', ...call.headers },
    ...(call.body === undefined ? {} : { body: call.body }),
    dispatcher,
    signal,
  });
  // WeCom answers 200 even where it refuses; of any other answer only the status is of use.
  return { status, body: status === 200 ? await readCapped(body) : await discard(body) };
}

/** An answer of the API read from its JSON; null where it is none. */
export function readAnswer(body: Buffer): ApiAnswer | null {
  const fields = readJsonObject(body.toString('utf8'));
  if (fields === null) return null;
  const known = Answer.safeParse(fields);
  if (!known.success) return null;
  const { errcode, errmsg } = known.data;
  return { errcode, errmsg: cleanErrmsg(errmsg), fromIp: addressIn(errmsg), fields };
}

/** `body` is null where it is not looked at: a status other than 200, or too many bytes. */
interface HttpAnswer {
  readonly status: number;
  readonly body: Buffer | null;
}

/**
 * Gives `work` up after `timeoutMs`. The signal alone would not: undici looks at it only once a connection stands, which
 * a silent peer can delay; a request that was given up before that is not sent afterwards.
 */
export async function within<T>(
  timeoutMs: number,
  time: AbortController,
  work: Promise<T>,
): Promise<T> {
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

/**
 * Notes when the request is put on a connection. Before that nothing left this machine, whatever went wrong; after that
 * nobody knows. Telling the two apart by error codes would need a list of all of Node's and OpenSSL's.
 */
export function noteStart(progress: { started: boolean }): Dispatcher.DispatcherComposeInterceptor {
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
export async function readCapped(body: AsyncIterable<Buffer>): Promise<Buffer | null> {
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

export function appErrorOf(error: unknown): AppError | null {
  if (error instanceof AppError) return error;
  return error instanceof Error && error.cause instanceof AppError ? error.cause : null;
}

/** The code of a system, TLS or undici error. Texts are not passed on: some hold addresses. */
export function reasonOf(error: unknown): string {
  const own = appErrorOf(error);
  if (own !== null) return own.code;
  if (!(error instanceof Error)) return 'unknown';
  if ('code' in error && typeof error.code === 'string') return error.code;
  return error.cause instanceof Error ? reasonOf(error.cause) : error.name;
}
