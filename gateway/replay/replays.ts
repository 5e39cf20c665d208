import { randomUUID } from 'node:crypto';
import type { MessageSelection, ReplayRequest, ReplayView } from '../../common/domain/replay.ts';
import { AppError, toErrorInfo } from '../../common/errors/app-error.ts';
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
import type { StoredReplay } from './replay-store.ts';

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
   * Resolves once it is kept: it goes on after a restart, from where it was. Throws NOT_FOUND, BAD_INPUT, BUSY {limit},
   * STORE_UNAVAILABLE.
   */
  start(request: ReplayRequest): Promise<ReplayView>;
  /** Takes up what a restart interrupted. */
  resume(): void;
  /** Newest first. */
  list(): ReplayView[];
  /** Throws NOT_FOUND. */
  get(id: string): ReplayView;
  /** Resolves when it has ended. Throws NOT_FOUND. */
  cancel(id: string): Promise<void>;
  /** Progress; not coalesced. Returns the function that unsubscribes. */
  onChange(listener: (view: ReplayView) => void): () => void;
  /** Lets go of all; {@link resume} of the next start takes them up. */
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

/** How a replay's messages are handed over. */
interface Handing {
  readonly hand: Hand;
  readonly close: () => Promise<void>;
}

export function createReplays(options: ReplaysOptions): Replays {
  const { store, pool, log, now } = options;
  const jobs = new Map<string, Job>();
  const listeners = new Set<(view: ReplayView) => void>();
  /** Those that are being written and are no jobs yet. */
  let starting = 0;

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

  function handOf({ destination }: ReplayRequest): Handing {
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
      if (job.view().state === 'running') continue;
      jobs.delete(id);
      store.replays.remove(id).catch(() => undefined);
    }
  }

  /** Without a mark on the disk a replay goes on; after a crash it does more than it would have to. */
  async function save(replay: StoredReplay): Promise<void> {
    await store.replays.put(replay).catch((error: unknown) => {
      log.warn({ replay: replay.id, code: toErrorInfo(error).code }, 'progress not written');
    });
  }

  function begin(replay: StoredReplay, { hand, close }: Handing, words: string): Job {
    const { id, request } = replay;
    const job = startJob({
      replay,
      store,
      save,
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
    log.info({ replay: id, to: request.destination.kind, total: replay.total ?? -1 }, words);
    void job.ended.then(async () => {
      const { state, taken, failed, skipped } = job.view();
      log.info({ replay: id, state, taken, failed, skipped }, 'replay ended');
      await close();
    });
    return job;
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
      if ((selection.outcome ?? 'failed') !== 'failed') return 0;
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
    async start(request) {
      const running = [...jobs.values()].filter((job) => job.view().state === 'running');
      if (running.length + starting >= MAX_RUNNING) {
        throw new AppError('BUSY', { limit: MAX_RUNNING });
      }
      const handing = handOf(request);
      const replay: StoredReplay = {
        ...{ id: randomUUID(), request, state: 'running', cursor: '', done: [] },
        total: store.countSelected(request.messages, MAX_COUNTED),
        ...{ taken: 0, failed: 0, skipped: 0 },
        ...{ startedAt: now(), endedAt: null, error: null },
      };
      starting += 1;
      try {
        await store.replays.put(replay);
      } catch (error) {
        await handing.close();
        throw error;
      } finally {
        starting -= 1;
      }
      forget();
      return begin(replay, handing, 'replay started').view();
    },
    resume() {
      for (const replay of store.replays.all()) {
        if (replay.state !== 'running') {
          jobs.set(replay.id, ended(replay));
          continue;
        }
        try {
          begin(replay, handOf(replay.request), 'replay taken up again');
        } catch (error) {
          // Its target has gone meanwhile.
          const failed = { ...replay, state: 'failed', endedAt: now() } as const;
          jobs.set(replay.id, ended({ ...failed, error: toErrorInfo(error) }));
          save({ ...failed, error: toErrorInfo(error) }).catch(() => undefined);
        }
      }
      forget();
    },
    list: () => [...jobs.values()].map((job) => job.view()).toReversed(),
    get: (id) => find(id).view(),
    async cancel(id) {
      const job = find(id);
      job.cancel();
      await job.ended;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async stop() {
      for (const job of jobs.values()) job.suspend();
      await Promise.all([...jobs.values()].map((job) => job.ended));
    },
  };
}

/** A replay that is over, as a restart finds it. */
function ended({ request, cursor: _cursor, done: _done, ...rest }: StoredReplay): Job {
  const view = { ...rest, destination: request.destination };
  const nothing = (): void => undefined;
  return { view: () => view, cancel: nothing, suspend: nothing, ended: Promise.resolve() };
}

/** The conversation; the sender's own where the text cannot be read. */
function chatOf(record: InboundRecord): string {
  try {
    return `${record.bot}\n${reparse(record).chat.id}`;
  } catch {
    return `${record.bot}\n${record.sender}`;
  }
}
