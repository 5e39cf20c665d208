import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Logger } from '../../common/domain/log.ts';
import type { MessageRow } from '../../common/domain/history.ts';
import { AppError, toErrorInfo } from '../../common/errors/app-error.ts';
import { defectFields } from '../defect.ts';
import type { MessageStore } from '../inbox/message-store.ts';
import { inboundRow } from '../inbox/rows.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { Statistics } from '../metrics/statistics.ts';
import { latePolicy } from '../sending/late/send-late.ts';
import type { Streams } from '../streams/streams.ts';
import type { BotConfig } from '../types.ts';
import { parseMessage, type ParsedMessage } from '../wecom/index.ts';
import { parseCallbackAddress } from './address.ts';
import type { Admission, Admitted } from './admission.ts';
import { accept, drop, refuse, type Answer } from './answer.ts';
import { createCallbackFigures } from './callback-figures.ts';
import type { HitCounter } from './credential-hits.ts';
import type { CallbackSources } from './callback-sources.ts';
import { createNonceMemory } from './nonce-memory.ts';
import { canReceive, openEcho, openEncrypted, openSealed, type Opened } from './open.ts';
import { createPassiveReply } from './passive-reply.ts';
import { createQuietLog } from './quiet-log.ts';

/** WeCom closes after 5 s; the way back through the relay takes part of that. Milliseconds from the first byte. */
export const ANSWER_BUDGET_MS = 4_000;

export interface CallbackRequest {
  readonly method: string;
  /** Path and query as they came. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  /** Null where it was too long. */
  readonly body: Buffer | null;
  readonly trace: string;
  /** Relay and tunnel; null where it did not come that way. */
  readonly tunnelMs: number | null;
  /** Since when the relay had held it, milliseconds since the epoch; null where it came at once. Only the tunnel can say. */
  readonly heldSince: number | null;
  /** Address that it came from; null where that is not known. */
  readonly client: string | null;
  /** `performance.now()` at the first byte. */
  readonly startedAt: number;
}

export interface Pipeline {
  /** Answers one callback; never rejects. */
  handle(request: CallbackRequest): Promise<Answer>;
  readonly inFlight: number;
  readonly received: number;
  readonly rejected: number;
  readonly stored: number;
}

export interface PipelineOptions {
  readonly bots: () => {
    readonly byId: ReadonlyMap<string, BotConfig>;
    readonly defaultBot: string | null;
    readonly maxAgeMs: number;
  };
  readonly admission: Admission;
  readonly store: MessageStore;
  readonly streams: Pick<Streams, 'poll'>;
  readonly hits: Pick<HitCounter, 'note'>;
  readonly sources: CallbackSources;
  readonly metrics: Metrics;
  readonly statistics: Statistics;
  readonly log: Logger;
  readonly now: () => number;
  readonly onRow: (row: MessageRow) => void;
}

/** The way of a callback from its bytes to its answer; both doors use it (DESIGN §3.1, §5). */
export function createPipeline(options: PipelineOptions): Pipeline {
  const { store, now } = options;
  const warn = createQuietLog(options.log, now);
  const nonces = createNonceMemory();
  const reply = createPassiveReply({ metrics: options.metrics, warn, now });
  const figures = createCallbackFigures({ ...options, warn });

  function echo(bot: BotConfig, query: ReadonlyMap<string, string>): Answer {
    try {
      return accept(openEcho(bot, query));
    } catch (error) {
      figures.reject(bot, error);
      const { code } = toErrorInfo(error);
      return refuse(code === 'SIGNATURE_INVALID' ? 403 : 400, code);
    }
  }

  function open(bot: BotConfig, query: ReadonlyMap<string, string>, request: CallbackRequest) {
    const body = request.body ?? Buffer.alloc(0);
    return bot.kind === 'sealed'
      ? openSealed(bot, request.headers, body)
      : openEncrypted(bot, query, body);
  }

  /** Past this point the signature holds, so that whatever fails is never answered with a status. */
  function read(bot: BotConfig, opened: Opened, heldSince: number | null): ParsedMessage {
    const { maxAgeMs } = options.bots();
    const age = Math.abs((heldSince ?? now()) - opened.timestamp * 1000);
    if (maxAgeMs > 0 && !(age <= maxAgeMs)) throw new AppError('CALLBACK_TOO_OLD', { ms: age });
    const parsed = parseMessage(bot.kind, opened.format, opened.plaintext);
    const { soleNonce } = opened;
    if (soleNonce !== null && !nonces.fits(`${bot.id} ${soleNonce}`, parsed.dedupKey)) {
      throw new AppError('SIGNATURE_INVALID');
    }
    return parsed;
  }

  async function post(
    bot: BotConfig,
    query: ReadonlyMap<string, string>,
    request: CallbackRequest,
  ): Promise<Answer> {
    if (request.body === null) {
      figures.reject(bot, new AppError('BODY_TOO_LARGE'));
      return refuse(413, 'BODY_TOO_LARGE');
    }
    let opened: Opened;
    try {
      opened = open(bot, query, request);
    } catch (error) {
      figures.reject(bot, error);
      const { code } = toErrorInfo(error);
      if (code === 'SIGNATURE_INVALID') return refuse(403, code);
      return code === 'BODY_MALFORMED' ? refuse(400, code) : drop;
    }
    let parsed: ParsedMessage;
    try {
      parsed = read(bot, opened, request.heldSince);
    } catch (error) {
      figures.reject(bot, error);
      return drop;
    }
    if (!options.sources.admits(bot, request.client)) {
      figures.reject(bot, new AppError('FORBIDDEN', { reason: 'source' }));
      return drop;
    }
    options.hits.note(bot, opened.pair, now());
    figures.opened(bot, opened.pair);
    if (bot.kind === 'aibot' && parsed.streamId !== null) {
      return poll(bot, opened, parsed, parsed.streamId, request);
    }
    return message(bot, opened, parsed, request);
  }

  /** WeCom's questions how a stream goes on are no messages: they repeat for minutes and are answered from what is stored. */
  async function poll(
    bot: BotConfig,
    opened: Opened,
    parsed: ParsedMessage,
    stream: string,
    request: CallbackRequest,
  ): Promise<Answer> {
    const answer = options.streams.poll(bot.id, stream);
    if (answer.kind === 'relayed') {
      // The target's own stream: each question is one of its own, whatever msgid it carries.
      const dedupKey = `p:${randomUUID()}`;
      return message(bot, opened, { ...parsed, dedupKey }, request);
    }
    if (answer.kind !== 'reply') {
      warn({ bot: bot.id }, 'poll of an unknown stream');
      return accept();
    }
    return reply(opened, { reply: answer.plaintext, error: null });
  }

  function message(
    bot: BotConfig,
    opened: Opened,
    parsed: ParsedMessage,
    request: CallbackRequest,
  ): Promise<Answer> {
    figures.received(bot, parsed);
    return take(bot, opened, parsed, request);
  }

  async function take(
    bot: BotConfig,
    opened: Opened,
    parsed: ParsedMessage,
    request: CallbackRequest,
  ): Promise<Answer> {
    const elapsed = (): number => performance.now() - request.startedAt;
    const left = (): number => ANSWER_BUDGET_MS - elapsed();
    const admission = options.admission.admit({
      bot: { id: bot.id, kind: bot.kind },
      format: opened.format,
      plaintext: opened.plaintext,
      parsed,
      trace: request.trace,
      tunnelMs: request.tunnelMs,
      elapsed,
      budgetMs: ANSWER_BUDGET_MS,
    });
    let admitted: Admitted | 'late';
    try {
      admitted = await within(admission, left());
    } catch (error) {
      return figures.dropped(bot, error);
    }
    if (admitted === 'late') return figures.dropped(bot, null);
    const { record, duplicate, flight } = admitted;
    if (duplicate) {
      figures.repeated(bot, flight === null ? 'stored' : 'in_progress');
    } else {
      figures.stored(record.target !== null);
    }
    // WeCom has had its answer from the relay: a reply can only leave as a message.
    if (request.heldSince !== null) return reply(opened, flight === null ? null : 'late');
    if (flight !== null) return reply(opened, await flight.wait(left()));
    if (record.reply !== null && record.outcome === 'late') {
      // It leaves, or has left, as a message: not a second time.
      if (latePolicy(bot) !== 'none') return reply(opened, { reply: null, error: null });
      void rescue(record.id);
    }
    return reply(opened, { reply: record.reply, error: null });
  }

  /** A reply that came too late for the first try reaches WeCom with its repetition. */
  async function rescue(id: string): Promise<void> {
    try {
      await store.settle(id, { outcome: 'replied' });
      const record = store.inbound(id);
      if (record !== null) options.onRow(inboundRow(record));
    } catch (error) {
      warn({ code: toErrorInfo(error).code }, 'outcome not written');
    }
  }

  async function route(request: CallbackRequest): Promise<Answer> {
    const address = parseCallbackAddress(request.target);
    if (address === null) return refuse(404, 'NOT_FOUND');
    const { byId, defaultBot } = options.bots();
    const bot = byId.get(address.bot ?? defaultBot ?? '');
    if (bot === undefined || !canReceive(bot)) return refuse(404, 'BOT_NOT_FOUND');
    if (request.method === 'POST') return post(bot, address.query, request);
    if (request.method === 'GET' && bot.kind !== 'sealed') return echo(bot, address.query);
    return refuse(405, 'BAD_INPUT', { allow: bot.kind === 'sealed' ? 'POST' : 'GET, POST' });
  }

  return {
    async handle(request) {
      const end = figures.begin();
      let answer: Answer = drop;
      try {
        answer = await route(request);
      } catch (error) {
        options.log.error(
          { code: toErrorInfo(error).code, ...defectFields(error) },
          'callback failed',
        );
      } finally {
        end(request, answer);
      }
      return answer;
    },
    get inFlight() {
      return figures.counts.inFlight;
    },
    get received() {
      return figures.counts.received;
    },
    get rejected() {
      return figures.counts.rejected;
    },
    get stored() {
      return figures.counts.stored;
    },
  };
}

/** The value, or `late` after `ms` milliseconds. */
function within<R>(work: Promise<R>, ms: number): Promise<R | 'late'> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve('late'), Math.max(0, ms));
    void work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
