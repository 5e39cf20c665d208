import { randomBytes, randomInt } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { AppError } from '../../common/errors/app-error.ts';
import { buildAibotMessage } from './aibot-messages.ts';
import { buildAppMessage } from './app-messages.ts';
import type { CallbackInput } from './callback-input.ts';
import type {
  Attempt,
  CallbackBot,
  CallbackRecord,
  Patience,
  VerifyResult,
} from './callback-record.ts';
import { CodecError } from './codec.ts';
import { openReply, sealCallback, sealVerification, type EnvelopeFormat } from './envelope.ts';
import { exchange, type ExchangeRequest } from './exchange.ts';
import { createRing } from './ring.ts';
import { readStream } from './stream-record.ts';

export interface CallbackSenderOptions {
  readonly address: () => string;
  readonly nextId: () => number;
  readonly newResponseUrl: (bot: string) => string;
  readonly patience: Patience;
}

export interface CallbackSender {
  /** Adds a bot, or replaces the one of the same id. */
  setBot(bot: CallbackBot): void;
  bots(): CallbackBot[];
  /** Checks the callback address as WeCom does on saving it. Throws BOT_NOT_FOUND or BUSY. */
  verifyUrl(bot: string): Promise<VerifyResult>;
  /** Delivers one callback. Throws BOT_NOT_FOUND or BUSY. */
  post(input: CallbackInput): Promise<CallbackRecord>;
  /** Finished callbacks, oldest first, after id `after`. */
  records(after: number): CallbackRecord[];
  /** Breaks off what is under way and waits for it. */
  close(): Promise<void>;
}

const MAX_UNDER_WAY = 64;
const KEPT_RECORDS = 500;
const KEPT_BYTES = 8 << 20;

/** WeCom's side of the callbacks: seals, posts, waits, tries again, opens the answer. */
export function createCallbackSender(options: CallbackSenderOptions): CallbackSender {
  const bots = new Map<string, CallbackBot>();
  const kept = createRing<CallbackRecord>(KEPT_RECORDS, KEPT_BYTES);
  const stop = new AbortController();
  const underWay = new Set<Promise<unknown>>();
  const { patience } = options;

  function find(id: string): CallbackBot {
    const bot = bots.get(id);
    if (bot === undefined) throw new AppError('BOT_NOT_FOUND', { bot: id });
    return bot;
  }

  async function track<T>(start: () => Promise<T>): Promise<T> {
    if (stop.signal.aborted || underWay.size >= MAX_UNDER_WAY) throw new AppError('BUSY');
    const work = start();
    underWay.add(work);
    try {
      return await work;
    } finally {
      underWay.delete(work);
    }
  }

  async function verify(bot: CallbackBot): Promise<VerifyResult> {
    const expected = String(randomInt(2 ** 47)) + String(randomInt(1000)).padStart(3, '0');
    const query = sealVerification(bot, expected, fresh());
    const { body, ...attempt } = await exchange({
      ...target(bot, query, patience.closeMs, stop.signal),
      method: 'GET',
    });
    const problem = verifyProblem(attempt, body, expected);
    if (problem !== null) return { bot: bot.id, verdict: 'failed', problem, attempt };
    const verdict = attempt.durationMs > patience.verifyMs ? 'slow' : 'passed';
    return { bot: bot.id, verdict, problem, attempt };
  }

  async function deliver(bot: CallbackBot, input: CallbackInput): Promise<CallbackRecord> {
    const at = Date.now();
    const plaintext = plaintextOf(bot, input, at);
    const format: EnvelopeFormat = bot.kind === 'app' ? 'xml' : 'json';
    const sealed = sealCallback(bot, plaintext, {
      ...fresh(),
      format,
      agentId: bot.agentId ?? '1000002',
    });
    // WeCom gives a smart bot's card event one chance only (D101027).
    const once = bot.kind === 'aibot' && input.event === 'template_card_event';
    const attempts: Attempt[] = [];
    let body = '';
    for (let tries = once ? 1 : patience.tries; tries > 0; tries -= 1) {
      if (attempts.length > 0) await pause(patience.betweenTriesMs, stop.signal);
      if (stop.signal.aborted) break;
      const { body: answer, ...attempt } = await exchange({
        ...target(bot, sealed.query, patience.closeMs, stop.signal),
        method: 'POST',
        body: sealed.body,
        contentType: sealed.contentType,
      });
      attempts.push(attempt);
      body = answer;
      if (attempt.status === 200) break;
    }
    const last = attempts.at(-1);
    const record: Writable<CallbackRecord> = {
      stream: null,
      id: options.nextId(),
      bot: bot.id,
      type: input.type,
      event: input.type === 'event' ? (input.event ?? defaultEvent(bot)) : null,
      from: input.from,
      at,
      durationMs: last?.durationMs ?? 0,
      status: last?.status ?? null,
      plaintext,
      attempts,
      ...readAnswer(bot, last?.status === 200 ? body : null, { format, nonce: sealed.nonce }),
    };
    kept.add(record, plaintext.length + body.length + 512);
    const first = bot.kind === 'aibot' ? readStream(record.reply) : null;
    if (first !== null && !first.finished) {
      record.stream = { ...first, polls: 0 };
      void follow(bot, input, record);
    }
    return record;
  }

  /** Asks how a stream goes on until it has ended, as WeCom does; each question is a callback of its own. */
  async function follow(
    bot: CallbackBot,
    input: CallbackInput,
    record: Writable<CallbackRecord>,
  ): Promise<void> {
    while (record.stream !== null && !record.stream.finished) {
      await pause(patience.pollMs, stop.signal);
      if (stop.signal.aborted || Date.now() - record.at > patience.pollForMs) return;
      const { id, polls, latest } = record.stream;
      const question = { ...input, type: 'stream', eventKey: id };
      const sealed = sealCallback(bot, plaintextOf(bot, question, Date.now()), {
        ...fresh(),
        format: 'json',
        agentId: '',
      });
      const { body, status } = await exchange({
        ...target(bot, sealed.query, patience.closeMs, stop.signal),
        method: 'POST',
        body: sealed.body,
        contentType: sealed.contentType,
      });
      const answered = status === 200 ? body : null;
      const { reply } = readAnswer(bot, answered, { format: 'json', nonce: sealed.nonce });
      const next = readStream(reply);
      record.stream =
        next === null || next.id !== id
          ? { id, latest, polls: polls + 1, finished: false }
          : { ...next, polls: polls + 1 };
    }
  }

  function plaintextOf(bot: CallbackBot, input: CallbackInput, now: number): string {
    const around = { now, newId: newMessageId(), address: options.address() };
    if (bot.kind === 'aibot') {
      return buildAibotMessage(input, { ...around, responseUrl: options.newResponseUrl(bot.id) });
    }
    const app = { receiveId: bot.receiveId, agentId: bot.agentId ?? '1000002' };
    return buildAppMessage(app, input, around);
  }

  return {
    setBot: (bot) => void bots.set(bot.id, bot),
    bots: () => [...bots.values()],
    verifyUrl: (id) => track(() => verify(find(id))),
    post: (input) => track(() => deliver(find(input.bot), input)),
    records: (after) => kept.list().filter(({ id }) => id > after),
    async close() {
      stop.abort();
      await Promise.allSettled(underWay);
    },
  };
}

function fresh(): { timestamp: number; nonce: string } {
  return { timestamp: Math.floor(Date.now() / 1000), nonce: String(randomInt(1e9, 1e10)) };
}

/** 64-bit ids of 19 digits, beyond what a JavaScript number holds, as WeCom's are. */
function newMessageId(): string {
  return String(7_000_000_000_000_000_000n + (randomBytes(8).readBigUInt64BE() >> 4n));
}

function defaultEvent(bot: CallbackBot): string {
  return bot.kind === 'app' ? 'enter_agent' : 'enter_chat';
}

function target(
  bot: CallbackBot,
  query: string,
  timeoutMs: number,
  signal: AbortSignal,
): Omit<ExchangeRequest, 'method'> {
  return {
    url: `${bot.callback}${bot.callback.includes('?') ? '&' : '?'}${query}`,
    timeoutMs,
    signal,
    ...(bot.ca === undefined ? {} : { ca: bot.ca }),
    ...(bot.host === undefined ? {} : { host: bot.host }),
    ...(bot.servername === undefined ? {} : { servername: bot.servername }),
  };
}

function verifyProblem(attempt: Attempt, body: string, expected: string): string | null {
  if (attempt.status === null) return attempt.problem ?? 'FAILED';
  if (attempt.status !== 200) return attempt.error ?? `HTTP_${attempt.status}`;
  return body === expected ? null : 'WRONG_ANSWER';
}

function readAnswer(
  bot: CallbackBot,
  body: string | null,
  callback: { format: EnvelopeFormat; nonce: string },
): Pick<CallbackRecord, 'outcome' | 'reply' | 'replyProblem'> {
  if (body === null) return { outcome: 'failed', reply: null, replyProblem: null };
  if (body === '') return { outcome: 'accepted', reply: null, replyProblem: null };
  try {
    return { outcome: 'replied', reply: openReply(bot, body, callback), replyProblem: null };
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    return { outcome: 'badReply', reply: null, replyProblem: `${error.code} ${error.message}` };
  }
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await setTimeout(ms, undefined, { signal }).catch(() => undefined);
}
