import * as z from 'zod';
import { utf8Length } from '../text/utf8.ts';

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

/** A template card is passed as WeCom defines it (D91770); what is checked is what WeCom refuses. */
const cardAction = z.looseObject({
  type: z.union([z.literal(1), z.literal(2)]),
  url: z.string().optional(),
  appid: z.string().optional(),
  pagepath: z.string().optional(),
});
const mainTitle = z.looseObject({ title: z.string().optional(), desc: z.string().optional() });
const cardCommon = {
  source: z.looseObject({}).optional(),
  quote_area: z.looseObject({}).optional(),
  horizontal_content_list: z
    .array(z.looseObject({ keyname: z.string() }))
    .max(6)
    .optional(),
  jump_list: z
    .array(z.looseObject({ title: z.string() }))
    .max(3)
    .optional(),
  card_action: cardAction,
};
export const TemplateCard = z.discriminatedUnion('card_type', [
  z.looseObject({
    card_type: z.literal('text_notice'),
    main_title: mainTitle.optional(),
    emphasis_content: z.looseObject({}).optional(),
    sub_title_text: z.string().optional(),
    ...cardCommon,
  }),
  z.looseObject({
    card_type: z.literal('news_notice'),
    main_title: mainTitle.extend({ title: z.string().min(1) }),
    card_image: z.looseObject({
      url: z.string(),
      aspect_ratio: z.number().min(1.3).max(2.25).optional(),
    }),
    image_text_area: z.looseObject({ image_url: z.string() }).optional(),
    vertical_content_list: z
      .array(z.looseObject({ title: z.string() }))
      .max(4)
      .optional(),
    ...cardCommon,
  }),
]);
export type TemplateCard = z.infer<typeof TemplateCard>;

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
  z.object({ msgtype: z.literal('template_card'), template_card: TemplateCard }),
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

/** What became of a message. `unknown`: it was sent but the answer never came, so it may or may not be in the chat. */
export const SendOutcome = z.enum(['delivered', 'refused', 'unknown', 'failed']);
export type SendOutcome = z.infer<typeof SendOutcome>;

/** What WeCom answered to one message. */
export const SendResult = z.object({
  /** Id of the row in the message list. */
  id: z.string(),
  outcome: SendOutcome,
  /** WeCom's errcode; null when no answer came. */
  errcode: z.int().nullable(),
  /** WeCom's errmsg without hints and addresses. */
  errmsg: z.string(),
  durationMs: z.number(),
  egress: z.object({ via: z.enum(['direct', 'relay']), ip: z.string().nullable() }),
  /** What is left of the robot's 20 messages in the running minute. */
  remaining: z.int().nullable(),
  at: z.int(),
});
export type SendResult = z.infer<typeof SendResult>;
