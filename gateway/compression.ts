import { constants, createGzip, type Gzip } from 'node:zlib';
import type { CompressionConfig } from './types.ts';

type Fields = Readonly<Record<string, string | string[] | number | undefined>>;

/** Media types that become smaller; pictures, archives and the like are compressed already. */
const compressible =
  /^(?:text\/(?!event-stream)|application\/(?:json|javascript|xml|x-ndjson|wasm|[\w.+-]+\+(?:json|xml))|image\/svg\+xml)/i;

/** Whether a client takes gzip (RFC 9110 §12.5.3); `*` counts, a weight of 0 does not. */
export function acceptsGzip(acceptEncoding: string | undefined): boolean {
  const offers = (acceptEncoding ?? '').toLowerCase().split(',');
  const weights = new Map(
    offers.map((offer) => {
      const [coding = '', ...parameters] = offer.split(';').map((part) => part.trim());
      const weight = parameters.find((part) => part.startsWith('q='))?.slice(2);
      return [coding, weight === undefined ? 1 : Number(weight)] as const;
    }),
  );
  return (weights.get('gzip') ?? weights.get('*') ?? 0) > 0;
}

/** Whether a response may and should be compressed. */
export function shouldCompress(
  config: CompressionConfig | undefined,
  request: { readonly method: string; readonly acceptEncoding: string | undefined },
  response: { readonly status: number; readonly headers: Fields },
): boolean {
  if (config?.enabled !== true || request.method === 'HEAD') return false;
  const { status, headers } = response;
  if (status < 200 || status === 204 || status === 206 || status === 304) return false;
  if (headers['content-encoding'] !== undefined || headers['content-range'] !== undefined) {
    return false;
  }
  if (!compressible.test(String(headers['content-type'] ?? ''))) return false;
  if (String(headers['cache-control'] ?? '').includes('no-transform')) return false;
  const length = headers['content-length'];
  if (length !== undefined && Number(length) < config.minSize) return false;
  return acceptsGzip(request.acceptEncoding);
}

/** The fields of the response once it is compressed: another representation (RFC 9110 §8.8.1, §12.5.5). */
export function compressedHeaders<V>(
  headers: Readonly<Record<string, V>>,
): Record<string, V | string> {
  const { 'content-length': _length, ...rest } = headers;
  const vary = rest['vary'];
  const etag = rest['etag'];
  return {
    ...rest,
    'content-encoding': 'gzip',
    vary: typeof vary === 'string' && vary !== '' ? `${vary}, accept-encoding` : 'accept-encoding',
    ...(typeof etag === 'string' && etag.startsWith('"') ? { etag: `W/${etag}` } : {}),
  };
}

/** A compressor; what has come in leaves at once where `live`, so that a response that trickles is not held back. */
export function gzip(config: CompressionConfig, live: boolean): Gzip {
  const { Z_SYNC_FLUSH, Z_NO_FLUSH } = constants;
  return createGzip({ level: config.level, flush: live ? Z_SYNC_FLUSH : Z_NO_FLUSH });
}
