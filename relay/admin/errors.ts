import type { FastifyReply } from 'fastify';
import type * as z from 'zod';
import { AppError, toErrorInfo } from '../../common/errors/app-error.ts';
import type { ErrorCode } from '../../common/errors/codes.ts';
import type { Logger } from '../../common/domain/log.ts';

const statuses: Partial<Record<ErrorCode, number>> = {
  BAD_INPUT: 400,
  PASSWORD_TOO_WEAK: 400,
  UNAUTHENTICATED: 401,
  LOGIN_REFUSED: 401,
  NOT_FOUND: 404,
  UNKNOWN_CALL: 404,
  CONFLICT: 409,
  TOO_LARGE: 413,
  RATE_LIMITED: 429,
  INTERNAL: 500,
  BUSY: 503,
};

/** What a schema makes of a value. Throws `BAD_INPUT` with the field. */
export function read<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new AppError('BAD_INPUT', { field: parsed.error.issues[0]?.path.join('.') ?? 'body' });
}

/** Answers with an error's code and parameters; anything unexpected is logged and becomes `INTERNAL`. */
export function sendError(reply: FastifyReply, thrown: unknown, log: Logger): FastifyReply {
  // fastify's own refusals (malformed JSON, too large, wrong media type) carry a status and are the caller's.
  const status = (thrown as { statusCode?: unknown }).statusCode;
  const error =
    thrown instanceof AppError || typeof status !== 'number' || status >= 500
      ? toErrorInfo(thrown)
      : toErrorInfo(new AppError(status === 413 ? 'TOO_LARGE' : 'BAD_INPUT', { field: 'body' }));
  if (error.code === 'INTERNAL') log.error({ err: thrown }, 'admin request failed');
  if (error.code === 'RATE_LIMITED') reply.header('retry-after', error.params['seconds'] ?? 1);
  return reply.status(statuses[error.code] ?? 403).send({ error });
}
