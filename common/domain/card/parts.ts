import * as z from 'zod';
import { boundedText, filledText } from '../bounded-text.ts';
import { cardLimits as limits } from './limits.ts';
import { lacksOfType, repeats, withRule } from './needed.ts';

const text = z.string();
const filled = text.min(1, { message: 'empty' });
/** 0 nothing · 1 opens `url` · 2 opens the mini program `appid`. */
const link = { url: text.optional(), appid: text.optional(), pagepath: text.optional() };
const linked = { 1: 'url', 2: 'appid' } as const;
const among = (...types: readonly number[]) =>
  z.int().refine((type) => types.includes(type), { message: `one of ${types.join(', ')}` });
const atMost = (count: number) => ({ message: `at most ${String(count)}` });

/** Where the card says it comes from. */
export const CardSource = z.looseObject({
  icon_url: text.optional(),
  desc: text.optional(),
  /** 0 grey · 1 black · 2 red · 3 green. */
  desc_color: among(0, 1, 2, 3).optional(),
});

export const MainTitle = z.looseObject({ title: text.optional(), desc: text.optional() });

export const EmphasisContent = z.looseObject({ title: text.optional(), desc: text.optional() });

export const QuoteArea = withRule(
  z.looseObject({
    type: among(0, 1, 2).optional(),
    ...link,
    title: text.optional(),
    quote_text: text.optional(),
  }),
  (area) => lacksOfType(area, linked),
);

export const CardImage = z.looseObject({
  url: filled,
  aspect_ratio: z
    .number()
    .refine((ratio) => ratio >= limits.aspectRatio.min && ratio <= limits.aspectRatio.max, {
      message: `from ${limits.aspectRatio.min} to ${limits.aspectRatio.max}`,
    })
    .optional(),
});

export const ImageTextArea = withRule(
  z.looseObject({
    type: among(0, 1, 2).optional(),
    ...link,
    title: text.optional(),
    desc: text.optional(),
    image_url: filled,
  }),
  (area) => lacksOfType(area, linked),
);

export const VerticalContents = z
  .array(z.looseObject({ title: filled, desc: text.optional() }))
  .max(limits.verticalContents, atMost(limits.verticalContents));

/** Facts. 1 opens `url` · 2 downloads `media_id` · 3 shows the member `userid`. Smart bots have no 2. */
export const horizontalContents = (types: readonly number[]) =>
  z
    .array(
      withRule(
        z.looseObject({
          type: among(...types).optional(),
          keyname: filled,
          value: text.optional(),
          url: text.optional(),
          media_id: text.optional(),
          userid: text.optional(),
        }),
        (content) => lacksOfType(content, { 1: 'url', 2: 'media_id', 3: 'userid' }),
      ),
    )
    .max(limits.horizontalContents, atMost(limits.horizontalContents));

/** Links below the card. 3 asks the smart bot `question`, which only smart bots' cards have. */
export const jumps = (types: readonly number[]) =>
  z
    .array(
      withRule(
        z.looseObject({
          type: among(...types).optional(),
          title: filled,
          ...link,
          question: boundedText(limits.questionBytes).optional(),
        }),
        (jump) => lacksOfType(jump, { ...linked, 3: 'question' }),
      ),
    )
    .max(limits.jumps, atMost(limits.jumps));

/** What a click on the card opens; notices need one that opens something. */
export const cardAction = (types: readonly number[]) =>
  withRule(z.looseObject({ type: among(...types), ...link }), (action) =>
    lacksOfType(action, linked),
  );

/** The menu in the card's corner. */
export const ActionMenu = z.looseObject({
  desc: text.optional(),
  action_list: withRule(
    z
      .array(z.looseObject({ text: filled, key: filledText(limits.keyBytes) }))
      .min(1, { message: 'at least 1' })
      .max(limits.menuActions, atMost(limits.menuActions)),
    (actions) => repeats(actions, 'key'),
  ),
});

/** Comes back with each click; unique per bot, which is the sender's to see to. */
export const TaskId = text.regex(/^[0-9A-Za-z_@-]{1,128}$/, {
  message: '1 to 128 of 0-9 A-Z a-z _ @ -',
});
