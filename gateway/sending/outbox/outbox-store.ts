import type { SendResult } from '../../../common/domain/outgoing.ts';
import type { Usage } from '../limiter/meter.ts';
import type { ErrorInfo } from '../../../common/errors/app-error.ts';
import type { NewAttempt } from '../../inbox/attempts.ts';

/** By which of WeCom's doors a message leaves. */
export type Channel = 'webhook' | 'app' | 'response_url';

/** A message as it enters the outbox. */
export interface NewMessage {
  readonly id: string;
  readonly at: number;
  readonly bot: string;
  readonly channel: Channel;
  readonly type: string;
  /** What is sent, as JSON. */
  readonly message: string;
  readonly priority: number;
  readonly expiresAt: number;
  /** It waits until then, milliseconds since the epoch; null for at once. */
  readonly sendAt: number | null;
  readonly coalesceKey: string | null;
  /** Messages of one series leave one after another. */
  readonly series: string | null;
  /** Whether an attempt of unknown outcome may be repeated: WeCom drops the second. */
  readonly repeatable: boolean;
  /** The response_url: a credential. */
  readonly address: string | null;
}

/** A message that waits or is being sent, without its text. */
export interface WaitingMessage extends Omit<NewMessage, 'message' | 'address'> {
  readonly attempts: number;
  readonly coalesced: number;
  /** Bytes of its text. */
  readonly size: number;
  /** What the last attempt ran into. */
  readonly error: ErrorInfo | null;
  /**
   * An attempt may have put it into the chat: until then, milliseconds since the epoch, WeCom drops the second. Null where no
   * attempt is of unknown outcome.
   */
  readonly repeatUntil: number | null;
}

/** What adding came to. */
export type Added =
  | { readonly kind: 'added'; readonly waiting: readonly WaitingMessage[] }
  /** It took the place of a queued one. */
  | { readonly kind: 'coalesced'; readonly id: string; readonly coalesced: number }
  /** The key was used before with the same message. */
  | { readonly kind: 'repeated'; readonly ids: readonly string[] };

/** What a send uses of a limit, under a key that names whose limit it is. */
export interface Use {
  readonly key: string;
  readonly weight: number;
  /** Beginning of the span of time in which it counts, milliseconds since the epoch. */
  readonly at: number;
}

/** The parts of a send that are known before it starts. */
export interface Claim {
  readonly attempts: number;
  readonly egress: SendResult['egress'];
  /** Its slot in a robot's calendar; null for other channels. */
  readonly slot: {
    readonly id: string;
    /** Hash of the robot's webhook. */
    readonly robot: string;
    /** Latest end of the attempt, should the program die in it. */
    readonly latestEnd: number;
  } | null;
  /** Where it counts, should the program die in it. */
  readonly uses?: readonly Use[];
}

/** What an attempt used of the limits, once it has ended. */
export interface Used {
  /** Slot of the calendar. */
  readonly slot: string | null;
  /** End of the attempt; null where nothing reached WeCom and what it took is free again. */
  readonly end: number | null;
  /** Where it counted while it was open, and where it does now. */
  readonly before?: readonly Use[];
  readonly after?: readonly Use[];
}

/** A stored outgoing message. */
export interface StoredMessage {
  readonly id: string;
  readonly bot: string;
  readonly at: number;
  readonly message: string;
  readonly channel: Channel;
  readonly address: string | null;
  readonly state: 'queued' | 'sending' | 'ended';
  readonly attempts: number;
  /** {@link WaitingMessage.repeatUntil}, should the attempt that is under way end without an answer. */
  readonly repeatUntil: number | null;
  readonly result: SendResult;
}

/** A file that WeCom holds. */
export interface StoredMedia {
  readonly mediaId: string;
  readonly expiresAt: number;
}

/** The durable side of the outbox. A promise resolves after the data is on disk, or rejects with STORE_UNAVAILABLE. */
export interface OutboxStore {
  /**
   * Adds the messages (more than one: the parts of one that was split), once for each idempotency key. Also rejects with
   * CONFLICT {reason: 'idempotency'} where the key was used for another message.
   */
  add(
    messages: readonly NewMessage[],
    idempotency: { readonly owner: string; readonly key: string; readonly digest: string } | null,
  ): Promise<Added>;
  /** The attempt begins; it stays marked until {@link requeue} or {@link finish}. */
  claim(id: string, claim: Claim): Promise<void>;
  /** `attempt`: what was tried; null where nothing was. */
  requeue(
    id: string,
    used: Used | null,
    waiting: Pick<WaitingMessage, 'error' | 'repeatUntil'>,
    attempt: NewAttempt | null,
  ): Promise<void>;
  finish(
    id: string,
    used: Used | null,
    result: SendResult,
    answer: string | null,
    attempt: NewAttempt | null,
  ): Promise<void>;
  /** Puts an ended message back. */
  revive(id: string, expiresAt: number): Promise<WaitingMessage | null>;
  pauseRobot(robot: string, until: number): Promise<void>;
  putMedia(scope: string, digest: string, media: StoredMedia): Promise<void>;

  /** What waits, in order of arrival. */
  waiting(): WaitingMessage[];
  get(id: string): StoredMessage | null;
  calendar(robot: string, since: number): { ends: number[]; pausedUntil: number };
  /** What is kept under a key, from the span at `since` on. */
  usage(key: string, since: number): Usage[];
  media(scope: string, digest: string, now: number): StoredMedia | null;
  /** Forgets idempotency keys, media and calendar entries whose time is over. */
  prune(now: number): void;
}
