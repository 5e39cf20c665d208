import type { ParsedMessage } from '../types.ts';

/** One callback of a smart bot: the fields beside the common ones, and what is to be understood. */
export interface AibotCallback {
  readonly name: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly content: ParsedMessage['content'];
}

const mixed = [
  { msgtype: 'text', text: { content: 'a' } },
  { msgtype: 'image', image: { url: 'https://i' } },
];

/** Every message type of WeCom D100719, with and without a quote. */
export const aibotMessages: readonly AibotCallback[] = [
  {
    name: 'text',
    fields: { text: { content: '@RobotA hello' } },
    content: { content: '@RobotA hello' },
  },
  {
    name: 'text',
    fields: { text: { content: 'q' }, quote: { msgtype: 'text', text: { content: 'quoted' } } },
    content: { content: 'q', quote: { msgtype: 'text', text: { content: 'quoted' } } },
  },
  {
    name: 'text',
    fields: { text: { content: 'q' }, quote: { msgtype: 'mixed', mixed: { msg_item: mixed } } },
    content: { content: 'q', quote: { msgtype: 'mixed', mixed: { msgItem: mixed } } },
  },
  { name: 'image', fields: { image: { url: 'https://i' } }, content: { url: 'https://i' } },
  { name: 'mixed', fields: { mixed: { msg_item: mixed } }, content: { msgItem: mixed } },
  { name: 'voice', fields: { voice: { content: '语音' } }, content: { content: '语音' } },
  { name: 'file', fields: { file: { url: 'https://f' } }, content: { url: 'https://f' } },
  { name: 'video', fields: { video: { url: 'https://v' } }, content: { url: 'https://v' } },
  { name: 'stream', fields: { stream: { id: 'S1' } }, content: { id: 'S1' } },
  { name: 'hologram', fields: { hologram: { depth_map: [1] } }, content: { depthMap: [1] } },
  { name: 'bare', fields: { new_field: 1 }, content: { newField: 1 } },
];

/** Every event of WeCom D101027; the card event also as its tables spell it. */
export const aibotEvents: readonly AibotCallback[] = [
  { name: 'enter_chat', fields: {}, content: {} },
  { name: 'enter_chat', fields: { enter_chat: {} }, content: {} },
  {
    name: 'template_card_event',
    fields: {
      template_card_event: {
        card_type: 'vote_interaction',
        event_key: 'K',
        task_id: 'T',
        selected_items: {
          selected_item: [{ question_key: 'q', option_ids: { option_id: ['a', 'b'] } }],
        },
      },
    },
    content: {
      cardType: 'vote_interaction',
      eventKey: 'K',
      taskId: 'T',
      selectedItems: { selectedItem: [{ questionKey: 'q', optionIds: { optionId: ['a', 'b'] } }] },
    },
  },
  {
    name: 'template_card_event',
    fields: { template_card_event: { cardtype: 'text_notice', eventkey: 'K', taskid: 'T' } },
    content: { cardType: 'text_notice', eventKey: 'K', taskId: 'T' },
  },
  {
    name: 'feedback_event',
    fields: {
      feedback_event: { id: 'F', type: 2, content: 'no', inaccurate_reason_list: [2, 4] },
    },
    content: { id: 'F', type: 2, content: 'no', inaccurateReasonList: [2, 4] },
  },
  { name: 'not_yet_invented', fields: { some_field: 1 }, content: { someField: 1 } },
];
