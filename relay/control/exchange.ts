import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type * as z from 'zod';
import { AppError, toErrorInfo } from '../../common/errors/app-error.ts';
import type { ErrorCode } from '../../common/errors/codes.ts';
import type { ControlError } from '../../common/tunnel/control.ts';

/** Greatest body of a control request; a CSR is about 2 KiB. */
const MAX_BODY = 128 * 1024;
const BODY_DEADLINE = 10_000;

const statuses: Partial<Record<ErrorCode, number>> = {
  BAD_INPUT: 400,
  CSR_INVALID: 400,
  PROTOCOL_VERSION: 400,
  NOT_FOUND: 404,
  UNKNOWN_CALL: 404,
  CONFLICT: 409,
  SESSION_DISPLACED: 409,
  SESSION_LOST: 409,
  TOO_LARGE: 413,
  RATE_LIMITED: 429,
  INTERNAL: 500,
  EGRESS_UNREACHABLE: 502,
  BUSY: 503,
  RELAY_DRAINING: 503,
};

/** Status of a control answer; what is not listed is a refusal of the caller. */
export function statusOf(code: ErrorCode): number {
  return statuses[code] ?? 403;
}

/** The path of a request without its query. */
export function pathOf(headers: IncomingHttpHeaders): string {
  const path = headers[':path'] ?? '';
  const query = path.indexOf('?');
  return query === -1 ? path : path.slice(0, query);
}

/** Reads and checks a JSON body. Throws `TOO_LARGE`, `BAD_INPUT`. */
export async function readJson<T>(stream: ServerHttp2Stream, schema: z.ZodType<T>): Promise<T> {
  const bytes = await readBody(stream);
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch {
    throw new AppError('BAD_INPUT', { field: 'body' });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new AppError('BAD_INPUT', { field: parsed.error.issues[0]?.path.join('.') ?? 'body' });
}

function readBody(stream: ServerHttp2Stream): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const timer = setTimeout(
      () => fail(new AppError('BAD_INPUT', { field: 'body' })),
      BODY_DEADLINE,
    );
    const fail = (error: Error): void => {
      clearTimeout(timer);
      stream.removeAllListeners('data');
      stream.resume();
      reject(error);
    };
    stream.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > MAX_BODY) fail(new AppError('TOO_LARGE', { limit: MAX_BODY }));
      else chunks.push(chunk);
    });
    stream.once('end', () => {
      clearTimeout(timer);
      resolve(Buffer.concat(chunks));
    });
    stream.once('close', () => fail(new AppError('SESSION_LOST')));
  });
}

/** Answers 200 with JSON. */
export function sendJson(stream: ServerHttp2Stream, body: object): void {
  if (stream.destroyed || stream.headersSent) return;
  stream.respond({ ':status': 200, 'content-type': 'application/json' });
  stream.end(JSON.stringify(body));
}

/** Answers with an error's code and parameters, and `more` about trying again; anything that is not an `AppError` becomes `INTERNAL`. */
export function sendError(
  stream: ServerHttp2Stream,
  thrown: unknown,
  more: Omit<ControlError, 'error'> = {},
): void {
  // A body that nobody reads would keep the stream from closing.
  stream.resume();
  if (stream.destroyed || stream.headersSent) return;
  const error = toErrorInfo(thrown);
  const body: ControlError = { error, ...more };
  stream.respond({ ':status': statusOf(error.code), 'content-type': 'application/json' });
  stream.end(JSON.stringify(body));
}
