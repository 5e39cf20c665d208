import * as z from 'zod';
import { BotId } from '../../common/domain/bot.ts';

/**
 * What somebody wants a bot to receive. Only `bot` is needed: what is left out is made up, and differs from callback to
 * callback. `type` is WeCom's MsgType (`text`, `image`, … `event`); for an event `event` is its name. Types and events that
 * the simulator does not know are sent all the same, as WeCom keeps adding new ones.
 */
export const CallbackInput = z.strictObject({
  bot: BotId,
  type: z
    .string()
    .regex(/^[A-Za-z_]{1,64}$/)
    .default('text'),
  event: z
    .string()
    .regex(/^[A-Za-z_]{1,64}$/)
    .optional(),
  /** Content of a text, voice (smart bot) or mixed message. */
  text: z.string().max(20_480).optional(),
  from: z.string().min(1).max(64).default('WangXiaoming'),
  /** Group that a smart bot is spoken to in; a single chat when left out. */
  chat: z.string().min(1).max(64).optional(),
  eventKey: z.string().max(1024).optional(),
  /** ChangeType of a `change_contact` event. */
  changeType: z
    .string()
    .regex(/^[A-Za-z_]{1,64}$/)
    .optional(),
  /** Fixed instead of new, to send the same message twice. */
  msgId: z
    .string()
    .regex(/^[\w+/=-]{1,64}$/)
    .optional(),
  /** Seconds since the epoch, instead of now. */
  createTime: z.int().min(0).optional(),
});
export type CallbackInput = z.output<typeof CallbackInput>;

/** What a message is built from besides the input. */
export interface Surroundings {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** A new 64-bit message id in decimal. */
  readonly newId: string;
  /** Base address of the simulator, for media and `response_url`. */
  readonly address: string;
}
