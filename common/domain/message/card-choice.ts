import * as z from 'zod';
import { text } from './values.ts';

const optionIds = z.looseObject({ optionId: z.array(text) });
export type OptionIds = z.infer<typeof optionIds>;
const selectedItem = z.looseObject({
  questionKey: text.optional(),
  optionIds: optionIds.optional(),
});
export type SelectedItem = z.infer<typeof selectedItem>;

/** What was chosen on a card's questions. */
export const SelectedItems = z.looseObject({ selectedItem: z.array(selectedItem) });
export type SelectedItems = z.infer<typeof SelectedItems>;
