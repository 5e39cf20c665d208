import type { ClientHttp2Session, ClientHttp2Stream } from 'node:http2';
import type * as z from 'zod';
import { AppError, fromErrorInfo } from '../../../common/errors/app-error.ts';
import { ControlError } from '../../../common/tunnel/control.ts';

/** Far above any control answer: two certificates and a few names. */
const MAX_ANSWER_BYTES = 512 * 1024;

/** An answer of the relay that says no, with what it says about trying again. */
export class RelayRefusal extends Error {
  override readonly name = 'RelayRefusal';
  readonly error: AppError;
  readonly retryAfterMs: number | null;
  /** The relay's clock at the time, milliseconds; null where it did not say. */
  readonly clock: number | null;

  constructor(error: AppError, retryAfterMs: number | null, clock: number | null = null) {
    super(error.message, { cause: error });
    this.error = error;
    this.retryAfterMs = retryAfterMs;
    this.clock = clock;
  }
}

/**
 * One JSON request on a control session and its checked answer.
 * Throws `RelayRefusal` for a `ControlError`, `SESSION_LOST` when there is no answer within `deadlineMs` or it is not one
 * of ours, and whatever the session died of.
 */
export async function exchange<T>(
  session: ClientHttp2Session,
  path: string,
  body: unknown,
  answer: z.ZodType<T>,
  deadlineMs: number,
): Promise<T> {
  const answered = await send(session, path, JSON.stringify(body), deadlineMs);
  if (answered.status !== 200) throw refusalOf(answered.status, answered.body);
  const parsed = answer.safeParse(parseJson(answered.body));
  if (!parsed.success) throw new AppError('SESSION_LOST', { reason: 'answer', path });
  return parsed.data;
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

function send(
  session: ClientHttp2Session,
  path: string,
  body: string,
  deadlineMs: number,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const stream: ClientHttp2Stream = session.request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/json',
    });
    let status = 0;
    let size = 0;
    const chunks: Buffer[] = [];
    let cause: unknown = new AppError('SESSION_LOST', { reason: 'closed', path });
    const give = (reason: string): void => {
      cause = new AppError('SESSION_LOST', { reason, path });
      stream.destroy();
    };
    // When this process itself stood still, its timers run before what has arrived meanwhile is read.
    const timer = setTimeout(() => setImmediate(() => give('deadline')), deadlineMs);
    stream.on('response', (headers) => (status = Number(headers[':status'])));
    stream.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > MAX_ANSWER_BYTES) give('answer');
      else chunks.push(chunk);
    });
    stream.on('error', (error) => (cause = error));
    let whole = false;
    stream.on('end', () => (whole = true));
    stream.on('close', () => {
      clearTimeout(timer);
      if (whole && status !== 0 && stream.rstCode === 0) {
        resolve({ status, body: Buffer.concat(chunks).toString('utf8') });
      } else reject(cause);
    });
    stream.end(body);
  });
}

/** What an answer that is not 200 means: a `RelayRefusal`, or `SESSION_LOST` where it is no `ControlError`. */
export function refusalOf(status: number, body: string): RelayRefusal | AppError {
  const parsed = ControlError.safeParse(parseJson(body));
  if (parsed.success) {
    const { error, retryAfterMs, jitterMs = 0, clock } = parsed.data;
    const pause = retryAfterMs === undefined ? null : retryAfterMs + Math.random() * jitterMs;
    return new RelayRefusal(fromErrorInfo(error), pause, clock ?? null);
  }
  return new AppError('SESSION_LOST', { reason: 'answer', status });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
