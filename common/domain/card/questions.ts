import * as z from 'zod';
import { filledText } from '../bounded-text.ts';
import { cardLimits as limits } from './limits.ts';
import { isFilled, repeats, withRule } from './needed.ts';

const text = z.string();
const filled = text.min(1, { message: 'empty' });
const key = filledText(limits.keyBytes);
const optionId = filledText(limits.optionIdBytes);
const between = (most: number) =>
  [{ message: 'at least 1' }, { message: `at most ${String(most)}` }] as const;
const [, tooManyButtons] = between(limits.buttons);
const [tooFewSelects, tooManySelects] = between(limits.selects);
const [tooFewChoices, tooManyChoices] = between(limits.selectOptions);
const [tooFewBoxes, tooManyBoxes] = between(limits.checkboxOptions);

/**
 * The buttons of a `button_interaction`. An app's button may open a `url` instead (`type` 1), and has no key then.
 * A wrong `style` is no fault: WeCom takes it for 1.
 */
export const ButtonList = withRule(
  z
    .array(
      withRule(
        z.looseObject({
          type: z.union([z.literal(0), z.literal(1)]).optional(),
          text: filled,
          style: z.int().optional(),
          key: key.optional(),
          url: text.optional(),
        }),
        ({ type, key: given, url }) => {
          if (type === 1) {
            return isFilled(url) ? [] : [{ path: ['url'], reason: 'needed where type is 1' }];
          }
          return given === undefined ? [{ path: ['key'], reason: 'needed' }] : [];
        },
      ),
    )
    .max(limits.buttons, tooManyButtons),
  (buttons) => repeats(buttons, 'key'),
);

/** A drop-down list of a `button_interaction` or a `multiple_interaction`. A wrong `selected_id` is the first option's. */
export const Selection = z.looseObject({
  question_key: key,
  title: text.optional(),
  /** Only where a card is updated. */
  disable: z.boolean().optional(),
  selected_id: text.optional(),
  option_list: withRule(
    z
      .array(z.looseObject({ id: optionId, text: filled }))
      .min(1, tooFewChoices)
      .max(limits.selectOptions, tooManyChoices),
    (options) => repeats(options, 'id'),
  ),
});

export const SelectList = withRule(
  z.array(Selection).min(1, tooFewSelects).max(limits.selects, tooManySelects),
  (selects) => repeats(selects, 'question_key'),
);

/** The question of a `vote_interaction`: 0 one answer, 1 several. */
export const Checkbox = z.looseObject({
  question_key: key,
  mode: z.union([z.literal(0), z.literal(1)]).optional(),
  disable: z.boolean().optional(),
  option_list: withRule(
    z
      .array(z.looseObject({ id: optionId, text: filled, is_checked: z.boolean().optional() }))
      .min(1, tooFewBoxes)
      .max(limits.checkboxOptions, tooManyBoxes),
    (options) => repeats(options, 'id'),
  ),
});

export const SubmitButton = z.looseObject({ text: text.optional(), key });
