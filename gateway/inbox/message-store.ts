import type { BotKind } from '../../common/domain/bot.ts';
import type {
  MessageOutcome,
  MessageQuery,
  MessageRow,
  Spans,
} from '../../common/domain/history.ts';
import type { SendOutcome } from '../../common/domain/outgoing.ts';
import type { ErrorInfo } from '../../common/errors/app-error.ts';

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
}

/** A message on its way to WeCom. */
export interface NewOutbound {
  readonly id: string;
  readonly at: number;
  readonly bot: string;
  /** Stands for the robot's webhook without giving it away; what the rate limit counts by. */
  readonly robot: string;
  readonly type: string;
  /** What is sent, as JSON. */
  readonly message: string;
}

export interface OutboundResult {
  readonly outcome: SendOutcome;
  /** When the attempt ended; the rate limit's window counts from here. */
  readonly endedAt: number;
  readonly durationMs: number;
  /** What WeCom answered, as JSON; null when nothing came. */
  readonly answer: string | null;
  readonly error: ErrorInfo | null;
}

export interface OutboundRecord extends NewOutbound {
  readonly outcome: MessageOutcome;
  readonly endedAt: number | null;
  readonly durationMs: number | null;
  readonly answer: string | null;
  readonly error: ErrorInfo | null;
}

/** Result of taking a callback in: a row of its own, or the row that holds it already. */
export interface Taken {
  readonly duplicate: boolean;
  readonly record: InboundRecord;
}

/** What is kept of a robot's limit over a restart. */
export interface RobotHistory {
  /** Ends of the sends after `since`, oldest first; one still open at a crash counts from its latest possible end. */
  readonly sends: readonly number[];
  readonly pausedUntil: number;
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
  addOutbound(row: NewOutbound): Promise<void>;
  settleOutbound(id: string, result: OutboundResult): Promise<void>;
  pauseRobot(robot: string, until: number): Promise<void>;

  /** Pending callbacks whose time has come, longest overdue first, without those of the targets in `except`. */
  due(now: number, limit: number, except: readonly string[]): InboundRecord[];
  /** Receipt of the oldest pending callback. */
  oldestPending(): number | null;
  robotHistory(robot: string, since: number): RobotHistory;
  list(query: MessageQuery): { rows: MessageRow[]; more: boolean };
  inbound(id: string): InboundRecord | null;
  outbound(id: string): OutboundRecord | null;

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
