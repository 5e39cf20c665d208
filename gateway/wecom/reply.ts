import { randomUUID } from 'node:crypto';
import type { ServiceReply } from '../../common/domain/inbound.ts';
import { AppError } from '../../common/errors/app-error.ts';
import { utf8Truncate } from '../../common/text/utf8.ts';
import { requireCard } from './bot-card.ts';
import { readJsonObject } from './json.ts';
import type { ParsedMessage, WireFormat } from './types.ts';
import { cdata } from './xml-text.ts';
import { readXml } from './xml.ts';

/** Greatest text of an app's passive reply (WeCom D90241), bytes of UTF-8. */
const textBytes = 2048;
/** Greatest content of a smart bot's stream (D101031), bytes of UTF-8. */
const streamBytes = 20_480;
const maxTags = 20_000;

/** Events of an app that take a passive reply of the plain types (D90241). */
const repliableEvents: ReadonlySet<string> = new Set([
  'subscribe',
  'enter_agent',
  'LOCATION',
  'click',
  'view',
  'view_miniprogram',
  'scancode_waitmsg',
  'template_card_menu_event',
]);

/**
 * The plaintext of a passive reply, to be given to `sealReply`. Apps (D90241): XML from the bot to the sender; text is
 * cut at 2048 bytes between characters. Smart bots (D101031): text becomes a `text` on `enter_chat`, otherwise a stream
 * that is finished at once, under the polled stream's id or a fresh one; cut at 20480 bytes.
 * `now` is milliseconds since the epoch. Throws `TARGET_REPLY_INVALID` where WeCom takes no such reply to this callback,
 * where a card breaks WeCom's limits, or where a `raw` body is not of the bot's format.
 */
export function renderReply(
  reply: ServiceReply,
  message: ParsedMessage,
  format: WireFormat,
  now: number,
): string {
  if (message.dialect === 'aibot') return renderAibotReply(reply, message);
  if (reply.type === 'raw') return renderRaw(reply.body, format);
  if (isAibotReply(reply)) throw refusal(reply, message);
  if (message.dialect === 'sealed') return renderSealedReply(reply, message);
  if (message.type === 'event' && !repliableEvents.has(message.event ?? '')) {
    throw refusal(reply, message);
  }
  const seconds = Math.floor(now / 1000);
  return format === 'xml'
    ? renderXml(reply, message, seconds)
    : renderAppJson(reply, message, seconds);
}

/** What smart bots alone can say. */
type AibotReply = Extract<ServiceReply, { type: 'stream' | 'card' | 'update_card' }>;
type TypedReply = Exclude<ServiceReply, { type: 'raw' } | AibotReply>;

function isAibotReply(reply: ServiceReply): reply is AibotReply {
  return reply.type === 'stream' || reply.type === 'card' || reply.type === 'update_card';
}

function renderXml(reply: TypedReply, message: ParsedMessage, seconds: number): string {
  return (
    `<xml>${element('ToUserName', message.from.userId)}` +
    element('FromUserName', message.from.corpId ?? '') +
    `<CreateTime>${String(seconds)}</CreateTime>${element('MsgType', reply.type)}` +
    `${xmlBody(reply)}</xml>`
  );
}

function xmlBody(reply: TypedReply): string {
  switch (reply.type) {
    case 'text':
      return element('Content', utf8Truncate(reply.content, textBytes));
    case 'image':
      return `<Image>${element('MediaId', reply.mediaId)}</Image>`;
    case 'voice':
      return `<Voice>${element('MediaId', reply.mediaId)}</Voice>`;
    case 'video':
      return (
        `<Video>${element('MediaId', reply.mediaId)}${optional('Title', reply.title)}` +
        `${optional('Description', reply.description)}</Video>`
      );
    default:
      return newsBody(reply.articles);
  }
}

function newsBody(articles: Extract<TypedReply, { type: 'news' }>['articles']): string {
  const items = articles.map(
    (article) =>
      `<item>${element('Title', article.title)}${optional('Description', article.description)}` +
      `${optional('PicUrl', article.picUrl)}${element('Url', article.url)}</item>`,
  );
  return (
    `<ArticleCount>${String(items.length)}</ArticleCount>` +
    `<Articles>${items.join('')}</Articles>`
  );
}

function element(name: string, text: string): string {
  return `<${name}>${cdata(text)}</${name}>`;
}

function optional(name: string, text: string | undefined): string {
  return text === undefined ? '' : element(name, text);
}

/** WeCom shows JSON replies of apps for text only; how the others would look is not documented. */
function renderAppJson(reply: TypedReply, message: ParsedMessage, seconds: number): string {
  if (reply.type !== 'text') throw refusal(reply, message);
  return JSON.stringify({
    ToUserName: message.from.userId,
    FromUserName: message.from.corpId ?? '',
    CreateTime: seconds,
    MsgType: 'text',
    Content: utf8Truncate(reply.content, textBytes),
  });
}

function renderAibotReply(reply: ServiceReply, message: ParsedMessage): string {
  // The one callback that must be answered with nothing (D101027).
  if (message.event === 'feedback_event') throw refusal(reply, message);
  if (reply.type === 'raw') return renderRaw(reply.body, 'json');
  if (reply.type === 'card') return renderCard(reply, message);
  if (reply.type === 'update_card') return renderCardUpdate(reply, message);
  if (reply.type !== 'text') throw refusal(reply, message);
  const content = utf8Truncate(reply.content, streamBytes);
  if (message.type !== 'event') {
    const id = message.streamId ?? randomUUID();
    return JSON.stringify({ msgtype: 'stream', stream: { id, finish: true, content } });
  }
  if (message.event !== 'enter_chat') throw refusal(reply, message);
  return JSON.stringify({ msgtype: 'text', text: { content } });
}

function renderCard(
  reply: Extract<ServiceReply, { type: 'card' }>,
  message: ParsedMessage,
): string {
  if (message.type === 'event' && message.event !== 'enter_chat') throw refusal(reply, message);
  const feedback = reply.feedbackId === undefined ? {} : { feedback: { id: reply.feedbackId } };
  return JSON.stringify({
    msgtype: 'template_card',
    template_card: { ...requireCard(reply.card, reply.type), ...feedback },
  });
}

/** The new card carries the task_id of the one that was clicked (D101031); it is put in where the service left it out. */
function renderCardUpdate(
  reply: Extract<ServiceReply, { type: 'update_card' }>,
  message: ParsedMessage,
): string {
  if (message.event !== 'template_card_event') throw refusal(reply, message);
  const taskId = message.content['taskId'];
  return JSON.stringify({
    response_type: 'update_template_card',
    ...(reply.userIds === undefined ? {} : { userids: reply.userIds }),
    template_card: requireCard(
      { ...(taskId === undefined ? {} : { task_id: taskId }), ...reply.card },
      reply.type,
    ),
  });
}

/** The deployment guide names no reply; its one message form is used for it. */
function renderSealedReply(reply: TypedReply, message: ParsedMessage): string {
  if (reply.type !== 'text') throw refusal(reply, message);
  return JSON.stringify({ msgtype: 'text', text: { content: reply.content } });
}

function renderRaw(body: string | Readonly<Record<string, unknown>>, format: WireFormat): string {
  const fits =
    format === 'xml'
      ? typeof body === 'string' && readXml(body, maxTags) !== null
      : typeof body !== 'string' || readJsonObject(body) !== null;
  if (!fits) throw new AppError('TARGET_REPLY_INVALID', { type: 'raw', format });
  return typeof body === 'string' ? body : JSON.stringify(body);
}

function refusal(reply: ServiceReply, message: ParsedMessage): AppError {
  const to = (message.event ?? message.type).slice(0, 64);
  return new AppError('TARGET_REPLY_INVALID', { type: reply.type, to });
}
