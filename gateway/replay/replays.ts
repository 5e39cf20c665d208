import { randomUUID } from 'node:crypto';
import type { MessageSelection, ReplayRequest, ReplayView } from '../../common/domain/replay.ts';
import { AppError } from '../../common/errors/app-error.ts';
import type { MessageRow } from '../../common/domain/history.ts';
import type { Logger } from '../../common/domain/log.ts';
import { reparse, toInboundMessage } from '../delivery/message.ts';
import type { Routing } from '../delivery/routing/routing.ts';
import type { TargetPool } from '../delivery/target-pool.ts';
import type { InboundRecord, MessageStore } from '../inbox/message-store.ts';
import { inboundRow } from '../inbox/rows.ts';
import type { BotConfig } from '../types.ts';
import { createCallbackPost } from './callback-post.ts';
import { startJob, type Hand, type Job } from './job.ts';

const MAX_RUNNING = 4;
const MAX_KEPT = 50;
/** Messages that are counted beforehand; more are replayed all the same. */
const MAX_COUNTED = 100_000;
/** Dead letters that one call makes pending again. */
const MAX_REDRIVEN = 10_000;
const REDRIVE_BATCH = 250;

/** Dead letters and everything else that was received, delivered anew. */
export interface Replays {
  /**
   * Makes dead letters pending again; they keep their ids and have their 24 hours anew. Resolves with how many, at most
   * 10,000 at a time.
   */
  redrive(selection: MessageSelection): Promise<number>;
  /**
   * Hands received messages over once more, under their ids; what targets reply goes nowhere and the messages' own outcome stays.
   * Throws NOT_FOUND, BAD_INPUT, BUSY {limit}.
   */
  start(request: ReplayRequest): ReplayView;
  /** Newest first. */
  list(): ReplayView[];
  /** Throws NOT_FOUND. */
  get(id: string): ReplayView;
  /** Throws NOT_FOUND. */
  cancel(id: string): void;
  /** Progress; not coalesced. Returns the function that unsubscribes. */
  onChange(listener: (view: ReplayView) => void): () => void;
  /** Cancels all and resolves when they have ended. */
  stop(): Promise<void>;
}

export interface ReplaysOptions {
  readonly store: MessageStore;
  readonly pool: TargetPool;
  readonly route: Routing;
  readonly bots: () => ReadonlyMap<string, BotConfig>;
  readonly allowedNetworks: () => readonly string[];
  readonly log: Logger;
  readonly now: () => number;
  readonly onRow: (row: MessageRow) => void;
}

export function createReplays(options: ReplaysOptions): Replays {
  const { store, pool, log, now } = options;
  const jobs = new Map<string, Job>();
  const listeners = new Set<(view: ReplayView) => void>();

  function find(id: string): Job {
    const job = jobs.get(id);
    if (job === undefined) throw new AppError('NOT_FOUND', { kind: 'replay', id });
    return job;
  }

  /** To a target: as the courier does, but what comes of it is this replay's alone. */
  function toTarget(target: string | null): Hand {
    if (target !== null && pool.target(target) === undefined) {
      throw new AppError('NOT_FOUND', { kind: 'target', id: target });
    }
    return async (record, signal) => {
      const message = toInboundMessage(record, reparse(record));
      const destination =
        target === null
          ? options.route(message)
          : {
              group: { name: 'replay', members: [{ id: target }], balance: 'round_robin' } as const,
              key: null,
            };
      if (destination === null) throw new AppError('NOT_FOUND', { kind: 'target', id: '' });
      const body = JSON.stringify(message);
      const result = await pool.deliver(
        destination,
        { id: record.id, body, trace: record.trace },
        signal,
      );
      if (!result.taken) throw new AppError(result.error.code, result.error.params);
      await result.feeds?.return(undefined);
    };
  }

  function handOf({ destination }: ReplayRequest): {
    readonly hand: Hand;
    readonly close: () => Promise<void>;
  } {
    const nothing = { close: () => Promise.resolve() };
    if (destination.kind === 'original') return { hand: toTarget(null), ...nothing };
    if (destination.kind === 'target') return { hand: toTarget(destination.target), ...nothing };
    const post = createCallbackPost(destination.url, options.allowedNetworks(), now);
    return {
      hand: async (record, signal) => {
        const id = destination.bot ?? record.bot;
        const bot = options.bots().get(id);
        if (bot === undefined) throw new AppError('BOT_NOT_FOUND', { bot: id });
        await post.post(record, bot, signal);
      },
      close: () => post.close(),
    };
  }

  function forget(): void {
    for (const [id, job] of jobs) {
      if (jobs.size < MAX_KEPT) return;
      if (job.view().state !== 'running') jobs.delete(id);
    }
  }

  async function redriveBatch(ids: readonly string[]): Promise<number> {
    const done = await store.redrive(ids, now());
    for (const id of done) {
      const record = store.inbound(id);
      if (record !== null) options.onRow(inboundRow(record));
    }
    return done.length;
  }

  return {
    async redrive(selection) {
      let after = '';
      let count = 0;
      while (count < MAX_REDRIVEN) {
        const wanted = { ...selection, outcome: 'failed' } as const;
        const batch = store.select(wanted, after, REDRIVE_BATCH);
        const last = batch.at(-1);
        if (last === undefined) break;
        after = last.id;
        count += await redriveBatch(batch.map(({ id }) => id));
      }
      log.info({ messages: count }, 'dead letters redriven');
      return count;
    },
    start(request) {
      const running = [...jobs.values()].filter((job) => job.view().state === 'running');
      if (running.length >= MAX_RUNNING) throw new AppError('BUSY', { limit: MAX_RUNNING });
      const { hand, close } = handOf(request);
      forget();
      const id = randomUUID();
      const job = startJob({
        id,
        request,
        store,
        total: store.countSelected(request.messages, MAX_COUNTED),
        hand,
        chat: chatOf,
        now,
        onProgress: () => {
          const view = jobs.get(id)?.view();
          if (view === undefined) return;
          for (const listener of listeners) listener(view);
        },
      });
      jobs.set(id, job);
      const { kind } = request.destination;
      log.info({ replay: id, to: kind, total: job.view().total ?? -1 }, 'replay started');
      void job.ended.then(async () => {
        const { state, taken, failed, skipped } = job.view();
        log.info({ replay: id, state, taken, failed, skipped }, 'replay ended');
        await close();
      });
      return job.view();
    },
    list: () => [...jobs.values()].map((job) => job.view()).toReversed(),
    get: (id) => find(id).view(),
    cancel: (id) => find(id).cancel(),
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async stop() {
      for (const job of jobs.values()) job.cancel();
      await Promise.all([...jobs.values()].map((job) => job.ended));
    },
  };
}

/** The conversation; the sender's own where the text cannot be read. */
function chatOf(record: InboundRecord): string {
  try {
    return `${record.bot}\n${reparse(record).chat.id}`;
  } catch {
    return `${record.bot}\n${record.sender}`;
  }
}
