import * as z from 'zod';
import { InboundMessage } from '../inbound.ts';
import { aibotEvents, type AibotEvents } from './aibot-events.ts';
import { aibotMessages, type AibotMessages } from './aibot-messages.ts';
import { appEvents, type AppEvents } from './app-events.ts';
import { appMessages, type AppMessages } from './app-messages.ts';

/** Whose callbacks: those of apps, or of smart bots. A private relay (`sealed`) passes either. */
export type Sender = 'app' | 'aibot';

/** One message type or event that is known. */
export interface MessageForm {
  readonly sender: Sender;
  readonly type: string;
  /** Null for messages. */
  readonly event: string | null;
  readonly content: z.ZodType;
}

const messages = (sender: Sender, contents: Readonly<Record<string, z.ZodType>>): MessageForm[] =>
  Object.entries(contents).map(([type, content]) => ({ sender, type, event: null, content }));
const events = (sender: Sender, contents: Readonly<Record<string, z.ZodType>>): MessageForm[] =>
  Object.entries(contents).map(([event, content]) => ({ sender, type: 'event', event, content }));

/** Every message type and event of WeCom's that is known; any other passes as an {@link InboundMessage}. */
export const messageForms: readonly MessageForm[] = [
  ...messages('app', appMessages),
  ...events('app', appEvents),
  ...messages('aibot', aibotMessages),
  ...events('aibot', aibotEvents),
];

/** The form that a message has; null where its type or event is not known. */
export function formOf(
  message: Pick<MessageForm, 'sender' | 'type' | 'event'>,
): MessageForm | null {
  return (
    messageForms.find(
      ({ sender, type, event }) =>
        sender === message.sender && type === message.type && event === message.event,
    ) ?? null
  );
}

/** A whole message of one form, as services get it. */
export function messageSchema({ sender, type, event, content }: MessageForm) {
  return InboundMessage.extend({
    kind: z.enum([sender, 'sealed']),
    type: z.literal(type),
    event: event === null ? z.null() : z.literal(event),
    content,
  });
}

type Envelope = Omit<InboundMessage, 'type' | 'event' | 'content'>;
type MessagesOf<M extends Readonly<Record<string, z.ZodType>>> = {
  [T in keyof M]: Envelope & {
    readonly type: T;
    readonly event: null;
    readonly content: z.infer<M[T]>;
  };
}[keyof M];
type EventsOf<M extends Readonly<Record<string, z.ZodType>>> = {
  [E in keyof M]: Envelope & {
    readonly type: 'event';
    readonly event: E;
    readonly content: z.infer<M[E]>;
  };
}[keyof M];

/** A message of an app, told apart by `type` and `event`. */
export type KnownAppMessage = MessagesOf<AppMessages> | EventsOf<AppEvents>;
/** A message of a smart bot, told apart by `type` and `event`. */
export type KnownAibotMessage = MessagesOf<AibotMessages> | EventsOf<AibotEvents>;
/** Any message that is known. */
export type KnownMessage = KnownAppMessage | KnownAibotMessage;
/** The content of any message: of a known form, or all that WeCom sent under camelCase names. */
export type MessageContent = KnownMessage['content'] | Readonly<Record<string, unknown>>;
