import type { Readable } from 'node:stream';

/** Longest callback body that is read. WeCom's own are below 20 KiB. */
export const MAX_BODY_BYTES = 1 << 20;

/**
 * Reads a request's body; null where it is longer than `limit`, and the rest stays unread then. Rejects when the stream
 * breaks off before its end.
 */
export function readBody(stream: Readable, limit: number = MAX_BODY_BYTES): Promise<Buffer | null> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const finish = (settle: () => void): void => {
      stream.off('data', onData);
      stream.off('end', onEnd);
      stream.off('error', onError);
      stream.off('close', onClose);
      settle();
    };
    const onData = (chunk: Buffer): void => {
      size += chunk.length;
      if (size <= limit) chunks.push(chunk);
      else
        finish(() => {
          stream.pause();
          resolve(null);
        });
    };
    const onEnd = (): void =>
      finish(() => {
        const [only] = chunks;
        resolve(chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks));
      });
    const onError = (error: Error): void => finish(() => reject(error));
    const onClose = (): void => finish(() => reject(new Error('request broke off')));
    stream.on('data', onData);
    stream.on('end', onEnd);
    stream.on('error', onError);
    stream.on('close', onClose);
  });
}
