import type { IncomingMessage, ServerResponse } from 'node:http';
import { toErrorInfo } from '../../common/errors/app-error.ts';
import type { ErrorCode } from '../../common/errors/codes.ts';

const security = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
} as const;

const statusOf: Readonly<Partial<Record<ErrorCode, number>>> = {
  BAD_INPUT: 400,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  BOT_NOT_FOUND: 404,
  TOO_LARGE: 413,
  BUSY: 503,
};

export function sendBytes(response: ServerResponse, type: string, bytes: Uint8Array): void {
  response.writeHead(response.statusCode, {
    ...security,
    'content-type': type,
    'content-length': bytes.length,
  });
  response.end(bytes);
}

export function sendText(response: ServerResponse, type: string, text: string): void {
  sendBytes(response, `${type}; charset=utf-8`, Buffer.from(text, 'utf8'));
}

export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.statusCode = status;
  sendText(response, 'application/json', JSON.stringify(value));
}

/** `{ "error": { "code", "params" } }`, as Causeway's own APIs answer. */
export function sendError(response: ServerResponse, thrown: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const error = toErrorInfo(thrown);
  sendJson(response, statusOf[error.code] ?? 500, { error });
}

/** The whole body, or null where it is longer than `limit` bytes; the rest is then read and dropped, so that an answer can follow. */
export async function readBody(request: IncomingMessage, limit: number): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= limit) chunks.push(chunk);
    else chunks.length = 0;
  }
  return size > limit ? null : Buffer.concat(chunks);
}
