import type { CallbackInput, Surroundings } from './callback-input.ts';

type Json = Record<string, unknown>;
type Fields = (input: CallbackInput, around: AibotSurroundings) => Json;

/** What a smart bot's message is built from besides the input. */
export interface AibotSurroundings extends Surroundings {
  /** Address for a later answer, valid once (D101138). */
  readonly responseUrl: string;
}

const media = (around: Surroundings, input: CallbackInput, name: string): string =>
  `${around.address}/media/${encodeURIComponent(input.bot)}/${name}`;

/** Members speak to a bot in a group by its name, and WeCom leaves the mention in the text. */
const spoken = (input: CallbackInput): string => {
  const text = input.text ?? 'hello';
  return input.chat === undefined ? text : `@${input.bot} ${text}`;
};

/** Fields of each message type (D100719, D101027). */
const messageFields = new Map<string, Fields>(
  Object.entries({
    text: (input) => ({ text: { content: spoken(input) } }),
    image: (input, around) => ({ image: { url: media(around, input, 'picture.png') } }),
    mixed: (input, around) => ({
      mixed: {
        msg_item: [
          { msgtype: 'text', text: { content: spoken(input) } },
          { msgtype: 'image', image: { url: media(around, input, 'picture.png') } },
        ],
      },
    }),
    voice: (input) => ({ voice: { content: input.text ?? '今天的值班表发一下' } }),
    file: (input, around) => ({ file: { url: media(around, input, 'note.txt') } }),
    video: (input, around) => ({ video: { url: media(around, input, 'picture.png') } }),
    stream: (input) => ({ stream: { id: input.eventKey ?? 'practice-stream' } }),
  } satisfies Record<string, Fields>),
);

const events = new Map<string, (input: CallbackInput, seconds: number) => Json>(
  Object.entries({
    enter_chat: () => ({}),
    template_card_event: (input: CallbackInput, seconds: number) => ({
      card_type: 'vote_interaction',
      event_key: input.eventKey ?? 'submit',
      task_id: `task-${seconds}`,
      selected_items: {
        selected_item: [{ question_key: 'question-1', option_ids: { option_id: ['option-1'] } }],
      },
    }),
    feedback_event: (input: CallbackInput) => ({
      id: input.eventKey ?? 'practice-feedback',
      type: 2,
      content: input.text ?? '',
      inaccurate_reason_list: [2, 4],
    }),
  }),
);

/** The plaintext JSON of a message or event for a smart bot in URL mode. */
export function buildAibotMessage(input: CallbackInput, around: AibotSurroundings): string {
  const seconds = input.createTime ?? Math.floor(around.now / 1000);
  const common = {
    msgid: input.msgId ?? `PRACTICE${around.newId}`,
    aibotid: `practice-${input.bot}`,
    ...(input.chat === undefined
      ? { chattype: 'single' }
      : { chatid: input.chat, chattype: 'group' }),
    from: { userid: input.from },
    msgtype: input.type,
  };
  if (input.type === 'event') {
    const event = input.event ?? 'enter_chat';
    const fields = events.get(event)?.(input, seconds) ?? {};
    const answerable = event === 'template_card_event' ? { response_url: around.responseUrl } : {};
    return JSON.stringify({
      ...common,
      create_time: seconds,
      ...answerable,
      event: { eventtype: event, [event]: fields },
    });
  }
  const content = messageFields.get(input.type)?.(input, around) ?? {
    [input.type]: { content: input.text ?? '' },
  };
  return JSON.stringify({ ...common, response_url: around.responseUrl, ...content });
}

/** Message types and events that are built with their own fields. */
export const aibotMessageTypes: readonly string[] = [...messageFields.keys()];
export const aibotEventNames: readonly string[] = [...events.keys()];
