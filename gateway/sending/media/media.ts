import { join } from 'node:path';
import { Readable } from 'node:stream';
import { AppError } from '../../../common/errors/app-error.ts';
import type { BotConfig, Egress, MediaTransfer, MediaUploaded } from '../../types.ts';
import {
  appUploadUrl,
  downloadMedia,
  readWebhook,
  robotUploadUrl,
  uploadMedia,
  type ApiAnswer,
  type MediaDownload,
  type MediaUpload,
} from '../../wecom/index.ts';
import {
  appOf,
  TokenError,
  type App,
  type AppClient,
  type Called,
} from '../app-client/app-client.ts';
import { keyOf } from '../app-client/token-source.ts';
import { egressOf } from '../egress.ts';
import type { OutboxStore } from '../outbox/outbox-store.ts';
import { refusalOf } from '../refusal.ts';
import { robotKey } from '../robot-carrier.ts';
import { checkMedia, mediaLimit } from './media-rules.ts';
import { spool } from './spool.ts';

/** A media_id lives three days; it is not used in the last hour, because a message may still wait. */
const LIFE_MS = 3 * 86_400_000 - 3_600_000;
const UPLOAD_TIMEOUT_MS = 120_000;
const MAX_UPLOADS = 4;
/** What WeCom gives in one piece (830002 says that a file is larger). */
const PIECE_BYTES = 20 * 1024 * 1024;
const TOO_LARGE_FOR_ONE = 830_002;

export interface MediaOptions {
  readonly dataDir: string;
  readonly bots: () => ReadonlyMap<string, BotConfig>;
  readonly store: Pick<OutboxStore, 'media' | 'putMedia'>;
  readonly client: AppClient;
  readonly egress: Egress;
  readonly now: () => number;
}

/** Files to WeCom, each content once while WeCom keeps it, and from WeCom. */
export function createMedia(options: MediaOptions): MediaTransfer {
  const { store, client, now } = options;
  const dir = join(options.dataDir, 'spool');
  let uploads = 0;

  function botOf(id: string): BotConfig {
    const bot = options.bots().get(id);
    if (bot === undefined) throw new AppError('BOT_NOT_FOUND', { bot: id });
    return bot;
  }

  /** Who may use a media_id, without giving a credential away. */
  function scopeOf(bot: BotConfig): string {
    if (bot.kind === 'app') return `app/${keyOf(appOf(bot).credentials)}`;
    if (bot.webhook === undefined) throw new AppError('WEBHOOK_MISSING', { bot: bot.id });
    return `robot/${robotKey(bot.webhook)}`;
  }

  async function send(bot: BotConfig, upload: MediaUpload): Promise<string> {
    const { type } = upload;
    if (bot.kind === 'app') {
      const app = appOf(bot);
      return answered(app, (way, token) =>
        uploadMedia(appUploadUrl(way.base, token, type), upload, {
          dispatcher: way.dispatcher,
          timeoutMs: UPLOAD_TIMEOUT_MS,
        }),
      ).then(({ mediaId }) => mediaId);
    }
    const way = egressOf(bot, options.egress);
    const answer = await uploadMedia(robotUploadUrl(readWebhook(bot.webhook ?? ''), type), upload, {
      dispatcher: way.dispatcher(),
      timeoutMs: UPLOAD_TIMEOUT_MS,
    });
    refuse(answer, way.ip());
    return answer.mediaId;
  }

  async function answered<T extends ApiAnswer>(
    app: App,
    make: Parameters<typeof client.call<T>>[1],
  ): Promise<T> {
    const called: Called<T> = await client.call(app, make).catch((error: unknown) => {
      throw error instanceof TokenError ? error.reason : error;
    });
    refuse(called.answer, egressOf(app.bot, options.egress).ip());
    if (called.at === 'token') throw new AppError('INTERNAL');
    return called.answer;
  }

  async function piece(
    bot: BotConfig,
    mediaId: string,
    range?: string,
  ): Promise<MediaDownload | ApiAnswer> {
    const called = await client
      .call(appOf(bot), async (way, token) => {
        const got = await downloadMedia(way, token, mediaId, range);
        return 'errcode' in got
          ? got
          : { errcode: 0, errmsg: '', fromIp: null, fields: {}, file: got };
      })
      .catch((error: unknown) => {
        throw error instanceof TokenError ? error.reason : error;
      });
    const { answer } = called;
    if ('file' in answer && answer.file !== undefined) return answer.file;
    return { fields: {}, ...answer };
  }

  async function need(bot: BotConfig, mediaId: string, range: string): Promise<MediaDownload> {
    const got = await piece(bot, mediaId, range);
    if (!('errcode' in got)) return got;
    refuse(got, null);
    throw new AppError('WECOM_ANSWER_INVALID', { status: 200 });
  }

  /** A file that is too large for one answer, piece after piece as one stream. */
  async function inPieces(bot: BotConfig, mediaId: string): Promise<MediaDownload> {
    const first = await need(bot, mediaId, `bytes=0-${PIECE_BYTES - 1}`);
    const total = Number(/\/(\d+)$/.exec(first.contentRange ?? '')?.[1] ?? Number.NaN);
    if (!Number.isSafeInteger(total)) {
      first.body.destroy();
      throw new AppError('WECOM_ANSWER_INVALID', { status: first.status });
    }
    async function* pieces(): AsyncGenerator<Buffer> {
      yield* first.body as AsyncIterable<Buffer>;
      for (let from = PIECE_BYTES; from < total; from += PIECE_BYTES) {
        const to = Math.min(total, from + PIECE_BYTES) - 1;
        const next = await need(bot, mediaId, `bytes=${from}-${to}`);
        yield* next.body as AsyncIterable<Buffer>;
      }
    }
    const body = Readable.from(pieces(), { objectMode: false });
    return { ...first, status: 200, contentRange: null, length: total, body };
  }

  async function upload(
    id: string,
    input: Parameters<MediaTransfer['upload']>[1],
  ): Promise<MediaUploaded> {
    const bot = botOf(id);
    const limit = mediaLimit(bot, input.type);
    const scope = scopeOf(bot);
    const file = await spool(dir, input.body, limit);
    try {
      checkMedia(input.type, file.size, file.head);
      // The name is what users see, so that the same bytes under another name are another file.
      const digest = `${input.type}/${file.digest}/${input.name}`;
      const known = store.media(scope, digest, now());
      if (known !== null) return { ...known, cached: true };
      const { type, name } = input;
      const mediaId = await send(bot, { type, name, size: file.size, open: () => file.open() });
      const media = { mediaId, expiresAt: now() + LIFE_MS };
      await store.putMedia(scope, digest, media);
      return { ...media, cached: false };
    } finally {
      await file.remove();
    }
  }

  return {
    async upload(bot, input) {
      if (uploads >= MAX_UPLOADS)
        throw new AppError('BUSY', { retryAfterMs: 1_000, limit: MAX_UPLOADS });
      uploads += 1;
      try {
        return await upload(bot, input);
      } finally {
        uploads -= 1;
      }
    },
    async download(id, mediaId, range) {
      const bot = botOf(id);
      if (bot.kind !== 'app') throw new AppError('SEND_NOT_SUPPORTED', { bot: id, kind: bot.kind });
      const got = await piece(bot, mediaId, range);
      if (!('errcode' in got)) return got;
      if (got.errcode === TOO_LARGE_FOR_ONE && range === undefined) return inPieces(bot, mediaId);
      refuse(got, egressOf(bot, options.egress).ip());
      throw new AppError('WECOM_ANSWER_INVALID', { status: 200 });
    },
  };
}

/** Throws WeCom's refusal as WECOM_REFUSED {errcode} or UNTRUSTED_IP {ip}. */
function refuse(answer: { errcode: number; fromIp: string | null }, knownIp: string | null): void {
  const error = refusalOf(answer, knownIp);
  if (error !== null) throw new AppError(error.code, error.params);
}
