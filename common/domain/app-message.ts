import * as z from 'zod';
import { utf8Length } from '../text/utf8.ts';
import { boundedText } from './bounded-text.ts';
import { AppCard } from './card/template-card.ts';

/** Limits of a self-built app's messages (WeCom D90236). Bytes are bytes of UTF-8. */
export const appLimits = {
  textBytes: 2048,
  markdownBytes: 2048,
  cardTitleBytes: 128,
  cardDescriptionBytes: 512,
  urlBytes: 2048,
  cardButtonCharacters: 4,
  newsArticles: 8,
  mpnewsContentBytes: 666 * 1024,
  users: 1000,
  parties: 100,
  tags: 100,
  /** Longest `duplicate_check_interval`, seconds. */
  duplicateCheckSeconds: 14_400,
  /** What one member gets of an app; WeCom drops the rest without a word. */
  memberPerMinute: 30,
  memberPerHour: 1000,
  /** Calls of one API that a corp may make (D90312). */
  callsPerMinute: 10_000,
  callsPerHour: 150_000,
  /** Calls that one address may make, of whatever corps (D90312). */
  addressCallsPerMinute: 20_000,
  addressCallsPerHour: 600_000,
} as const;

/** Ids joined by `|`, at most `most` of them. */
const ids = (most: number) =>
  z
    .string()
    .max(65_536)
    .refine((list) => list.split('|').length <= most, { message: `at most ${most}` })
    .optional();
const flag = z.union([z.literal(0), z.literal(1)]).optional();
const title = boundedText(appLimits.cardTitleBytes).min(1);
const description = boundedText(appLimits.cardDescriptionBytes);
const url = boundedText(appLimits.urlBytes);
const mediaId = z.object({ media_id: z.string().min(1).max(512) });

/** Recipients and switches that every type has; `agentid` is the bot's own and is filled in. */
const common = {
  /** User ids joined by `|`, or `@all`. */
  touser: ids(appLimits.users),
  toparty: ids(appLimits.parties),
  totag: ids(appLimits.tags),
  enable_id_trans: flag,
  /** 1: WeCom drops a repetition within the interval, so that an attempt of unknown outcome may be repeated. */
  enable_duplicate_check: flag,
  duplicate_check_interval: z.int().min(1).max(appLimits.duplicateCheckSeconds).optional(),
};
const safe = flag;

/** A message of a self-built app, one member for each msgtype of `message/send`. Field names are WeCom's own. */
export const AppMessage = z
  .discriminatedUnion('msgtype', [
    z.object({
      ...common,
      safe,
      msgtype: z.literal('text'),
      text: z.object({ content: z.string() }),
    }),
    z.object({ ...common, safe, msgtype: z.literal('image'), image: mediaId }),
    z.object({ ...common, msgtype: z.literal('voice'), voice: mediaId }),
    z.object({
      ...common,
      safe,
      msgtype: z.literal('video'),
      video: mediaId.extend({ title: title.optional(), description: description.optional() }),
    }),
    z.object({ ...common, safe, msgtype: z.literal('file'), file: mediaId }),
    z.object({
      ...common,
      msgtype: z.literal('textcard'),
      textcard: z.object({
        title,
        description: description.min(1),
        url: url.min(1),
        btntxt: z.string().max(appLimits.cardButtonCharacters).optional(),
      }),
    }),
    z.object({
      ...common,
      msgtype: z.literal('news'),
      news: z.object({
        articles: z
          .array(
            z.object({
              title,
              description: description.optional(),
              url: url.optional(),
              picurl: z.string().optional(),
              appid: z.string().optional(),
              pagepath: z.string().optional(),
            }),
          )
          .min(1)
          .max(appLimits.newsArticles),
      }),
    }),
    z.object({
      ...common,
      safe: z.union([z.literal(0), z.literal(1), z.literal(2)]).optional(),
      msgtype: z.literal('mpnews'),
      mpnews: z.object({
        articles: z
          .array(
            z.object({
              title,
              thumb_media_id: z.string().min(1),
              author: boundedText(64).optional(),
              content_source_url: z.string().optional(),
              content: boundedText(appLimits.mpnewsContentBytes),
              digest: boundedText(appLimits.cardDescriptionBytes).optional(),
            }),
          )
          .min(1)
          .max(appLimits.newsArticles),
      }),
    }),
    z.object({
      ...common,
      msgtype: z.literal('markdown'),
      markdown: z.object({ content: z.string() }),
    }),
    z.object({
      ...common,
      msgtype: z.literal('miniprogram_notice'),
      miniprogram_notice: z.looseObject({
        appid: z.string().min(1),
        title: z.string().min(1),
        content_item: z.array(z.looseObject({})).max(10).optional(),
      }),
    }),
    z.object({ ...common, msgtype: z.literal('template_card'), template_card: AppCard }),
  ])
  .refine(({ touser = '', toparty = '', totag = '' }) => `${touser}${toparty}${totag}` !== '', {
    path: ['touser'],
    message: 'touser, toparty or totag is needed',
  });
export type AppMessage = z.infer<typeof AppMessage>;
export type AppMessageType = AppMessage['msgtype'];

export const appMessageTypes = [
  'text',
  'markdown',
  'image',
  'voice',
  'video',
  'file',
  'textcard',
  'news',
  'mpnews',
  'miniprogram_notice',
  'template_card',
] as const satisfies readonly AppMessageType[];

/** Bytes used of the limit on a whole message's text; null where the type has none. */
export function appMessageSize(message: AppMessage): { used: number; limit: number } | null {
  switch (message.msgtype) {
    case 'text':
      return { used: utf8Length(message.text.content), limit: appLimits.textBytes };
    case 'markdown':
      return { used: utf8Length(message.markdown.content), limit: appLimits.markdownBytes };
    default:
      return null;
  }
}
