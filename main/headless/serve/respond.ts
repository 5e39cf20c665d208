import type { FastifyReply, FastifyRequest } from 'fastify';
import { contentSecurityPolicy } from '../../../common/csp.ts';
import { newNonce } from './headers.ts';
import { noticePage, type Notice } from './pages.ts';

/** Answers with a page that `make` writes for a fresh nonce, under the console's content security policy. */
export async function sendPage(
  reply: FastifyReply,
  status: number,
  make: (nonce: string) => string,
): Promise<void> {
  const nonce = newNonce();
  await reply
    .code(status)
    .header('cache-control', 'no-store')
    .header('content-security-policy', contentSecurityPolicy(nonce))
    .type('text/html; charset=utf-8')
    .send(make(nonce));
}

/** Answers with a notice in the reader's language. */
export function sendNotice(
  request: FastifyRequest,
  reply: FastifyReply,
  notice: Notice,
  status: number,
): Promise<void> {
  const language = request.headers['accept-language'];
  return sendPage(reply, status, (nonce) => noticePage(notice, language, nonce));
}
