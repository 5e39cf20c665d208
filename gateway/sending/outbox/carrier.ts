import type { SendResult } from '../../../common/domain/outgoing.ts';
import type { ErrorInfo } from '../../../common/errors/app-error.ts';
import type { Slot } from '../limiter/calendar.ts';
import type { Attempt } from './attempt.ts';
import type { StoredMessage, Use, WaitingMessage } from './outbox-store.ts';

/** A way to WeCom that is kept free for one attempt. */
export interface Reservation {
  /** Bot that carries it: the message's own, or a robot that takes over. */
  readonly bot: string;
  readonly egress: SendResult['egress'];
  /** Its slot in a robot's calendar; null where the channel has none. */
  readonly slot: { readonly robot: string; readonly handle: Slot } | null;
  /** What it takes of limits that are counted by spans of time. */
  readonly uses?: { readonly handle: Slot; at(moment: number): readonly Use[] };
}

export type Room =
  | { readonly kind: 'go'; readonly reservation: Reservation }
  /** Not before this moment. `why`: it is this message's own limit, and the ones behind it may go first. */
  | { readonly kind: 'wait'; readonly until: number; readonly why?: ErrorInfo }
  /** Nobody can carry it: a bot that is gone or has no credentials. */
  | { readonly kind: 'never'; readonly error: ErrorInfo };

/** What one of WeCom's doors needs to know. */
export interface Carrier {
  /** Attempts of one bot under way at a time; 1 keeps the order. */
  readonly concurrency: number;
  reserve(message: WaitingMessage): Room;
  /** Sends once. Never rejects. */
  send(message: StoredMessage, reservation: Reservation): Promise<Attempt>;
  /** WeCom said that the limit is reached. Returns whether the carrier itself keeps the pause. */
  coolDown(reservation: Reservation, until: number): boolean;
  /** When `message`, or any of the bot's where it is null, may leave behind `ahead` others: an estimate. */
  freeAt(bot: string, ahead: number, message: WaitingMessage | null): number;
  /** What is left of the minute; null where the channel has no such limit. */
  remaining(bot: string): number | null;
}
