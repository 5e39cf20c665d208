import type { CallbackSecrets } from './codec.ts';
import type { Exchange } from './exchange.ts';
import type { StreamRecord } from './stream-record.ts';

/** A bot's receiving side as it is entered in WeCom's admin console, and how to get to it. */
export interface CallbackBot extends CallbackSecrets {
  readonly id: string;
  readonly kind: 'app' | 'aibot';
  /** Callback address, `https:` or `http:`. */
  readonly callback: string;
  /** AgentID of an app, digits. */
  readonly agentId?: string;
  readonly ca?: string;
  readonly host?: string;
  readonly servername?: string;
}

/** One attempt to deliver a callback. */
export type Attempt = Omit<Exchange, 'body'>;

/**
 * A callback and what came of it. `accepted` 200 with an empty body · `replied` a passive reply that WeCom would show ·
 * `badReply` 200, but WeCom could not open the body · `failed` no attempt was answered 200.
 */
export interface CallbackRecord {
  readonly id: number;
  readonly bot: string;
  readonly type: string;
  readonly event: string | null;
  readonly from: string;
  readonly at: number;
  /** Of the last attempt. */
  readonly durationMs: number;
  readonly status: number | null;
  readonly outcome: 'accepted' | 'replied' | 'badReply' | 'failed';
  /** What was sent, before encryption. */
  readonly plaintext: string;
  /** The passive reply, decrypted; null where there is none. */
  readonly reply: string | null;
  /** Why the reply could not be opened. */
  readonly replyProblem: string | null;
  /** A smart bot's stream: what it has shown since, and whether it has ended. Null where the reply was none, or whole. */
  readonly stream: StreamRecord | null;
  readonly attempts: readonly Attempt[];
}

/** `slow`: the right answer, but later than the second that WeCom asks for. */
export interface VerifyResult {
  readonly bot: string;
  readonly verdict: 'passed' | 'slow' | 'failed';
  /** What is wrong; null for `passed` and `slow`. */
  readonly problem: string | null;
  readonly attempt: Attempt;
}

/** WeCom's patience (D90930), milliseconds, and how often it tries. Shorter ones are for tests. */
export interface Patience {
  readonly closeMs: number;
  readonly verifyMs: number;
  readonly tries: number;
  readonly betweenTriesMs: number;
  /** Between two questions how a smart bot's stream goes on, and how long they are asked from the message (D101031). */
  readonly pollMs: number;
  readonly pollForMs: number;
}

export const wecomPatience: Patience = {
  closeMs: 5_000,
  verifyMs: 1_000,
  tries: 3,
  betweenTriesMs: 500,
  pollMs: 1_000,
  pollForMs: 6 * 60_000,
};
