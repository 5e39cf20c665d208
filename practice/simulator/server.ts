import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { AppError } from '../../common/errors/app-error.ts';
import { listen, type ListenOn } from '../listen.ts';
import type { AppDesk } from './app-desk.ts';
import { appRoutes, conclude, type Handler } from './app-routes.ts';
import type { CallbackSender } from './callbacks.ts';
import { CallbackInput } from './callback-input.ts';
import { refusals, refuse, type ApiAnswer } from './errcodes.ts';
import type { Faults } from './faults.ts';
import { plainFile, sealedFile } from './media.ts';
import { pageCss } from './page/style.ts';
import { pageHtml } from './page/html.ts';
import { pageScript } from './page/script.ts';
import type { ResponseDesk } from './response-desk.ts';
import type { RobotDesk, Upload } from './robot.ts';
import { readBody, sendBytes, sendError, sendJson, sendText } from './respond.ts';

export interface ServerParts {
  readonly robots: RobotDesk;
  readonly apps: AppDesk;
  readonly faults: Faults;
  readonly responses: ResponseDesk;
  readonly callbacks: CallbackSender;
  readonly now: () => number;
}

const MB = 1 << 20;
/** An image of 2 MB in base64, and the rest of the message. */
const MESSAGE_BYTES = 4 * MB;
const UPLOAD_BYTES = 21 * MB;
const API_BYTES = 64 * 1024;

/** The simulator's HTTP server: WeCom's own addresses, and a page and an API for people and scripts. */
export async function startServer(
  on: ListenOn,
  parts: ServerParts,
): Promise<{ address: string; server: Server }> {
  const routes = routesOf(parts);
  const server = createServer({ requestTimeout: 30_000, headersTimeout: 10_000 });
  server.maxConnections = 256;
  server.on('request', (request, response) => {
    void answer(routes, request, response);
  });
  return { ...(await listen(server, on)), server };
}

async function answer(
  routes: ReadonlyMap<string, Handler>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const url = URL.parse(request.url ?? '/', 'http://127.0.0.1');
    if (url === null) throw new AppError('BAD_INPUT');
    if (!isLocalName(request.headers.host)) throw new AppError('FORBIDDEN');
    const path = url.pathname.startsWith('/media/') ? '/media/' : url.pathname;
    const handler = routes.get(`${request.method === 'HEAD' ? 'GET' : request.method} ${path}`);
    if (handler === undefined) throw new AppError('NOT_FOUND');
    await handler(request, response, url);
  } catch (error) {
    sendError(response, error);
  }
}

/** A page of another site that got its name to point here must not use the simulator. */
function isLocalName(host: string | undefined): boolean {
  return host !== undefined && /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(host);
}

function routesOf(parts: ServerParts): ReadonlyMap<string, Handler> {
  const { robots, apps, faults, responses, callbacks, now } = parts;

  const call = (request: IncomingMessage): { fromIp: string; now: number } => ({
    fromIp: request.socket.remoteAddress ?? '0.0.0.0',
    now: now(),
  });

  /** WeCom answers 200 whatever happened; what happened is in the body. */
  async function wecom(
    request: IncomingMessage,
    response: ServerResponse,
    limit: number,
    reply: (body: Buffer) => Promise<ApiAnswer> | ApiAnswer,
  ): Promise<void> {
    const body = await readBody(request, limit);
    const { fromIp, now } = call(request);
    const answer = body === null ? refuse(refusals.tooLongText, fromIp, now) : await reply(body);
    conclude(faults, response, answer);
  }

  return new Map<string, Handler>([
    ...appRoutes({ apps, faults, callOf: call, readUpload, readJson }),
    [
      'POST /cgi-bin/webhook/send',
      (request, response, { searchParams }) =>
        wecom(request, response, MESSAGE_BYTES, (body) => {
          faults.count('webhook/send');
          const { fromIp, now } = call(request);
          if (faults.has('busy')) return refuse(refusals.busy, fromIp, now);
          if (faults.has('rate_limit')) return refuse(refusals.tooOften, fromIp, now);
          const key = searchParams.get('key') ?? '';
          return robots.send(key, body.toString('utf8'), call(request));
        }),
    ],
    [
      'POST /cgi-bin/webhook/upload_media',
      (request, response, { searchParams }) =>
        wecom(request, response, UPLOAD_BYTES, async (body) => {
          const upload = await readUpload(request, body, searchParams.get('type') ?? '');
          return robots.upload(searchParams.get('key') ?? '', upload, call(request));
        }),
    ],
    [
      'POST /cgi-bin/aibot/response',
      (request, response, { searchParams }) =>
        wecom(request, response, API_BYTES, (body) =>
          responses.respond(
            searchParams.get('response_code') ?? '',
            body.toString('utf8'),
            call(request),
          ),
        ),
    ],
    [
      'GET /simulator/bots',
      async (_request, response) =>
        sendJson(response, 200, { bots: callbacks.bots().map(({ id, kind }) => ({ id, kind })) }),
    ],
    [
      'GET /simulator/messages',
      async (_request, response, url) => {
        const after = afterOf(url);
        const messages = [
          ...robots.messages(after),
          ...apps.messages(after),
          ...responses.messages(after),
        ];
        sendJson(response, 200, { messages: messages.sort((a, b) => a.id - b.id) });
      },
    ],
    [
      'GET /simulator/callbacks',
      async (_request, response, url) =>
        sendJson(response, 200, { callbacks: callbacks.records(afterOf(url)) }),
    ],
    [
      'POST /simulator/callbacks',
      async (request, response) => {
        const input = CallbackInput.safeParse(await readJson(request));
        if (!input.success) throw new AppError('BAD_INPUT', { field: fieldOf(input.error.issues) });
        sendJson(response, 200, await callbacks.post(input.data));
      },
    ],
    [
      'POST /simulator/verify',
      async (request, response) => {
        const input = CallbackInput.pick({ bot: true }).safeParse(await readJson(request));
        if (!input.success) throw new AppError('BAD_INPUT', { field: fieldOf(input.error.issues) });
        sendJson(response, 200, await callbacks.verifyUrl(input.data.bot));
      },
    ],
    [
      'GET /media/',
      async (_request, response, url) => {
        const [first = '', second] = url.pathname.slice('/media/'.length).split('/');
        const file = plainFile(second ?? first);
        const bot = callbacks.bots().find(({ id }) => id === first);
        if (file === null || (second !== undefined && bot === undefined)) {
          throw new AppError('NOT_FOUND');
        }
        if (second === undefined || bot === undefined) {
          sendBytes(response, file.type, file.bytes);
          return;
        }
        const sealed = sealedFile(second, bot.encodingAESKey) ?? Buffer.alloc(0);
        response.setHeader('content-disposition', `attachment; filename="${second}"`);
        sendBytes(response, 'application/octet-stream', sealed);
      },
    ],
    [
      'GET /',
      async (request, response) =>
        sendText(response, 'text/html', pageHtml(request.headers['accept-language'] ?? '')),
    ],
    [
      'GET /app.js',
      async (_request, response) => sendText(response, 'text/javascript', pageScript),
    ],
    ['GET /app.css', async (_request, response) => sendText(response, 'text/css', pageCss)],
  ]);
}

function afterOf(url: URL): number {
  const after = Number(url.searchParams.get('after') ?? 0);
  if (!Number.isSafeInteger(after) || after < 0)
    throw new AppError('BAD_INPUT', { field: 'after' });
  return after;
}

/** A JSON body; asking for its type keeps other sites' forms out, which cannot set it. */
async function readJson(request: IncomingMessage): Promise<unknown> {
  if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) {
    throw new AppError('BAD_INPUT', { field: 'content-type' });
  }
  const body = await readBody(request, API_BYTES);
  if (body === null) throw new AppError('TOO_LARGE');
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new AppError('BAD_INPUT', { field: 'body' });
  }
}

function fieldOf(issues: readonly { path: readonly PropertyKey[] }[]): string {
  return issues[0]?.path.map(String).join('.') ?? '';
}

async function readUpload(
  request: IncomingMessage,
  body: Buffer,
  type: string,
): Promise<Upload | null> {
  const contentType = request.headers['content-type'] ?? '';
  try {
    const form = await new Response(new Uint8Array(body), {
      headers: { 'content-type': contentType },
    }).formData();
    const media = form.get('media');
    if (media === null || typeof media === 'string') return null;
    return { type, name: media.name, bytes: await media.bytes() };
  } catch {
    return null;
  }
}
