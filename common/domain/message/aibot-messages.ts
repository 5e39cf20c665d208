import * as z from 'zod';
import { text } from './values.ts';

const words = z.looseObject({ content: text });
export type Words = z.infer<typeof words>;
const media = z
  .looseObject({ url: text.describe('valid for five minutes, encrypted') })
  .describe('GET /api/messages/{id}/media/{n} gives the file');
export type Media = z.infer<typeof media>;

const mixedItem = z.looseObject({
  msgtype: text.describe('text, image'),
  text: words.optional(),
  image: media.optional(),
});
export type MixedItem = z.infer<typeof mixedItem>;
const mixed = z.looseObject({ msgItem: z.array(mixedItem) });
export type Mixed = z.infer<typeof mixed>;

/** The message that is answered, under its own type's name. */
const quote = z.looseObject({
  msgtype: text,
  text: words.optional(),
  image: media.optional(),
  mixed: mixed.optional(),
  voice: words.optional(),
  file: media.optional(),
  video: media.optional(),
});
export type Quote = z.infer<typeof quote>;
const quoting = { quote: quote.optional() };

/** What members say to a smart bot (WeCom D100719): `content` of each `type`. */
export const aibotMessages = {
  text: z.looseObject({
    content: text.describe('in groups with the mention of the bot in front'),
    ...quoting,
  }),
  image: z.looseObject({ ...media.shape, ...quoting }),
  mixed: z.looseObject({ ...mixed.shape, ...quoting }),
  voice: z.looseObject({ content: text.describe('the words that were recognised'), ...quoting }),
  file: z.looseObject({ ...media.shape, ...quoting }),
  video: z.looseObject({ ...media.shape, ...quoting }),
  stream: z.looseObject({ id: text.describe('the stream that WeCom asks for'), ...quoting }),
};
export type AibotMessages = typeof aibotMessages;
