import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FastifyError, FastifyReply } from 'fastify';
import { AppError, toErrorInfo, type ErrorInfo } from '../../common/errors/app-error.ts';
import type { ErrorCode } from '../../common/errors/codes.ts';
import { header } from '../../common/tunnel/protocol.ts';

const statuses: Readonly<Partial<Record<ErrorCode, number>>> = {
  BAD_INPUT: 400,
  MESSAGE_EMPTY: 400,
  MESSAGE_TOO_LONG: 400,
  MEDIA_REFUSED: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  BOT_NOT_FOUND: 404,
  SEND_NOT_SUPPORTED: 409,
  AES_KEY_INVALID: 409,
  WEBHOOK_INVALID: 409,
  WEBHOOK_MISSING: 409,
  APP_CREDENTIALS_MISSING: 409,
  CONFLICT: 409,
  SETTINGS_LOCKED: 409,
  REQUEST_TOO_SLOW: 408,
  TOO_LARGE: 413,
  HEADERS_TOO_LARGE: 431,
  RATE_LIMITED: 429,
  BUSY: 429,
  WECOM_REFUSED: 502,
  UNTRUSTED_IP: 502,
  WECOM_UNREACHABLE: 502,
  WECOM_ANSWER_INVALID: 502,
  DECRYPT_FAILED: 502,
  EGRESS_NOT_ALLOWED: 502,
  EGRESS_UNREACHABLE: 502,
  TARGET_ADDRESS_REFUSED: 502,
  STORE_UNAVAILABLE: 503,
  TARGET_REFUSED: 502,
  TARGET_UNREACHABLE: 502,
  TARGET_NOT_SUBSCRIBED: 502,
  TARGET_TIMEOUT: 504,
  TUNNEL_OFFLINE: 503,
  WECOM_TIMEOUT: 504,
};

/** HTTP status of an error of the management API. */
export function statusOf(code: ErrorCode): number {
  return statuses[code] ?? 500;
}

/** Answers with `{"error":{code,params}}`, the code in a header too, and `Retry-After` where waiting helps. */
export function sendError(reply: FastifyReply, info: ErrorInfo): FastifyReply {
  const retryAfterMs = info.params['retryAfterMs'];
  if (typeof retryAfterMs === 'number') {
    void reply.header('retry-after', String(Math.ceil(retryAfterMs / 1000)));
  }
  if (info.code === 'UNAUTHENTICATED') void reply.header('www-authenticate', 'Bearer');
  return reply
    .code(statusOf(info.code))
    .header(header.error, info.code)
    .type('application/json')
    .send({ error: info });
}

/** Answers what Node could not read as a request (its code says why), in the same form, and closes. */
export function refuseUnreadable(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const code = unreadable[error.code ?? ''] ?? 'BAD_INPUT';
  const status = statusOf(code);
  const body = JSON.stringify({ error: { code, params: {} } });
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\ncontent-type: application/json\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n` +
      `${header.source}: agent\r\n${header.error}: ${code}\r\n\r\n${body}`,
  );
}

const unreadable: Readonly<Partial<Record<string, ErrorCode>>> = {
  HPE_HEADER_OVERFLOW: 'HEADERS_TOO_LARGE',
  ERR_HTTP_REQUEST_TIMEOUT: 'REQUEST_TOO_SLOW',
};

/** An error of a handler or of fastify itself as data; null for a defect, which is logged and told to nobody. */
export function knownError(error: FastifyError | Error): ErrorInfo | null {
  if (error instanceof AppError) return toErrorInfo(error);
  const status = 'statusCode' in error ? error.statusCode : undefined;
  if (status === 413) return { code: 'TOO_LARGE', params: {} };
  if (status !== undefined && status >= 400 && status < 500)
    return { code: 'BAD_INPUT', params: {} };
  return null;
}
