import type * as z from 'zod';
import type { AibotEvents } from '../../../common/domain/message/aibot-events.ts';
import type * as said from '../../../common/domain/message/aibot-messages.ts';
import { selectedItems } from './app-fields.ts';
import { list, number, object, someText, text, type Read } from './field.ts';

type Message<T extends keyof said.AibotMessages> = z.infer<said.AibotMessages[T]>;
type Event<E extends keyof AibotEvents> = z.infer<AibotEvents[E]>;

const words = object<said.Words>({ content: someText });
const media = object<said.Media>({ url: someText });
const mixed = {
  msgItem: list(object<said.MixedItem>({ msgtype: someText, text: words, image: media })),
};
const quote = object<said.Quote>({
  msgtype: someText,
  text: words,
  image: media,
  mixed: object<said.Mixed>(mixed),
  voice: words,
  file: media,
  video: media,
});
const file = { url: someText, quote };

/** How each message of a smart bot is read (WeCom D100719). */
export const aibotMessageFields: {
  readonly [T in keyof said.AibotMessages]: Read<Message<T>>;
} = {
  text: object<Message<'text'>>({ content: someText, quote }),
  image: object<Message<'image'>>(file),
  mixed: object<Message<'mixed'>>({ ...mixed, quote }),
  voice: object<Message<'voice'>>({ content: someText, quote }),
  file: object<Message<'file'>>(file),
  video: object<Message<'video'>>(file),
  stream: object<Message<'stream'>>({ id: someText, quote }),
};

/** How each event of a smart bot is read (WeCom D101027). */
export const aibotEventFields: { readonly [E in keyof AibotEvents]: Read<Event<E>> } = {
  enter_chat: object<Event<'enter_chat'>>({}),
  template_card_event: object<Event<'template_card_event'>>({
    cardType: text,
    eventKey: someText,
    taskId: text,
    selectedItems,
  }),
  feedback_event: object<Event<'feedback_event'>>({
    id: someText,
    type: number,
    content: text,
    inaccurateReasonList: list(number).read,
  }),
};
