import { randomUUID } from 'node:crypto';
import { PassThrough } from 'node:stream';
import type { MediaUpload, UploadedMedia } from '../../../common/domain/media.ts';
import { AppError } from '../../../common/errors/app-error.ts';
import type { Gateway } from '../../../gateway/index.ts';
import type { Handlers } from './dispatcher.ts';

/** Uploads that may be open at once; the gateway passes on as many. */
const MAX_OPEN = 4;
/** A console that has gone leaves its upload; it is given up after this long without a piece, milliseconds. */
const IDLE_MS = 60_000;
/** What may lie here before the gateway has written it to its spool, bytes. */
const BUFFER_BYTES = 1 << 20;

interface Upload {
  readonly size: number;
  readonly body: PassThrough;
  readonly result: Promise<UploadedMedia>;
  received: number;
  idle: NodeJS.Timeout | undefined;
}

type UploadHandlers = Pick<
  Handlers,
  'media.begin' | 'media.append' | 'media.finish' | 'media.abort'
>;

/** Files that consoles send in pieces, for transports that carry nothing but JSON. */
export interface Uploads {
  readonly handlers: UploadHandlers;
  /** Gives up what is open. */
  stop(): void;
}

/** Passes each piece on to the gateway as it comes, so that no whole file lies in memory. */
export function createUploads(gateway: Pick<Gateway, 'media'>): Uploads {
  const open = new Map<string, Upload>();

  function close(id: string, upload: Upload): void {
    clearTimeout(upload.idle);
    open.delete(id);
  }

  function abort(id: string, upload: Upload): void {
    close(id, upload);
    upload.body.destroy(new AppError('MEDIA_REFUSED', { reason: 'given up' }));
  }

  function touch(id: string, upload: Upload): void {
    clearTimeout(upload.idle);
    upload.idle = setTimeout(() => abort(id, upload), IDLE_MS);
    upload.idle.unref();
  }

  function find(id: string): Upload {
    const upload = open.get(id);
    if (upload === undefined) throw new AppError('NOT_FOUND', { kind: 'upload', id });
    return upload;
  }

  function begin({ bot, type, name, size }: MediaUpload): { upload: string } {
    if (open.size >= MAX_OPEN) throw new AppError('BUSY', { limit: MAX_OPEN });
    const body = new PassThrough({ highWaterMark: BUFFER_BYTES });
    // Its reader is told; without one there is nobody to tell.
    body.on('error', () => undefined);
    const result = gateway.media.upload(bot, { type, name, body });
    const id = randomUUID();
    const upload: Upload = { size, body, result, received: 0, idle: undefined };
    open.set(id, upload);
    touch(id, upload);
    // What went wrong is told with the next piece; a body that nobody reads any more would hold it up for ever.
    result.catch(() => body.destroy());
    return { upload: id };
  }

  async function append(id: string, offset: number, data: string): Promise<void> {
    const upload = find(id);
    const bytes = Buffer.from(data, 'base64');
    if (offset !== upload.received || upload.received + bytes.length > upload.size) {
      throw new AppError('CONFLICT', { kind: 'upload', offset: upload.received });
    }
    touch(id, upload);
    upload.received += bytes.length;
    if (upload.body.destroyed) await failure(id, upload);
    if (upload.body.write(bytes)) return;
    await room(upload.body);
    if (upload.body.destroyed) await failure(id, upload);
  }

  /** The reason for which the gateway does not read any more. */
  async function failure(id: string, upload: Upload): Promise<never> {
    close(id, upload);
    await upload.result;
    throw new AppError('MEDIA_REFUSED', { reason: 'given up' });
  }

  async function finish(id: string): Promise<UploadedMedia> {
    const upload = find(id);
    if (upload.received !== upload.size) {
      throw new AppError('CONFLICT', { kind: 'upload', offset: upload.received });
    }
    close(id, upload);
    upload.body.end();
    return upload.result;
  }

  return {
    handlers: {
      'media.begin': (input) => begin(input),
      'media.append': ({ upload, offset, data }) => append(upload, offset, data),
      'media.finish': ({ upload }) => finish(upload),
      'media.abort': ({ upload }) => {
        const known = open.get(upload);
        if (known !== undefined) abort(upload, known);
      },
    },
    stop() {
      for (const [id, upload] of open) abort(id, upload);
    },
  };
}

/** Resolves when the body takes more, or nobody reads it any more. */
function room(body: PassThrough): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      body.off('drain', done).off('close', done);
      resolve();
    };
    body.on('drain', done).on('close', done);
  });
}
