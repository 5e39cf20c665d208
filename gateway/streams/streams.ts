import { Counter, Gauge, type Registry } from 'prom-client';
import type { ServiceReply } from '../../common/domain/inbound.ts';
import type { Logger } from '../../common/domain/log.ts';
import type { StreamFeed, StreamView } from '../../common/domain/stream.ts';
import { AppError, toErrorInfo } from '../../common/errors/app-error.ts';
import { requireCard } from '../wecom/index.ts';
import type { StreamStore } from './stream-store.ts';
import {
  feedState,
  LATE_MS,
  openState,
  pollState,
  renderStream,
  viewOf,
  type StreamState,
} from './stream.ts';

/** Streams that are kept at once; each is a row of at most some ten thousand bytes until it has ended with pictures. */
const MAX_STREAMS = 10_000;
const PRUNE_MS = 60_000;
const PRUNE_BATCH = 250;
/** A stream is remembered somewhat longer than anything may be done with it. */
const KEPT_MS = LATE_MS + 5 * PRUNE_MS;

type StreamReply = Extract<ServiceReply, { type: 'stream' }>;

/** The message that a stream answers. */
export interface Answered {
  readonly id: string;
  readonly bot: string;
  /** Milliseconds since the epoch. */
  readonly receivedAt: number;
}

/** `relayed`: the target is to be asked · `unknown`: nobody knows such a stream. */
export type Polled =
  { readonly kind: 'reply'; readonly plaintext: string } | { readonly kind: 'relayed' | 'unknown' };

/** Smart bots' replies that grow: services feed them, WeCom asks for them (D101031). */
export interface Streams {
  /** Begins a stream and resolves with the first reply's plaintext once it is stored. Throws BUSY, MEDIA_REFUSED, STORE_UNAVAILABLE. */
  open(message: Answered, reply: StreamReply): Promise<string>;
  /** Notes a stream of the target's own: it is asked for it itself. */
  relay(message: Answered, id: string): Promise<void>;
  /** Feeds a stream with a target's streamed answer until that ends, however it ends. */
  follow(message: string, feeds: AsyncIterable<StreamFeed>): void;
  /**
   * Feeds the stream that answers `message`; resolves when it is stored. Throws NOT_FOUND, CONFLICT {reason} for one that takes
   * nothing more, MEDIA_REFUSED, STORE_UNAVAILABLE.
   */
  feed(message: string, feed: StreamFeed): Promise<StreamView>;
  /** What WeCom's poll is answered with. */
  poll(bot: string, id: string): Polled;
  /** WeCom got no first reply, so that it will not ask: what the stream ends with leaves as a message. */
  missed(message: string): Promise<void>;
  /** Throws NOT_FOUND. */
  view(message: string): StreamView;
  /** Stops following; what was begun is taken up by polls after the next start. */
  stop(): void;
}

export interface StreamsOptions {
  readonly store: StreamStore;
  readonly registry: Registry;
  readonly log: Logger;
  readonly now: () => number;
  /** Stores what a stream ended with that nobody asks for any more, and sends it. */
  readonly onLate: (message: string, reply: ServiceReply) => Promise<void>;
}

export function createStreams(options: StreamsOptions): Streams {
  const { store, log, now } = options;
  const metrics = streamMetrics(options.registry, () => store.count);
  let stopped = false;

  const prune = setInterval(() => {
    try {
      store.prune(now() - KEPT_MS, PRUNE_BATCH);
    } catch (error) {
      log.warn({ code: toErrorInfo(error).code }, 'old streams not deleted');
    }
  }, PRUNE_MS);
  prune.unref();

  function find(message: string): StreamState {
    const state = store.ofMessage(message);
    if (state === null) throw new AppError('NOT_FOUND', { kind: 'stream', id: message });
    return state;
  }

  async function update(
    { bot, id }: StreamState,
    change: (state: StreamState) => StreamState | AppError,
  ): Promise<StreamState> {
    const result = await store.update(bot, id, change);
    if (result === null) throw new AppError('NOT_FOUND', { kind: 'stream', id });
    if (result instanceof AppError) throw result;
    return result;
  }

  const leave = (state: StreamState): Promise<void> =>
    options.onLate(state.message, {
      type: 'stream',
      content: state.content,
      finish: true,
      ...(state.card === null || state.cardSent ? {} : { card: state.card }),
    });

  async function feed(message: string, given: StreamFeed): Promise<StreamView> {
    const next = await update(find(message), (state) => feedState(state, given, now()));
    if (!given.finish || next.phase !== 'late') return viewOf(next);
    // First the message, then the end of the stream: a crash between the two leaves a feed that can be repeated.
    await leave(next);
    return viewOf(await update(next, (state) => ({ ...state, phase: 'done' })));
  }

  async function follow(message: string, feeds: AsyncIterable<StreamFeed>): Promise<void> {
    try {
      for await (const given of feeds) await feed(message, given);
      metrics.ended.inc({ end: 'finished' });
    } catch (error) {
      if (stopped) return;
      metrics.ended.inc({ end: 'broken' });
      log.warn({ message, code: toErrorInfo(error).code }, 'a streamed answer broke off');
      await feed(message, { finish: true }).catch(() => undefined);
    }
  }

  return {
    async open(message, reply) {
      const { type, card, ...rest } = reply;
      const first = card === undefined ? rest : { ...rest, card: requireCard(card, type) };
      const { id, bot, receivedAt: openedAt } = message;
      const fresh = openState({ id, bot, message: id, openedAt }, 'open');
      const state = feedState(fresh, first, now());
      if (state instanceof AppError) throw state;
      const plaintext = renderStream(state, reply.finish);
      if (reply.finish) return plaintext;
      if (store.count >= MAX_STREAMS) throw new AppError('BUSY', { limit: MAX_STREAMS });
      await store.put({ ...state, cardSent: state.card !== null });
      return plaintext;
    },
    async relay({ id: message, bot, receivedAt: openedAt }, id) {
      if (store.count >= MAX_STREAMS) throw new AppError('BUSY', { limit: MAX_STREAMS });
      await store.put(openState({ id, bot, message, openedAt }, 'relayed'));
    },
    follow: (message, feeds) => void follow(message, feeds),
    feed,
    poll(bot, id) {
      const known = store.get(bot, id);
      if (known === null || known.phase === 'relayed') {
        const kind = known === null ? 'unknown' : 'relayed';
        metrics.polls.inc({ outcome: kind });
        return { kind };
      }
      const { state, finish } = pollState(known, now());
      metrics.polls.inc({ outcome: finish ? 'finished' : 'running' });
      if (known.phase === 'open' && state.phase === 'late') metrics.ended.inc({ end: 'expired' });
      if (state.phase !== known.phase || state.cardSent !== known.cardSent) {
        // Not waited for: a card shown twice after a crash is better than a poll that goes without its answer.
        void store
          .update(bot, id, (current) => pollState(current, now()).state)
          .catch(() => log.warn({ message: known.message }, 'state of a stream not written'));
      }
      return { kind: 'reply', plaintext: renderStream(known, finish) };
    },
    async missed(message) {
      const known = store.ofMessage(message);
      if (known === null || known.phase === 'relayed') return;
      const state = await update(known, (current) =>
        current.phase === 'open' ? { ...current, phase: 'late', cardSent: false } : current,
      );
      if (state.phase === 'done') await leave(state);
    },
    view: (message) => viewOf(find(message)),
    stop() {
      stopped = true;
      clearInterval(prune);
    },
  };
}

function streamMetrics(registry: Registry, count: () => number) {
  const registers = [registry];
  const polls = new Counter({
    name: 'gateway_stream_polls_total',
    help: 'Questions of WeCom for a stream, by what they were answered with.',
    labelNames: ['outcome'],
    registers,
  });
  for (const outcome of ['running', 'finished', 'relayed', 'unknown']) polls.inc({ outcome }, 0);
  const ended = new Counter({
    name: 'gateway_streams_ended_total',
    help: 'Streamed answers by how they ended; `expired` after six minutes.',
    labelNames: ['end'],
    registers,
  });
  for (const end of ['finished', 'broken', 'expired']) ended.inc({ end }, 0);
  const kept = new Gauge({
    name: 'gateway_streams',
    help: 'Streams that are remembered.',
    registers: [],
    collect() {
      this.set(count());
    },
  });
  registry.registerMetric(kept);
  return { polls, ended };
}
