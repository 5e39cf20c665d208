import * as z from 'zod';
import { SelectedItems } from './card-choice.ts';
import { number, text } from './values.ts';

/** What happens around a smart bot (WeCom D101027): `content` of each `event`. */
export const aibotEvents = {
  enter_chat: z.looseObject({}),
  template_card_event: z.looseObject({
    cardType: text.optional(),
    eventKey: text.describe('key of the button'),
    taskId: text.optional(),
    selectedItems: SelectedItems.optional(),
  }),
  feedback_event: z.looseObject({
    id: text.describe('feedbackId of the reply'),
    type: number.optional().describe('1 accurate, 2 inaccurate, 3 taken back'),
    content: text.optional(),
    inaccurateReasonList: z
      .array(number)
      .optional()
      .describe('1 irrelevant, 2 incomplete, 3 wrong, 4 data analysis'),
  }),
};
export type AibotEvents = typeof aibotEvents;
