import * as z from 'zod';
import { number, text } from './values.ts';

/** What members send to a self-built app (WeCom D90239): `content` of each `type`. Fields that are not known pass. */
export const appMessages = {
  text: z.looseObject({ content: text }),
  image: z.looseObject({ picUrl: text.optional(), mediaId: text.describe('kept for three days') }),
  voice: z.looseObject({ mediaId: text, format: text.optional().describe('amr, speex') }),
  video: z.looseObject({ mediaId: text, thumbMediaId: text.optional() }),
  location: z.looseObject({
    latitude: number.optional(),
    longitude: number.optional(),
    scale: number.optional().describe('of the map'),
    label: text.optional(),
    appType: text.optional().describe('wxwork: sent from WeCom; absent: from WeChat'),
  }),
  link: z.looseObject({
    title: text.optional(),
    description: text.optional(),
    url: text,
    picUrl: text.optional(),
  }),
};
export type AppMessages = typeof appMessages;
