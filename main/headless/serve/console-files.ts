import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { NONCE_PLACEHOLDER } from '../../../common/csp.ts';
import { sendNotice, sendPage } from './respond.ts';

/**
 * The built console: `index.html`, with the nonce of each response put in, and its assets, whose names change with their
 * content. Nothing else of the directory is served.
 */
export async function addConsoleFiles(app: FastifyInstance, rendererDir: string): Promise<void> {
  const index = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const html = await readFile(join(rendererDir, 'index.html'), 'utf8').catch(() => null);
    if (html === null) return sendNotice(request, reply, 'notBuilt', 503);
    return sendPage(reply, 200, (nonce) => html.replaceAll(NONCE_PLACEHOLDER, nonce));
  };
  app.get('/', index);
  app.get('/index.html', index);
  await app.register(fastifyStatic, {
    root: join(rendererDir, 'assets'),
    prefix: '/assets/',
    index: false,
    dotfiles: 'deny',
    immutable: true,
    maxAge: '365d',
    suppressWarning: true,
  });
  app.setNotFoundHandler(async (_request, reply) => reply.code(404).send({ code: 'NOT_FOUND' }));
}
