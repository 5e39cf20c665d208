import * as z from 'zod';
import { boundedText } from './bounded-text.ts';
import { BotCard } from './card/template-card.ts';

/** A picture of a stream's last reply: JPG or PNG in base64, without `data:` and line breaks (WeCom D101031). */
export const StreamImage = z.object({ base64: z.base64().max(14_000_000) });

const feedbackId = boundedText(256).min(1);

/** What a stream's text may be fed with. Whatever is left out stays as it is. */
export const StreamFeed = z
  .object({
    /** The whole text so far, or … */
    content: z
      .string()
      .max(1 << 20)
      .optional(),
    /** … what is added at its end. */
    append: z
      .string()
      .max(1 << 20)
      .optional(),
    finish: z.boolean().default(false),
    /** Only together with `finish`. */
    images: z.array(StreamImage).max(10).optional(),
    feedbackId: feedbackId.optional(),
    /** Shown once beside the text. */
    card: BotCard.optional(),
  })
  .refine(({ content, append }) => content === undefined || append === undefined, {
    path: ['append'],
  })
  .refine(({ images, finish }) => images === undefined || finish, { path: ['images'] });
export type StreamFeed = z.infer<typeof StreamFeed>;
export type StreamFeedInput = z.input<typeof StreamFeed>;

/**
 * How a stream stands: `open` WeCom asks for it · `late` WeCom does not, what it ends with leaves as a message · `done` it takes
 * nothing more.
 */
export const StreamView = z.object({
  /** The id of the message that it answers. */
  id: z.string(),
  bot: z.string(),
  state: z.enum(['open', 'late', 'done']),
  /** Bytes of its text. */
  bytes: z.int(),
  /** Whether text was cut off at WeCom's 20480 bytes. */
  truncated: z.boolean(),
  /** Till when WeCom asks, milliseconds since the epoch. */
  until: z.int(),
});
export type StreamView = z.infer<typeof StreamView>;
