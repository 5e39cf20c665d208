import { createHash } from 'node:crypto';
import type { MessageSelection, ReplayRequest, ReplayView } from '../../common/domain/replay.ts';
import { toErrorInfo, type ErrorInfo } from '../../common/errors/app-error.ts';
import type { InboundRecord, MessageStore } from '../inbox/message-store.ts';

/** Messages read at once, and how many conversations are replayed side by side. */
const BATCH = 100;
const LINES = 8;

export type Hand = (record: InboundRecord, signal: AbortSignal) => Promise<void>;

export interface Job {
  view(): ReplayView;
  cancel(): void;
  /** Resolves when it has ended, however; never rejects. */
  readonly ended: Promise<void>;
}

/**
 * Hands over every message of a selection, oldest first, those of a conversation one after the other, at most `perSecond`
 * a second. A message that is not taken is counted and the next one follows.
 */
export function startJob(options: {
  readonly id: string;
  readonly request: ReplayRequest;
  readonly store: Pick<MessageStore, 'select'>;
  readonly total: number | null;
  /** Rejects where the message was not taken. */
  readonly hand: Hand;
  /** The conversation of a message. */
  readonly chat: (record: InboundRecord) => string;
  readonly now: () => number;
  readonly onProgress: () => void;
}): Job {
  const { id, request, store, now } = options;
  const stop = new AbortController();
  const counts = { taken: 0, failed: 0, skipped: 0 };
  const startedAt = now();
  // What comes in from now on is not replayed: a replay to the original target ends.
  const selection: MessageSelection = {
    ...request.messages,
    to: Math.min(request.messages.to ?? startedAt, startedAt),
  };
  let state: ReplayView['state'] = 'running';
  let endedAt: number | null = null;
  let error: ErrorInfo | null = null;
  let turn = performance.now();

  /** Waits for the next place in the second. */
  async function pace(): Promise<void> {
    const at = Math.max(turn, performance.now());
    turn = at + 1000 / request.perSecond;
    const wait = at - performance.now();
    if (wait <= 0) return;
    await new Promise<void>((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        stop.signal.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, wait);
      stop.signal.addEventListener('abort', end);
    });
  }

  async function one(record: InboundRecord): Promise<void> {
    if (stop.signal.aborted) return;
    if (record.rawHash !== null) {
      counts.skipped += 1;
      return;
    }
    await pace();
    if (stop.signal.aborted) return;
    try {
      await options.hand(record, stop.signal);
      counts.taken += 1;
    } catch (thrown) {
      if (stop.signal.aborted) return;
      counts.failed += 1;
      error = toErrorInfo(thrown);
    }
    options.onProgress();
  }

  async function line(records: readonly InboundRecord[]): Promise<void> {
    for (const record of records) await one(record);
  }

  async function work(): Promise<void> {
    let after = '';
    while (!stop.signal.aborted) {
      const batch = store.select(selection, after, BATCH);
      const last = batch.at(-1);
      if (last === undefined) break;
      after = last.id;
      const lines = Array.from({ length: LINES }, (): InboundRecord[] => []);
      for (const record of batch) lines[lineOf(options.chat(record))]?.push(record);
      await Promise.all(lines.map(line));
    }
  }

  async function run(): Promise<void> {
    try {
      await work();
      state = stop.signal.aborted ? 'cancelled' : 'done';
    } catch (thrown) {
      state = 'failed';
      error = toErrorInfo(thrown);
    }
    endedAt = now();
    options.onProgress();
  }

  const ended = run();
  return {
    view: () => ({
      id,
      state,
      destination: request.destination,
      total: options.total,
      ...counts,
      startedAt,
      endedAt,
      error,
    }),
    cancel: () => stop.abort(),
    ended,
  };
}

function lineOf(chat: string): number {
  return (createHash('sha1').update(chat).digest()[0] ?? 0) % LINES;
}
