import * as z from 'zod';
import { ErrorInfo } from '../errors/app-error.ts';
import { utf8Length } from '../text/utf8.ts';
import { AppMessage } from './app-message.ts';
import { RobotCard } from './card/template-card.ts';

/** Limits of the group robot's webhook (WeCom D91770, D99110). Bytes are bytes of UTF-8. */
export const robotLimits = {
  textBytes: 2048,
  markdownBytes: 4096,
  imageBytes: 2 * 1024 * 1024,
  newsArticles: 8,
  newsTitleBytes: 128,
  newsDescriptionBytes: 512,
  messagesPerMinute: 20,
} as const;

const mention = z.array(z.string().min(1)).max(1000).optional();
const link = z.url({ protocol: /^https?$/ });

/** A message for a group robot, one member for each msgtype of the webhook. Field names are WeCom's own. */
export const RobotMessage = z.discriminatedUnion('msgtype', [
  z.object({
    msgtype: z.literal('text'),
    text: z.object({
      content: z.string(),
      mentioned_list: mention,
      mentioned_mobile_list: mention,
    }),
  }),
  z.object({ msgtype: z.literal('markdown'), markdown: z.object({ content: z.string() }) }),
  z.object({ msgtype: z.literal('markdown_v2'), markdown_v2: z.object({ content: z.string() }) }),
  z.object({
    msgtype: z.literal('image'),
    image: z.object({ base64: z.base64(), md5: z.string().regex(/^[0-9a-f]{32}$/) }),
  }),
  z.object({
    msgtype: z.literal('news'),
    news: z.object({
      articles: z
        .array(
          z.object({
            title: z.string().min(1),
            description: z.string().optional(),
            url: link,
            picurl: z.string().optional(),
          }),
        )
        .min(1)
        .max(robotLimits.newsArticles),
    }),
  }),
  z.object({ msgtype: z.literal('file'), file: z.object({ media_id: z.string().min(1) }) }),
  z.object({ msgtype: z.literal('voice'), voice: z.object({ media_id: z.string().min(1) }) }),
  z.object({ msgtype: z.literal('template_card'), template_card: RobotCard }),
]);
export type RobotMessage = z.infer<typeof RobotMessage>;
export type RobotMessageType = RobotMessage['msgtype'];

export const robotMessageTypes = [
  'text',
  'markdown',
  'markdown_v2',
  'image',
  'news',
  'template_card',
  'file',
  'voice',
] as const satisfies readonly RobotMessageType[];

/** Bytes used of a limit that WeCom puts on a message as a whole; null where the type has none. */
export function messageSize(message: RobotMessage): { used: number; limit: number } | null {
  switch (message.msgtype) {
    case 'text':
      return { used: utf8Length(message.text.content), limit: robotLimits.textBytes };
    case 'markdown':
      return { used: utf8Length(message.markdown.content), limit: robotLimits.markdownBytes };
    case 'markdown_v2':
      return { used: utf8Length(message.markdown_v2.content), limit: robotLimits.markdownBytes };
    case 'image':
      return {
        used: Math.floor((message.image.base64.length * 3) / 4),
        limit: robotLimits.imageBytes,
      };
    case 'news':
    case 'file':
    case 'voice':
    case 'template_card':
      return null;
  }
}

/** What a bot sends: through its webhook (kind `robot`) or to members (kind `app`, with recipients). */
export const OutgoingMessage = z.union([AppMessage, RobotMessage]);
export type OutgoingMessage = z.infer<typeof OutgoingMessage>;

/** How far ahead a message may be scheduled, milliseconds. */
export const MAX_SCHEDULE_MS = 30 * 86_400_000;

/** How a message is to be sent; in the management API these stand beside the message's own fields. */
export const SendOptions = z.object({
  /** 9 leaves first; within a priority the order of asking holds. */
  priority: z.int().min(0).max(9).optional(),
  /** While a message with the same key is still queued, this one takes its place. */
  coalesce_key: z.string().min(1).max(128).optional(),
  /** Milliseconds since the epoch; what has not left by then is given up. A day from now, or from `sendAt`, when left out. */
  expires_at: z.int().min(0).optional(),
  /** RFC 3339: it waits until then, at most {@link MAX_SCHEDULE_MS} from now. In the past: it leaves at once. */
  sendAt: z.iso.datetime({ offset: true }).optional(),
  /** Sends a text or markdown that is too long as several numbered messages. */
  split: z.boolean().optional(),
});
export type SendOptions = z.infer<typeof SendOptions>;

/** What became of a message. `unknown`: it was sent but the answer never came, so it may or may not be in the chat. */
export const SendOutcome = z.enum(['delivered', 'refused', 'unknown', 'failed']);
export type SendOutcome = z.infer<typeof SendOutcome>;

/** Where a message of the outbox stands. A state that is a {@link SendOutcome} is final. */
export const MessageState = z.enum(['queued', 'sending', ...SendOutcome.options]);
export type MessageState = z.infer<typeof MessageState>;

/** Its place in the queue, and when it is expected to leave. */
export const QueuePlace = z.object({
  position: z.int(),
  etaMs: z.int(),
  /** When it is to leave, where that was asked for; milliseconds since the epoch. */
  sendAt: z.int().optional(),
});
export type QueuePlace = z.infer<typeof QueuePlace>;

/** Recipients that WeCom did not take; the others have the message. */
export const InvalidRecipients = z.object({
  users: z.array(z.string()),
  parties: z.array(z.string()),
  tags: z.array(z.string()),
  unlicensed: z.array(z.string()),
});
export type InvalidRecipients = z.infer<typeof InvalidRecipients>;

/** What WeCom answered to one message, or that it still waits. */
export const SendResult = z.object({
  /** Id of the row in the message list. */
  id: z.string(),
  /** `queued`: it is stored and leaves by itself; ask for it again by its id. */
  outcome: z.enum([...SendOutcome.options, 'queued']),
  /** WeCom's errcode; null when no answer came. */
  errcode: z.int().nullable(),
  /** WeCom's errmsg without hints and addresses. */
  errmsg: z.string(),
  durationMs: z.number(),
  /** `ip` is the address that WeCom saw, where it is known. */
  egress: z.object({ via: z.enum(['direct', 'relay']), ip: z.string().nullable() }),
  /** What is left of the robot's 20 messages in the running minute. */
  remaining: z.int().nullable(),
  at: z.int(),
  /** What went wrong, for words; of a queued message, what the last attempt ran into. */
  error: ErrorInfo.nullable().optional(),
  /** While queued. */
  queue: QueuePlace.optional(),
  /** The robot that carried it, where the bot's own had no room. */
  sentBy: z.string().optional(),
  /** App messages: WeCom's id, with which it can be recalled for 24 hours. */
  msgId: z.string().optional(),
  /** App cards: with which the card can be updated once within 72 hours. */
  responseCode: z.string().optional(),
  invalid: InvalidRecipients.optional(),
  /** Limits that this message runs into, though WeCom took it. */
  warnings: z.array(ErrorInfo).optional(),
  /** Ids of all parts of a message that was split, the first one's included. */
  parts: z.array(z.string()).optional(),
  /** How many messages of the same `coalesce_key` this one stands for beside itself. */
  coalesced: z.int().optional(),
});
export type SendResult = z.infer<typeof SendResult>;

/** `GET /api/messages/{id}` of an outgoing message, beside its row. */
export const SendStatus = z.object({
  id: z.string(),
  state: MessageState,
  attempts: z.int(),
  result: SendResult,
});
export type SendStatus = z.infer<typeof SendStatus>;

/** A message that waits, as the console lists it. Its text is not in it. */
export const OutboxRow = z.object({
  id: z.string(),
  bot: z.string(),
  type: z.string(),
  state: z.enum(['queued', 'sending']),
  at: z.int(),
  priority: z.int(),
  attempts: z.int(),
  coalesced: z.int(),
  expiresAt: z.int(),
  ...QueuePlace.shape,
  error: ErrorInfo.nullable(),
});
export type OutboxRow = z.infer<typeof OutboxRow>;

/** What a bot may still send before it has to wait. */
export const SendQuota = z.object({
  /** Of the robot's minute; of an app the calls of `message/send` that its corp has left in this minute, as counted here. */
  remaining: z.int(),
  /** When more becomes free; now where nothing is used up. */
  resetAt: z.int(),
  queued: z.int(),
  /** How long a message that is sent now would wait, milliseconds. */
  etaMs: z.int(),
});
export type SendQuota = z.infer<typeof SendQuota>;
