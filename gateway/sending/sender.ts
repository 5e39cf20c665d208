import type { CardUpdated } from '../../common/domain/card/card-update.ts';
import type { GatewayView } from '../../common/domain/gateway.ts';
import type { MessageRow } from '../../common/domain/history.ts';
import type { Logger } from '../../common/domain/log.ts';
import type {
  OutgoingMessage,
  SendQuota,
  SendResult,
  SendStatus,
} from '../../common/domain/outgoing.ts';
import { AppError } from '../../common/errors/app-error.ts';
import type { AddressGuard } from '../delivery/pool/address-guard.ts';
import type { MessageStore } from '../inbox/message-store.ts';
import { outboundRow } from '../inbox/rows.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type {
  BotConfig,
  Egress,
  LateAnswer,
  MediaTransfer,
  OutboxControl,
  SendRequestOptions,
} from '../types.ts';
import { fetchCallbackIps, PUBLIC_API } from '../wecom/index.ts';
import { createAppCarrier } from './app-carrier.ts';
import { appOf, createAppClient } from './app-client/app-client.ts';
import { createAppLimits } from './limiter/app-limits.ts';
import { createTokenSource, keyOf } from './app-client/token-source.ts';
import { createCardUpdate } from './card-update.ts';
import { channelOf, digestOf, partsOf, rowsOf } from './compose.ts';
import { countAttempt } from './count.ts';
import { registerSendingMetrics } from './gauges.ts';
import { egressOf } from './egress.ts';
import { createLateSender } from './late/send-late.ts';
import { createMedia } from './media/media.ts';
import { createOutboxControl } from './outbox/control.ts';
import { createOutbox } from './outbox/outbox.ts';
import type { Channel, StoredMessage } from './outbox/outbox-store.ts';
import { systemTimers, type Timers } from './outbox/timers.ts';
import { createProblems } from './problems.ts';
import { createRecall } from './recall.ts';
import { createResponseCarrier } from './response-carrier.ts';
import { createRobotCarrier } from './robot-carrier.ts';

/** How long WeCom may take to answer, milliseconds. */
export const SEND_TIMEOUT_MS = 10_000;
/** How long a caller waits for it before the message is on its own. */
const WAIT_MS = 5_000;
const PRUNE_MS = 600_000;

export interface Sender {
  /** {@link Gateway.send} */
  send(bot: string, message: OutgoingMessage, options?: SendRequestOptions): Promise<SendResult>;
  /** {@link Gateway.sendLate} */
  sendLate(late: LateAnswer): Promise<SendResult | null>;
  /** Posts a smart bot's later answer: once, within an hour of the callback (D101138). */
  sendToResponseUrl(
    bot: string,
    url: string,
    body: Record<string, unknown>,
    until: number,
    request?: Pick<SendRequestOptions, 'idempotency' | 'waitMs'>,
  ): Promise<SendResult>;
  status(id: string): SendStatus;
  /** Throws BOT_NOT_FOUND, SEND_NOT_SUPPORTED, WEBHOOK_MISSING, APP_CREDENTIALS_MISSING. */
  quota(bot: string): SendQuota;
  recall(id: string): Promise<void>;
  /** {@link Gateway.updateCard} */
  updateCard(bot: string, update: unknown): Promise<CardUpdated>;
  readonly outbox: OutboxControl;
  readonly media: MediaTransfer;
  /** WeCom's list of the addresses that an app's callbacks come from. Throws WECOM_REFUSED {errcode} and what a call throws. */
  callbackIps(bot: string): Promise<string[]>;
  problems(): GatewayView['problems'];
  /** The bots have changed. */
  reconfigured(): void;
  /** Begins nothing more and resolves when no send is open. */
  stop(): Promise<void>;
}

export interface SenderOptions {
  readonly dataDir: string;
  readonly bots: () => ReadonlyMap<string, BotConfig>;
  readonly store: Pick<MessageStore, 'newId' | 'outbound' | 'outbox'>;
  readonly egress: Egress;
  /** For response_urls, which come in callbacks. */
  readonly guard: AddressGuard;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly now: () => number;
  readonly onRow: (row: MessageRow) => void;
  /** For tests. */
  readonly timers?: Timers;
  readonly retryDelaysMs?: readonly number[];
}

/** Everything that leaves for WeCom: stored first, then sent within WeCom's limits. */
export function createSender(options: SenderOptions): Sender {
  const { bots, egress, metrics, log, now } = options;
  const store = options.store.outbox;
  const timers = options.timers ?? systemTimers;
  const tokens = createTokenSource(now);
  const client = createAppClient({ tokens, egress, timeoutMs: SEND_TIMEOUT_MS });
  const problems = createProblems(now);
  const way = { bots, egress, now, sendTimeoutMs: SEND_TIMEOUT_MS };
  const robots = createRobotCarrier({ ...way, store });
  const exitOf = (bot: BotConfig): string => egressOf(bot, egress).via;
  const limits = createAppLimits({ store, now, openMs: SEND_TIMEOUT_MS, exitOf });
  const apps = createAppCarrier({ ...way, client, limits, store });
  const series = registerSendingMetrics(metrics, {
    queued: () => {
      const counts = new Map<string, number>();
      for (const { bot, entries } of outbox.lanes()) {
        counts.set(bot, (counts.get(bot) ?? 0) + entries.length);
      }
      return counts;
    },
    tokenExpiries: () => {
      const known = tokens.expiries();
      return new Map(
        [...bots().values()].flatMap((bot) => {
          const { corpId, corpSecret: secret, apiBase: base = PUBLIC_API } = bot;
          if (corpId === undefined || secret === undefined) return [];
          const at = known.get(keyOf({ base, corpId, secret }));
          return at === undefined ? [] : [[bot.id, at] as const];
        }),
      );
    },
  });
  const outbox = createOutbox({
    store,
    carriers: {
      webhook: robots,
      app: apps,
      response_url: createResponseCarrier({ ...way, guard: options.guard }),
    },
    timers,
    now,
    random: Math.random,
    log,
    sendTimeoutMs: SEND_TIMEOUT_MS,
    ...(options.retryDelaysMs === undefined ? {} : { retryDelaysMs: options.retryDelaysMs }),
    onChange(id) {
      const record = options.store.outbound(id);
      if (record !== null) options.onRow(outboundRow(record));
    },
    onAttempt(message, attempt, reservation) {
      countAttempt(metrics, message.channel, reservation.bot, attempt);
      problems.note(reservation.bot, attempt);
    },
    onWaited: (bot, ms) => series.waited(bot, ms),
  });
  const media = createMedia({ ...way, dataDir: options.dataDir, store, client });
  const pruning = setInterval(() => {
    try {
      store.prune(now());
    } catch {
      log.warn({}, 'old keys of the outbox not deleted');
    }
  }, PRUNE_MS);
  pruning.unref();

  function botOf(id: string): BotConfig {
    const bot = bots().get(id);
    if (bot === undefined) throw new AppError('BOT_NOT_FOUND', { bot: id });
    return bot;
  }

  function storedOf(id: string): StoredMessage {
    const stored = store.get(id);
    if (stored === null) throw new AppError('NOT_FOUND', { id });
    return stored;
  }

  /** Where a message stands; one that waits, with its place. */
  function resultNow(stored: StoredMessage): SendResult {
    if (stored.state === 'ended') return stored.result;
    const queue = outbox.placeOf(stored.id) ?? { position: 0, etaMs: 0 };
    const now = { via: egress.via, ip: egress.ip() };
    const own = stored.attempts > 0 ? stored.result.egress : now;
    const error = stored.result.error ?? outbox.reasonOf(stored.id);
    return { ...stored.result, egress: own, outcome: 'queued', queue, error };
  }

  /** Waits for all of them; the first that was not delivered speaks for all. */
  async function outcome(ids: readonly string[], waitMs: number): Promise<SendResult> {
    const results = await Promise.all(
      ids.map(async (id) => {
        const before = storedOf(id);
        if (before.state === 'ended') return before.result;
        // Who would not be there when it leaves need not wait for it.
        const isFar = (outbox.placeOf(id)?.etaMs ?? 0) > waitMs;
        const ended = isFar ? null : await outbox.wait(id, waitMs);
        return ended ?? resultNow(storedOf(id));
      }),
    );
    const spokesman = results.find((result) => result.outcome !== 'delivered') ?? results[0];
    if (spokesman === undefined) throw new AppError('MESSAGE_EMPTY');
    return results.length === 1 ? spokesman : { ...spokesman, parts: [...ids] };
  }

  async function enqueue(
    bot: string,
    channel: Channel,
    parts: readonly Readonly<Record<string, unknown>>[],
    request: SendRequestOptions & { readonly address?: string },
    digest: string,
  ): Promise<SendResult> {
    const { idempotency, waitMs = WAIT_MS } = request;
    const clock = { now: now(), newId: options.store.newId };
    const rows = rowsOf(bot, channel, parts, request, clock);
    const added = await outbox.add(
      rows,
      idempotency === undefined ? null : { ...idempotency, digest },
    );
    if (added.kind === 'repeated') return outcome(added.ids, waitMs);
    if (added.kind === 'added') {
      for (const { id } of added.waiting) {
        const record = options.store.outbound(id);
        if (record !== null) options.onRow(outboundRow(record));
      }
      return outcome(
        added.waiting.map(({ id }) => id),
        waitMs,
      );
    }
    const result = await outcome([added.id], waitMs);
    return { ...result, coalesced: added.coalesced };
  }

  async function send(
    id: string,
    message: OutgoingMessage,
    request: SendRequestOptions = {},
  ): Promise<SendResult> {
    const bot = botOf(id);
    const channel = channelOf(bot);
    const parts = partsOf(channel, bot.kind, message, request.split ?? false);
    return enqueue(id, channel, parts, request, digestOf(id, message, request));
  }

  const sendToResponseUrl: Sender['sendToResponseUrl'] = (bot, url, body, until, request) =>
    enqueue(bot, 'response_url', [body], { ...request, address: url, expires_at: until }, url);

  return {
    send,
    sendToResponseUrl,
    sendLate: createLateSender({ bots, send, sendToResponseUrl, now }),
    status(id) {
      const stored = storedOf(id);
      const result = resultNow(stored);
      const state = stored.state === 'sending' ? 'sending' : result.outcome;
      return { id, state, attempts: stored.attempts, result };
    },
    quota(id) {
      const bot = botOf(id);
      const channel = channelOf(bot);
      const lane = outbox.lane(channel, id);
      const queued = lane.entries.length;
      const etaMs = Math.max(0, Math.ceil(outbox.freeAt(lane, outbox.ready(lane)) - now()));
      const { webhook } = bot;
      if (channel === 'app' || webhook === undefined) {
        return { ...apps.quota(bot), queued, etaMs };
      }
      return { ...robots.quota({ ...bot, webhook }), queued, etaMs };
    },
    recall: createRecall({ bots, egress, client, stored: storedOf }),
    updateCard: createCardUpdate({ bots, egress, client }),
    outbox: createOutboxControl(outbox, storedOf, now),
    media,
    async callbackIps(id) {
      const called = await client.call(appOf(botOf(id)), fetchCallbackIps);
      const { errcode } = called.answer;
      if (errcode !== 0 || called.at === 'token') throw new AppError('WECOM_REFUSED', { errcode });
      return called.answer.addresses;
    },
    problems: () => problems.list(),
    reconfigured() {
      problems.keep(new Set(bots().keys()));
      outbox.wake();
    },
    async stop() {
      clearInterval(pruning);
      await outbox.stop();
    },
  };
}
