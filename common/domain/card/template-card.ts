import * as z from 'zod';
import { isFilled, withRule, type Lack } from './needed.ts';
import * as part from './parts.ts';
import { ButtonList, Checkbox, Selection, SelectList, SubmitButton } from './questions.ts';

/** What every card may have; a field that is not known passes. */
const common = (facts: readonly number[], jumps: readonly number[]) => ({
  source: part.CardSource.optional(),
  main_title: part.MainTitle.optional(),
  quote_area: part.QuoteArea.optional(),
  sub_title_text: z.string().optional(),
  horizontal_content_list: part.horizontalContents(facts).optional(),
  jump_list: part.jumps(jumps).optional(),
});
const opens = part.cardAction([1, 2]);
const mayOpen = part.cardAction([0, 1, 2]).optional();
const menu = { action_menu: part.ActionMenu.optional(), task_id: part.TaskId.optional() };
const titled = part.MainTitle.extend({ title: z.string().min(1, { message: 'empty' }) });
const newsParts = {
  emphasis_content: part.EmphasisContent.optional(),
  image_text_area: part.ImageTextArea.optional(),
  vertical_content_list: part.VerticalContents.optional(),
};

interface Card {
  readonly main_title?: { readonly title?: string | undefined } | undefined;
  readonly sub_title_text?: string | undefined;
  readonly card_image?: unknown;
  readonly image_text_area?: unknown;
  readonly action_menu?: unknown;
  readonly task_id?: string | undefined;
}
const untitled = ({ main_title: title, sub_title_text: sub }: Card): Lack[] =>
  isFilled(title?.title) || isFilled(sub)
    ? []
    : [{ path: ['main_title', 'title'], reason: 'this or sub_title_text is needed' }];
const unpictured = ({ card_image: image, image_text_area: area }: Card): Lack[] =>
  image !== undefined || area !== undefined
    ? []
    : [{ path: ['card_image'], reason: 'this or image_text_area is needed' }];
const unanswerable = ({ action_menu: actions, task_id: id }: Card): Lack[] =>
  actions !== undefined && id === undefined
    ? [{ path: ['task_id'], reason: 'needed with action_menu' }]
    : [];

/** A group robot's card (D91770): notices only, from which nothing comes back. */
const ofRobot = common([0, 1, 2, 3], [0, 1, 2]);
export const RobotCard = z.discriminatedUnion('card_type', [
  withRule(
    z.looseObject({
      card_type: z.literal('text_notice'),
      ...ofRobot,
      emphasis_content: part.EmphasisContent.optional(),
      card_action: opens,
    }),
    untitled,
  ),
  z.looseObject({
    card_type: z.literal('news_notice'),
    ...ofRobot,
    ...newsParts,
    main_title: titled,
    card_image: part.CardImage,
    card_action: opens,
  }),
]);
export type RobotCard = z.infer<typeof RobotCard>;

/** The five types where answers come back: of apps and of smart bots, which differ in what facts and jumps open. */
const answerable = (facts: readonly number[], jumps: readonly number[]) => {
  const shared = { ...common(facts, jumps), ...menu };
  const asking = { ...shared, card_action: mayOpen, task_id: part.TaskId };
  return z.discriminatedUnion('card_type', [
    withRule(
      z.looseObject({
        card_type: z.literal('text_notice'),
        ...shared,
        emphasis_content: part.EmphasisContent.optional(),
        card_action: opens,
      }),
      (card) => [...untitled(card), ...unanswerable(card)],
    ),
    withRule(
      z.looseObject({
        card_type: z.literal('news_notice'),
        ...shared,
        ...newsParts,
        main_title: titled,
        card_image: part.CardImage.optional(),
        card_action: opens,
      }),
      (card) => [...unpictured(card), ...unanswerable(card)],
    ),
    z.looseObject({
      card_type: z.literal('button_interaction'),
      ...asking,
      button_selection: Selection.optional(),
      button_list: ButtonList,
    }),
    z.looseObject({
      card_type: z.literal('vote_interaction'),
      ...asking,
      checkbox: Checkbox,
      submit_button: SubmitButton.optional(),
    }),
    z.looseObject({
      card_type: z.literal('multiple_interaction'),
      ...asking,
      select_list: SelectList,
      submit_button: SubmitButton.optional(),
    }),
  ]);
};

/** An app's card (D90236). */
export const AppCard = answerable([0, 1, 2, 3], [0, 1, 2]);
export type AppCard = z.infer<typeof AppCard>;

/** A smart bot's card (D101032): no files among its facts; a jump may ask the bot. */
export const BotCard = answerable([0, 1, 3], [0, 1, 2, 3]);
export type BotCard = z.infer<typeof BotCard>;
