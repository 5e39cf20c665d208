import type { ClientHttp2Stream } from 'node:http2';
import { cancelStream } from '../reset.ts';
import type { Exchange, PublicRequest } from './exchange.ts';

/** How a request's body travels. */
export type BodyPlan = 'none' | 'collect' | 'stream';

/** Chooses by what the head says of the body; null when it says more than `bodyBytes`. */
export function planBody(
  request: PublicRequest,
  limits: { readonly collectBytes: number; readonly bodyBytes: number },
): BodyPlan | null {
  if ('stream' in request) {
    if (request.stream.endAfterHeaders) return 'none';
  } else if (
    request.headers['transfer-encoding'] === undefined &&
    request.headers['content-length'] === undefined
  ) {
    return 'none';
  }
  const declared = request.headers['content-length'];
  if (declared === undefined) return 'stream';
  const length = Number(declared);
  if (!Number.isSafeInteger(length) || length > limits.bodyBytes) return null;
  if (length === 0) return 'none';
  return length <= limits.collectBytes ? 'collect' : 'stream';
}

/** The whole of a small body; null when the client went away in the middle. The HTTP parser holds it to its length. */
export function collectBody(exchange: Exchange): Promise<Buffer | null> {
  const { request } = exchange;
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.once('end', () => resolve(exchange.isWhole() ? Buffer.concat(chunks) : null));
    request.once('close', () => resolve(null));
    exchange.onGone(() => resolve(null));
  });
}

/**
 * Copies the body into the tunnel no faster than the other end reads. `onProgress` is called for each piece, `onTooLarge`
 * once more than `limit` bytes have come. A body that breaks off resets the stream.
 */
export function pumpBody(
  exchange: Exchange,
  stream: ClientHttp2Stream,
  limit: number,
  on: { readonly progress: () => void; readonly tooLarge: () => void },
): void {
  const { request } = exchange;
  let size = 0;
  const onData = (chunk: Buffer): void => {
    size += chunk.length;
    on.progress();
    if (size > limit) {
      detach();
      on.tooLarge();
      return;
    }
    if (!stream.write(chunk)) request.pause();
  };
  const onDrain = (): void => {
    on.progress();
    request.resume();
  };
  const onEnd = (): void => {
    detach();
    if (exchange.isWhole()) stream.end();
    else cancelStream(stream);
  };
  const onClose = (): void => {
    detach();
    cancelStream(stream);
  };
  const detach = (): void => {
    request.removeListener('data', onData);
    request.removeListener('end', onEnd);
    request.removeListener('close', onClose);
    stream.removeListener('drain', onDrain);
    // Nobody wants the rest, but it has to be taken off the connection.
    request.resume();
  };
  request.on('data', onData);
  request.once('end', onEnd);
  request.once('close', onClose);
  stream.on('drain', onDrain);
  stream.once('close', detach);
}
