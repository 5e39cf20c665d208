import type { BotKind } from '../../common/domain/bot.ts';
import type {
  DeliveryAttempt,
  MessageOutcome,
  MessageQuery,
  MessageRow,
  Spans,
} from '../../common/domain/history.ts';
import type { MessageSelection } from '../../common/domain/replay.ts';
import type { ErrorInfo } from '../../common/errors/app-error.ts';
import type { OutboxStore } from '../sending/outbox/outbox-store.ts';
import type { ReplayStore } from '../replay/replay-store.ts';
import type { StreamStore } from '../streams/stream-store.ts';
import type { NewAttempt } from './attempts.ts';
import type { Upkeep } from './upkeep.ts';

/** A callback as it enters the store. */
export interface NewInbound {
  readonly id: string;
  readonly bot: string;
  readonly kind: BotKind;
  /** Milliseconds since the epoch. */
  readonly receivedAt: number;
  readonly type: string;
  readonly event: string | null;
  readonly msgId: string | null;
  readonly sender: string;
  readonly dedupKey: string;
  readonly format: 'xml' | 'json';
  /** The decrypted plaintext, kept to the byte. */
  readonly raw: Buffer;
  readonly trace: string;
  readonly spans: Spans;
  /** `pending` where a target waits for it, else `stored`. */
  readonly outcome: 'pending' | 'stored';
  readonly target: string | null;
  /** From the first byte to the answer, where that is already known. */
  readonly durationMs: number | null;
  /** When a delivery that nobody finished is taken up again, milliseconds since the epoch. */
  readonly nextAttemptAt: number | null;
}

/** A callback as it lies in the store. */
export interface InboundRecord extends Omit<NewInbound, 'outcome'> {
  readonly outcome: MessageOutcome;
  /** Deliveries to a target that have ended. */
  readonly attempts: number;
  /** How often WeCom sent it again. */
  readonly repeats: number;
  /** Plaintext of the passive reply. */
  readonly reply: string | null;
  readonly error: ErrorInfo | null;
  /** A `ServiceReply` as JSON that came too late and has yet to be sent as a message. */
  readonly late: string | null;
  /** SHA-256 of the plaintext in lower hex, once its text was taken out; null while the text is there. */
  readonly rawHash: string | null;
  /** When an operator had it delivered anew, milliseconds since the epoch. */
  readonly redrivenAt: number | null;
}

/** What became of a delivery; fields left out stay as they are. */
export interface Settlement {
  readonly outcome: MessageOutcome;
  readonly attempts?: number;
  readonly reply?: string | null;
  readonly gatewayMs?: number;
  readonly serviceMs?: number | null;
  readonly durationMs?: number | null;
  readonly target?: string | null;
  readonly error?: ErrorInfo | null;
  readonly nextAttemptAt?: number | null;
  readonly late?: string | null;
  /** What was tried, where it is worth keeping: everything but a first try that was taken. */
  readonly tries?: readonly NewAttempt[];
}

/** A message to WeCom as the list shows it. */
export interface OutboundRecord {
  readonly id: string;
  readonly at: number;
  readonly bot: string;
  readonly type: string;
  /** What is sent, as JSON. */
  readonly message: string;
  readonly outcome: MessageOutcome;
  readonly durationMs: number | null;
  /** What WeCom answered, as JSON; null when nothing came. */
  readonly answer: string | null;
  readonly error: ErrorInfo | null;
  /** SHA-256 of the message in lower hex, once its text was taken out. */
  readonly messageHash: string | null;
  /** When it was to leave; null for at once. */
  readonly sendAt: number | null;
}

/** Result of taking a callback in: a row of its own, or the row that holds it already. */
export interface Taken {
  readonly duplicate: boolean;
  readonly record: InboundRecord;
}

/** What is left out of a list of callbacks: those of some targets, and some by their ids. */
export interface Without {
  readonly targets?: readonly string[];
  readonly ids?: ReadonlySet<string>;
}

/**
 * The durable record of what came in and went out. A promise resolves after the data is on disk and rejects with
 * `AppError` STORE_UNAVAILABLE; the readers answer from the same data at once. SQLite stands behind it.
 */
export interface MessageStore {
  newId(now: number): string;
  take(row: NewInbound): Promise<Taken>;
  /** Counts one more repetition of a callback. */
  countRepeat(id: string): Promise<void>;
  /** Resolves with how often WeCom has sent the callback again. */
  settle(id: string, settlement: Settlement): Promise<number>;

  /** Pending callbacks whose time has come, longest overdue first. */
  due(now: number, limit: number, without?: Without): InboundRecord[];
  /** Receipt of the oldest pending callback. */
  oldestPending(): number | null;
  list(query: MessageQuery): { rows: MessageRow[]; more: boolean };
  inbound(id: string): InboundRecord | null;
  outbound(id: string): OutboundRecord | null;
  /** What was tried with a message and written down; see {@link Settlement.tries}. */
  attempts(id: string): DeliveryAttempt[];
  /** What is on its way to WeCom. */
  readonly outbox: OutboxStore;
  readonly streams: StreamStore;
  readonly replays: ReplayStore;
  /** Callbacks whose late answer has yet to be sent, oldest first. */
  lateDue(limit: number): string[];

  /** Callbacks that a selection names, in the order of receipt, after the id `after`. */
  select(selection: MessageSelection, after: string, limit: number): InboundRecord[];
  /** How many a selection names; null for more than `most`. */
  countSelected(selection: MessageSelection, most: number): number | null;
  /** Makes those of the callbacks pending again that had failed and whose text is kept; resolves with their ids. */
  redrive(ids: readonly string[], now: number): Promise<string[]>;
  readonly pruneOldest: Upkeep['pruneOldest'];
  readonly redact: Upkeep['redact'];
  readonly size: Upkeep['size'];
  /** Deletes up to `limit` finished rows older than `before` (milliseconds); returns how many went. */
  prune(before: number, limit: number): number;
  /** Counted in memory. */
  readonly pending: number;
  /** Writes that wait for the next commit. */
  readonly waiting: number;
  /** Null while the last commit succeeded. */
  readonly failure: ErrorInfo | null;
  /** Commits what waits and closes; everything after that rejects. */
  close(): void;
}
