import type { MediaType } from '../../common/domain/media.ts';
import { PassThrough, pipeline, Readable } from 'node:stream';
import { request, type Dispatcher } from 'undici';
import { AppError } from '../../common/errors/app-error.ts';
import {
  callApi,
  callError,
  noteStart,
  readAnswer,
  readCapped,
  within,
  type ApiAnswer,
} from './api-call.ts';
import { endpoint, type ApiWay } from './app-sending.ts';

/** What can be uploaded; group robots take `file` and `voice` only. */
export type { MediaType };

export interface MediaUpload {
  readonly type: MediaType;
  /** Shown to users. */
  readonly name: string;
  readonly size: number;
  /** A fresh stream of the file's bytes. */
  open(): Readable;
}

/** Media of one robot lives at the address of its webhook (D91770), the key included. Throws `WEBHOOK_INVALID`. */
export function robotUploadUrl(webhook: URL, type: MediaType): URL {
  const url = new URL(webhook);
  url.pathname = url.pathname.replace(/\/send$/, '/upload_media');
  url.searchParams.set('type', type);
  return url;
}

/** Where an app uploads (D90253). */
export function appUploadUrl(base: string, token: string, type: MediaType): URL {
  return endpoint(base, 'media/upload', { access_token: token, type });
}

/** Uploads one file as multipart/form-data (RFC 7578), streamed. Throws as {@link callApi}. */
export async function uploadMedia(
  url: URL,
  upload: MediaUpload,
  way: Pick<ApiWay, 'dispatcher' | 'timeoutMs'>,
): Promise<ApiAnswer & { readonly mediaId: string }> {
  const boundary = `causeway-${crypto.randomUUID()}`;
  const head = Buffer.from(
    `--${boundary}\r\nContent-Disposition: form-data; name="media"; filename="${fileName(upload.name)}"; ` +
      `filelength=${upload.size}\r\nContent-Type: application/octet-stream\r\n\r\n`,
  );
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`);
  async function* parts(): AsyncGenerator<Buffer> {
    yield head;
    yield* upload.open() as AsyncIterable<Buffer>;
    yield tail;
  }
  const answer = await callApi({
    ...way,
    url,
    method: 'POST',
    headers: {
      'content-type': `multipart/form-data; boundary=${boundary}`,
      'content-length': String(head.length + upload.size + tail.length),
    },
    body: Readable.from(parts(), { objectMode: false }),
  });
  const mediaId = answer.fields['media_id'];
  if (answer.errcode === 0 && typeof mediaId !== 'string') {
    throw new AppError('WECOM_ANSWER_INVALID', { status: 200 });
  }
  return { ...answer, mediaId: typeof mediaId === 'string' ? mediaId : '' };
}

/** Quotes and line ends would end the header's value; browsers write them so too (WHATWG, multipart/form-data). */
function fileName(name: string): string {
  return name.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

/** A file of WeCom as it arrives. The body has to be read or destroyed. */
export interface MediaDownload {
  readonly status: 200 | 206;
  readonly contentType: string;
  /** As WeCom names it; null where it does not. */
  readonly disposition: string | null;
  readonly length: number | null;
  readonly contentRange: string | null;
  readonly body: Readable;
}

/**
 * Fetches media (D90254), or the bytes `range` of it (`bytes=a-b`). Resolves with WeCom's refusal where it answers with JSON
 * instead of the file. Throws as {@link callApi}.
 */
export async function downloadMedia(
  way: ApiWay,
  token: string,
  mediaId: string,
  range?: string,
): Promise<MediaDownload | ApiAnswer> {
  const progress = { started: false };
  const time = new AbortController();
  let response: Dispatcher.ResponseData;
  try {
    const url = endpoint(way.base, 'media/get', { access_token: token, media_id: mediaId });
    const headers = range === undefined ? {} : { range };
    const dispatcher = way.dispatcher.compose(noteStart(progress));
    const work = request(url, { headers, dispatcher, signal: time.signal });
    response = await within(way.timeoutMs, time, work);
  } catch (error) {
    throw callError(error, progress.started);
  }
  const { statusCode: status, headers, body } = response;
  const contentType = one(headers['content-type']) ?? 'application/octet-stream';
  const disposition = one(headers['content-disposition']);
  if (status === 200 && /^(application\/json|text\/plain)\b/i.test(contentType) && !disposition) {
    const bytes = await readCapped(body);
    const answer = bytes === null ? null : readAnswer(bytes);
    if (answer === null || answer.errcode === 0) {
      throw new AppError('WECOM_ANSWER_INVALID', { status });
    }
    return answer;
  }
  if (status !== 200 && status !== 206) {
    await body.dump({ limit: 65_536 }).catch(() => undefined);
    throw new AppError('WECOM_ANSWER_INVALID', { status });
  }
  // A stream of its own, because undici's reports an early end as an unhandled error where nobody listens any more.
  const file = new PassThrough();
  pipeline(body, file, () => undefined);
  const length = Number(one(headers['content-length']) ?? Number.NaN);
  return {
    status,
    contentType,
    disposition,
    length: Number.isSafeInteger(length) ? length : null,
    contentRange: one(headers['content-range']),
    body: file,
  };
}

function one(value: string | string[] | undefined): string | null {
  return (Array.isArray(value) ? value[0] : value) ?? null;
}
