import { createHash } from 'node:crypto';
import type { MessageSelection, ReplayView } from '../../common/domain/replay.ts';
import { toErrorInfo } from '../../common/errors/app-error.ts';
import type { InboundRecord, MessageStore } from '../inbox/message-store.ts';
import { createPace } from './pace.ts';
import type { StoredReplay } from './replay-store.ts';

/** Messages read at once, and how many conversations are replayed side by side. */
const BATCH = 100;
const LINES = 8;
/** What is with a target when the replay is ended or the program stops has this long to be answered, milliseconds. */
const END_MS = 2_000;

export type Hand = (record: InboundRecord, signal: AbortSignal) => Promise<void>;

export interface Job {
  view(): ReplayView;
  /** Ends it for good; what is under way is waited for, so that the counts say what targets have heard. */
  cancel(): void;
  /** Lets go of it: what is left is done after the next start. */
  suspend(): void;
  /** Resolves when it has ended, or was let go, and that is written; never rejects. */
  readonly ended: Promise<void>;
}

export interface JobOptions {
  /** A new replay, or one that a restart interrupted. */
  readonly replay: StoredReplay;
  readonly store: Pick<MessageStore, 'select'>;
  /** Keeps how far it is; a rejection is the caller's to tell of. */
  readonly save: (replay: StoredReplay) => Promise<void>;
  /** Rejects where the message was not taken. */
  readonly hand: Hand;
  /** The conversation of a message. */
  readonly chat: (record: InboundRecord) => string;
  readonly now: () => number;
  readonly onProgress: () => void;
}

/**
 * Hands over every message of a selection, oldest first, those of a conversation one after the other, at most `perSecond`
 * a second. A message that is not taken is counted and the next one follows. What was handed over while its mark was not
 * yet on the disk is handed over once more after a crash, under the same id.
 */
export function startJob(options: JobOptions): Job {
  const { replay, store, now } = options;
  const { request, startedAt } = replay;
  const stop = new AbortController();
  /** Ends what is under way; after `stop`, which only begins nothing more. */
  const cut = new AbortController();
  const pace = createPace(request.perSecond, stop.signal);
  const done = new Set(replay.done);
  const { taken, failed, skipped } = replay;
  const counts = { taken, failed, skipped };
  // What comes in from the start on is not replayed: a replay to the original target ends.
  const selection: MessageSelection = {
    ...request.messages,
    to: Math.min(request.messages.to ?? startedAt, startedAt),
  };
  let { cursor, state, endedAt, error } = replay;
  let suspended = false;
  let saving: Promise<void> | null = null;
  let unsaved = false;

  const view = (): ReplayView => ({
    id: replay.id,
    state,
    destination: request.destination,
    total: replay.total,
    ...counts,
    startedAt,
    endedAt,
    error,
  });

  /** One write at a time; what changes meanwhile goes with the next. */
  function save(): Promise<void> {
    unsaved = true;
    saving ??= (async () => {
      while (unsaved) {
        unsaved = false;
        const { destination: _, ...rest } = view();
        await options.save({ ...rest, request, cursor, done: [...done] });
      }
    })().finally(() => {
      saving = null;
    });
    return saving;
  }

  async function one(record: InboundRecord): Promise<void> {
    if (stop.signal.aborted || done.has(record.id)) return;
    if (record.rawHash !== null) {
      counts.skipped += 1;
      done.add(record.id);
      return;
    }
    await pace();
    if (stop.signal.aborted) return;
    try {
      await options.hand(record, cut.signal);
      counts.taken += 1;
    } catch (thrown) {
      if (cut.signal.aborted) return;
      counts.failed += 1;
      error = toErrorInfo(thrown);
    }
    done.add(record.id);
    void save();
    options.onProgress();
  }

  async function line(records: readonly InboundRecord[]): Promise<void> {
    for (const record of records) await one(record);
  }

  async function work(): Promise<void> {
    while (!stop.signal.aborted) {
      const batch = store.select(selection, cursor, BATCH);
      const last = batch.at(-1);
      if (last === undefined) break;
      const lines = Array.from({ length: LINES }, (): InboundRecord[] => []);
      for (const record of batch) lines[lineOf(options.chat(record))]?.push(record);
      await Promise.all(lines.map(line));
      if (stop.signal.aborted) break;
      cursor = last.id;
      done.clear();
    }
  }

  async function run(): Promise<void> {
    try {
      await work();
      if (!suspended) state = stop.signal.aborted ? 'cancelled' : 'done';
    } catch (thrown) {
      state = 'failed';
      error = toErrorInfo(thrown);
    }
    if (state !== 'running') endedAt = now();
    await save();
    options.onProgress();
  }

  const ended = run();

  function end(): void {
    stop.abort();
    const overdue = setTimeout(() => cut.abort(), END_MS);
    void ended.then(() => clearTimeout(overdue));
  }

  return {
    view,
    cancel: end,
    suspend() {
      suspended = !stop.signal.aborted;
      end();
    },
    ended,
  };
}

function lineOf(chat: string): number {
  return (createHash('sha1').update(chat).digest()[0] ?? 0) % LINES;
}
