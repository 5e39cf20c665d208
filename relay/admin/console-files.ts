import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { contentSecurityPolicy, NONCE_PLACEHOLDER } from '../../common/csp.ts';
import { AppError } from '../../common/errors/app-error.ts';

/** On every answer of the console; the content security policy comes on top, with the nonce of each page. */
export const securityHeaders: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'permissions-policy':
    'camera=(), display-capture=(), geolocation=(), hid=(), microphone=(), payment=(), serial=(), usb=()',
};

/** The built console: beside the built programs, or in the build output when this runs from its source. */
export function defaultRendererDir(): string {
  const built = fileURLToPath(new URL('../renderer', import.meta.url));
  return existsSync(join(built, 'relay.html'))
    ? built
    : fileURLToPath(new URL('../../out/renderer', import.meta.url));
}

/**
 * The relay's page with the nonce of each response put in, and the assets, whose names change with their content. Nothing
 * else of the directory is served. Both are for everybody: what they show comes through the socket, which asks who one is.
 */
export async function addConsoleFiles(app: FastifyInstance, rendererDir: string): Promise<void> {
  const page = async (_request: unknown, reply: FastifyReply): Promise<void> => {
    const html = await readFile(join(rendererDir, 'relay.html'), 'utf8').catch(() => null);
    if (html === null) throw new AppError('NOT_FOUND', { file: 'relay.html' });
    const nonce = randomBytes(16).toString('base64url');
    await reply
      .header('cache-control', 'no-store')
      .header('content-security-policy', contentSecurityPolicy(nonce))
      .type('text/html; charset=utf-8')
      .send(html.replaceAll(NONCE_PLACEHOLDER, nonce));
  };
  app.get('/', page);
  app.get('/relay.html', page);
  await app.register(fastifyStatic, {
    root: join(rendererDir, 'assets'),
    prefix: '/assets/',
    index: false,
    dotfiles: 'deny',
    immutable: true,
    maxAge: '365d',
    suppressWarning: true,
  });
}
