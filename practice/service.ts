import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { InboundMessage, type ServiceReply } from '../common/domain/inbound.ts';
import { utf8Truncate } from '../common/text/utf8.ts';
import { closeServer, listen, type ListenOn } from './listen.ts';

/** The small internal service of practice mode: what a newcomer would write first. */
export interface Service {
  /** `http://host:port/` */
  readonly url: string;
  close(): Promise<void>;
}

export interface ServiceOptions {
  readonly listen: ListenOn;
  /** Signing secret, `whsec_` and base64. */
  readonly secret: string;
  /** Milliseconds since the epoch; for tests. */
  readonly now?: () => number;
}

/** A little above the greatest message and its raw text. */
const MAX_BODY = 1 << 20;
/** Greatest |now − webhook-timestamp| (Standard Webhooks 1.0), seconds. */
const TOLERANCE = 300;
const TEXT_BYTES = 2048;

/** Starts the service: `POST /` takes a message in the Standard Webhooks form and answers `{ "reply": … }`. */
export async function startService(options: ServiceOptions): Promise<Service> {
  const now = options.now ?? Date.now;
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 10_000 });
  server.on('request', (request, response) => {
    handle(request, response, options.secret, now).catch(() => response.destroy());
  });
  const { address } = await listen(server, options.listen);
  return { url: `${address}/`, close: () => closeServer(server) };
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  secret: string,
  now: () => number,
): Promise<void> {
  if (request.method !== 'POST') return answer(response, 405, {});
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= MAX_BODY) chunks.push(chunk);
  }
  if (size > MAX_BODY) return answer(response, 413, {});
  const body = Buffer.concat(chunks).toString('utf8');
  if (!isSigned(request, body, secret, now())) return answer(response, 401, {});
  const message = InboundMessage.safeParse(parseJson(body));
  if (!message.success) return answer(response, 400, {});
  answer(response, 200, { reply: replyTo(message.data, now()) });
}

function answer(response: ServerResponse, status: number, value: unknown): void {
  const body = Buffer.from(JSON.stringify(value));
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': body.length });
  response.end(body);
}

/** Checks `webhook-signature`: one of its `v1,` entries must be HMAC-SHA256 over `id.timestamp.body`. */
function isSigned(request: IncomingMessage, body: string, secret: string, now: number): boolean {
  const field = (name: string): string => String(request.headers[name] ?? '');
  const timestamp = field('webhook-timestamp');
  if (!/^\d{1,12}$/.test(timestamp)) return false;
  if (Math.abs(Math.floor(now / 1000) - Number(timestamp)) > TOLERANCE) return false;
  const wanted = createHmac('sha256', Buffer.from(secret.replace(/^whsec_/, ''), 'base64'))
    .update(`${field('webhook-id')}.${timestamp}.${body}`)
    .digest();
  return field('webhook-signature')
    .split(' ')
    .filter((entry) => entry.startsWith('v1,'))
    .map((entry) => Buffer.from(entry.slice('v1,'.length), 'base64'))
    .some((given) => given.length === wanted.length && timingSafeEqual(given, wanted));
}

/** What the service says: help, the time, an echo of any other text, a greeting; null keeps silent. */
function replyTo(message: InboundMessage, now: number): ServiceReply | null {
  if (message.event === 'enter_agent' || message.event === 'enter_chat') {
    return text('你好，这里是 Causeway 练习机器人。发“帮助”看看我会什么。');
  }
  const content = message.content['content'];
  if (message.type !== 'text' || typeof content !== 'string') return null;
  // In a group WeCom leaves the mention of the bot in front of the text.
  const said = message.chat.type === 'group' ? content.replace(/^@\S+\s*/, '') : content;
  switch (said.trim().toLowerCase()) {
    case 'help':
      return text('Send "time" for the time of this machine, or any other text to get it back.');
    case '帮助':
      return text('发“时间”查看本机时间，发其他文字我会原样回复。');
    case 'time':
      return text(clock('en', now));
    case '时间':
      return text(clock('zh-CN', now));
    default:
      return text(utf8Truncate(`收到：${said}`, TEXT_BYTES));
  }
}

function text(content: string): ServiceReply {
  return { type: 'text', content };
}

function clock(locale: string, now: number): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeStyle: 'long' }).format(now);
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
