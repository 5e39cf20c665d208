import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { request } from 'undici';
import type { Logger } from '../../common/domain/log.ts';
import { AppError, toErrorInfo } from '../../common/errors/app-error.ts';
import type { AddressGuard } from '../delivery/pool/address-guard.ts';
import type { InboundRecord, MessageStore } from '../inbox/message-store.ts';
import { egressOf } from '../sending/egress.ts';
import type { BotConfig, Egress } from '../types.ts';
import { mediaDecipher, mediaUrls } from '../wecom/index.ts';
import { fileName } from './file-name.ts';
import { createSpool, type SpooledFile } from './spool.ts';

/** Greatest file that a smart bot is sent (D100719), and its padding. */
const MAX_BYTES = 100 * 1024 * 1024 + 32;
/** How long WeCom's address of a file is good (D100719), milliseconds. */
const URL_MS = 5 * 60_000;
const TIMEOUT_MS = 120_000;
const KEPT_MS = 24 * 3_600_000;
const KEPT_BYTES = 2 * 2 ** 30;
const PRUNE_MS = 10 * 60_000;
/** Files that are fetched by themselves at once, and that wait for it. */
const MAX_FETCHING = 4;
const MAX_WAITING = 256;

/** Files that members sent to smart bots: fetched from WeCom, decrypted, kept for a day. */
export interface InboundMedia {
  /**
   * File `n` (from 0) of a message. Throws NOT_FOUND {kind, reason}, WECOM_ANSWER_INVALID {status}, TARGET_ADDRESS_REFUSED, TOO_LARGE,
   * DECRYPT_FAILED, WECOM_UNREACHABLE.
   */
  open(message: string, n: number): Promise<SpooledFile>;
  /** Fetches a message's files by itself, where its bot wants that. */
  received(message: string, bot: string): void;
  stop(): Promise<void>;
}

export function createInboundMedia(options: {
  readonly dataDir: string;
  readonly store: Pick<MessageStore, 'inbound'>;
  readonly bots: () => ReadonlyMap<string, BotConfig>;
  readonly egress: Egress;
  readonly guard: AddressGuard;
  readonly log: Logger;
  readonly now: () => number;
}): InboundMedia {
  const { log, now } = options;
  const bounds = { maxAgeMs: KEPT_MS, maxBytes: KEPT_BYTES };
  const spool = createSpool(join(options.dataDir, 'received-media'), bounds, now);
  const running = new Map<string, Promise<SpooledFile>>();
  const stopping = new AbortController();
  let waiting: { message: string; n: number }[] = [];
  let fetching = 0;

  const prune = setInterval(() => void spool.prune().catch(() => undefined), PRUNE_MS);
  prune.unref();

  function source(message: string, n: number): { record: InboundRecord; url: URL } {
    const record = options.store.inbound(message);
    const [address] = record === null ? [] : mediaUrls(record.raw).slice(n, n + 1);
    const url = address === undefined ? null : URL.parse(address);
    if (record === null || url === null || !/^https?:$/.test(url.protocol)) {
      throw new AppError('NOT_FOUND', { kind: 'media', id: `${message}/${n}` });
    }
    if (now() > record.receivedAt + URL_MS) {
      throw new AppError('NOT_FOUND', { kind: 'media', reason: 'expired' });
    }
    return { record, url };
  }

  async function fetchFile(key: string, message: string, n: number): Promise<SpooledFile> {
    const { record, url } = source(message, n);
    const bot = options.bots().get(record.bot);
    const aesKeys = [bot?.encodingAesKey, bot?.previousEncodingAesKey].filter(
      (one) => one !== undefined,
    );
    if (bot === undefined || aesKeys.length === 0) {
      throw new AppError('NOT_FOUND', { kind: 'bot', id: record.bot });
    }
    for (const [index, aesKey] of aesKeys.entries()) {
      try {
        return await download(key, url, bot, aesKey);
      } catch (error) {
        // The file may have been made with the pair that is being replaced.
        const wrongKey = error instanceof AppError && error.code === 'DECRYPT_FAILED';
        if (!wrongKey || index === aesKeys.length - 1) throw error;
      }
    }
    throw new AppError('DECRYPT_FAILED');
  }

  async function download(
    key: string,
    url: URL,
    bot: BotConfig,
    aesKey: string,
  ): Promise<SpooledFile> {
    const signal = AbortSignal.any([stopping.signal, AbortSignal.timeout(TIMEOUT_MS)]);
    const draft = await spool.draft(key);
    try {
      const dispatcher = options.guard.dispatcher(url, egressOf(bot, options.egress));
      const response = await request(url, { dispatcher, signal });
      if (response.statusCode !== 200) {
        await response.body.dump({ limit: 65_536 }).catch(() => undefined);
        throw new AppError('WECOM_ANSWER_INVALID', { status: response.statusCode });
      }
      const disposition = response.headers['content-disposition'];
      await pipeline(
        response.body,
        limit(MAX_BYTES),
        mediaDecipher(aesKey),
        createWriteStream(draft, { mode: 0o600 }),
      );
      return await spool.keep(key, fileName(typeof disposition === 'string' ? disposition : null));
    } catch (error) {
      if (error instanceof AppError) throw error;
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
      throw new AppError('WECOM_UNREACHABLE', { reason: code }, { cause: error });
    }
  }

  async function open(message: string, n: number): Promise<SpooledFile> {
    const key = `${message.replaceAll(/[^A-Za-z0-9-]/g, '_')}-${n}`;
    const kept = await spool.find(key);
    if (kept !== null) return kept;
    const known = running.get(key);
    if (known !== undefined) return known;
    const work = fetchFile(key, message, n).finally(() => running.delete(key));
    running.set(key, work);
    return work;
  }

  function next(): void {
    if (fetching >= MAX_FETCHING || stopping.signal.aborted) return;
    const [job, ...rest] = waiting;
    if (job === undefined) return;
    waiting = rest;
    fetching += 1;
    open(job.message, job.n)
      .catch((error: unknown) => {
        const { code } = toErrorInfo(error);
        log.warn({ message: job.message, code }, 'file not fetched');
      })
      .finally(() => {
        fetching -= 1;
        next();
      });
  }

  return {
    open,
    received(message, bot) {
      if (options.bots().get(bot)?.fetchMedia !== true) return;
      const record = options.store.inbound(message);
      const count = record === null ? 0 : mediaUrls(record.raw).length;
      for (let n = 0; n < count && waiting.length < MAX_WAITING; n += 1) {
        waiting.push({ message, n });
      }
      next();
    },
    async stop() {
      clearInterval(prune);
      stopping.abort();
      waiting = [];
      await Promise.allSettled(running.values());
    },
  };
}

/** Fails with TOO_LARGE beyond `most` bytes. */
function limit(most: number): Transform {
  let size = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      if (size > most) done(new AppError('TOO_LARGE', { limit: most }));
      else done(null, chunk);
    },
  });
}
