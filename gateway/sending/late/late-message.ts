import { appLimits, type AppMessage } from '../../../common/domain/app-message.ts';
import type { ServiceReply } from '../../../common/domain/inbound.ts';
import type { RobotMessage } from '../../../common/domain/outgoing.ts';
import { utf8Truncate } from '../../../common/text/utf8.ts';
import { requireCard } from '../../wecom/index.ts';

/** Bytes of one answer at a response_url (D101138). */
const RESPONSE_BYTES = 20_480;

/** A service's reply as an app's message to who wrote; null where the app has no such type. */
export function lateAppMessage(reply: ServiceReply, user: string): AppMessage | null {
  const to = { touser: user };
  switch (reply.type) {
    case 'text':
    case 'stream':
      return { ...to, msgtype: 'text', text: { content: reply.content.toWellFormed() } };
    case 'image':
      return { ...to, msgtype: 'image', image: { media_id: reply.mediaId } };
    case 'voice':
      return { ...to, msgtype: 'voice', voice: { media_id: reply.mediaId } };
    case 'video': {
      const { title, description } = reply;
      const video = {
        media_id: reply.mediaId,
        ...(title === undefined ? {} : { title: titleOf(title) }),
        ...(description === undefined ? {} : { description: descriptionOf(description) }),
      };
      return { ...to, msgtype: 'video', video };
    }
    case 'news':
      return { ...to, msgtype: 'news', news: { articles: articlesOf(reply) } };
    default:
      return null;
  }
}

/** A service's reply as a group robot's message that mentions who wrote; null where robots have no such type. */
export function lateRobotMessage(reply: ServiceReply, user: string): RobotMessage | null {
  switch (reply.type) {
    case 'text':
    case 'stream':
      return {
        msgtype: 'text',
        text: { content: reply.content.toWellFormed(), mentioned_list: [user] },
      };
    case 'news':
      return { msgtype: 'news', news: { articles: articlesOf(reply) } };
    default:
      return null;
  }
}

/**
 * A service's reply as the body for a response_url, which takes markdown and cards; null for anything else. Throws
 * `TARGET_REPLY_INVALID` for a card that WeCom would refuse.
 */
export function lateResponse(reply: ServiceReply): Record<string, unknown> | null {
  switch (reply.type) {
    case 'text':
      return markdown(reply.content);
    case 'stream':
      return markdown(reply.content, reply.feedbackId);
    case 'card': {
      const card = requireCard(reply.card, reply.type);
      return {
        msgtype: 'template_card',
        template_card: { ...card, ...feedback(reply.feedbackId) },
      };
    }
    case 'news':
      return markdown(
        reply.articles
          .map(({ title, url, description }) =>
            [`[${title}](${url})`, ...(description === undefined ? [] : [description])].join('\n'),
          )
          .join('\n\n'),
      );
    case 'raw':
      return typeof reply.body === 'string' ? null : rawResponse(reply.body);
    default:
      return null;
  }
}

/** Cards and markdown as they are; of a stream its text, because nobody asks for it any more. */
function rawResponse(body: Record<string, unknown>): Record<string, unknown> | null {
  if (body['msgtype'] === 'markdown' || body['msgtype'] === 'template_card') return body;
  const part = body[String(body['msgtype'])];
  const content =
    typeof part === 'object' && part !== null && 'content' in part ? part.content : undefined;
  return typeof content === 'string' ? markdown(content) : null;
}

function markdown(content: string, feedbackId?: string): Record<string, unknown> {
  return {
    msgtype: 'markdown',
    markdown: { content: utf8Truncate(content, RESPONSE_BYTES), ...feedback(feedbackId) },
  };
}

const feedback = (id: string | undefined) => (id === undefined ? {} : { feedback: { id } });

// Of a passive reply WeCom cuts what is too long; an answer is not lost because it came later.
const titleOf = (title: string) => utf8Truncate(title.toWellFormed(), appLimits.cardTitleBytes);
const descriptionOf = (description: string) =>
  utf8Truncate(description.toWellFormed(), appLimits.cardDescriptionBytes);

type News = Extract<ServiceReply, { type: 'news' }>;

function articlesOf({ articles }: News) {
  return articles.map(({ title, description, url, picUrl }) => ({
    title: titleOf(title),
    url,
    ...(description === undefined ? {} : { description: descriptionOf(description) }),
    ...(picUrl === undefined ? {} : { picurl: picUrl }),
  }));
}
