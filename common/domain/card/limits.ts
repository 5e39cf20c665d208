/**
 * Limits of template cards that WeCom refuses a card for (D90236, D91770, D101032). Bytes are bytes of UTF-8. Lengths in
 * characters (字) are WeCom's advice for a good look and are not among them.
 */
export const cardLimits = {
  horizontalContents: 6,
  verticalContents: 4,
  jumps: 3,
  menuActions: 3,
  buttons: 6,
  selects: 3,
  selectOptions: 10,
  checkboxOptions: 20,
  /** Keys of buttons, menu actions and questions: what comes back in the click's event. */
  keyBytes: 1024,
  optionIdBytes: 128,
  taskIdBytes: 128,
  /** What a jump asks the smart bot. */
  questionBytes: 200,
  aspectRatio: { min: 1.3, max: 2.25 },
} as const;
