import * as z from 'zod';
import { BotKind } from './bot.ts';
import { StreamImage } from './stream.ts';

/** A template card (D101032); it is checked where it is sent, so that what is wrong with it can be named. */
const TemplateCard = z.record(z.string(), z.unknown());

/**
 * A WeCom message or event as it is handed to internal services: one shape for XML and JSON callbacks. 64-bit ids stay
 * strings; `content` holds the fields of the type under camelCase names, in the forms of message/forms.ts where the type or event is
 * known; `raw` is the decrypted plaintext to the byte.
 */
export const InboundMessage = z.object({
  /** Causeway's own id; the `webhook-id` of every delivery, the same on each attempt. */
  id: z.string(),
  bot: z.string(),
  kind: BotKind,
  /** When the gateway took it, milliseconds since the epoch. */
  receivedAt: z.int(),
  /** WeCom's MsgType / msgtype, open-ended: `text`, `image`, `event`, … */
  type: z.string(),
  /** Event / eventtype of an event. */
  event: z.string().nullable(),
  /** AgentID of an app, aibotid of a smart bot; null where WeCom sent none. */
  agentId: z.string().nullable(),
  /** MsgId / msgid; null for events, which have none. */
  msgId: z.string().nullable(),
  /** CreateTime in seconds, where WeCom sends one. */
  createTime: z.int().nullable(),
  from: z.object({ userId: z.string(), corpId: z.string().nullable() }),
  /** The conversation, for order and hashing: the group, or the single chat with the sender. */
  chat: z.object({ id: z.string(), type: z.enum(['single', 'group']) }),
  content: z.record(z.string(), z.unknown()),
  raw: z.object({ format: z.enum(['xml', 'json']), text: z.string() }),
});
export type InboundMessage = z.infer<typeof InboundMessage>;

/** The answer an internal service may give in its 200: the passive reply. Empty object, `null` or 204 means none. */
export const ServiceReply = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text'), content: z.string() }),
  z.object({ type: z.literal('image'), mediaId: z.string() }),
  z.object({ type: z.literal('voice'), mediaId: z.string() }),
  z.object({
    type: z.literal('video'),
    mediaId: z.string(),
    title: z.string().optional(),
    description: z.string().optional(),
  }),
  z.object({
    type: z.literal('news'),
    articles: z
      .array(
        z.object({
          title: z.string(),
          description: z.string().optional(),
          picUrl: z.string().optional(),
          url: z.string(),
        }),
      )
      .min(1)
      .max(8),
  }),
  /**
   * Smart bots: text that grows. Unless it is finished, it is fed at `POST /api/streams/{id}` under the message's id, or by frames
   * of the target's WebSocket; a target over HTTP may also answer with `text/event-stream` or `application/x-ndjson`.
   */
  z.object({
    type: z.literal('stream'),
    content: z.string().default(''),
    finish: z.boolean().default(false),
    images: z.array(StreamImage).max(10).optional(),
    feedbackId: z.string().max(256).optional(),
    card: TemplateCard.optional(),
  }),
  /** Smart bots: a template card, to messages and `enter_chat`. */
  z.object({
    type: z.literal('card'),
    card: TemplateCard,
    feedbackId: z.string().max(256).optional(),
  }),
  /** Smart bots: what becomes of the card that a `template_card_event` is about; for everyone where nobody is named. */
  z.object({
    type: z.literal('update_card'),
    card: TemplateCard,
    userIds: z.array(z.string().max(64)).max(1000).optional(),
  }),
  /** Any reply of the bot's own format, passed as it is: XML text for apps, a JSON object for smart bots. */
  z.object({
    type: z.literal('raw'),
    body: z.union([z.string(), z.record(z.string(), z.unknown())]),
  }),
]);
export type ServiceReply = z.infer<typeof ServiceReply>;

/** `POST` body to a target: `{ "reply": … }` comes back in its 200. */
export const ServiceAnswer = z.object({ reply: ServiceReply.nullable().optional() });
export type ServiceAnswer = z.infer<typeof ServiceAnswer>;
