import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { compressedHeaders, shouldCompress } from '../compression.ts';
import { CALLBACK_PATH } from '../ingress/address.ts';
import type { CompressionConfig } from '../types.ts';

const gzipBuffer = promisify(gzip);

/** Compresses answers of the management port, but never a callback's: WeCom reads exactly what was encrypted. */
export function compressAnswers(
  app: FastifyInstance,
  options: {
    readonly compression: () => CompressionConfig | undefined;
    readonly onCompressed: () => void;
  },
): void {
  app.addHook('onSend', async (request, reply, payload) => {
    const config = options.compression();
    if (config === undefined || request.url.startsWith(CALLBACK_PATH)) return payload;
    if (typeof payload !== 'string' && !Buffer.isBuffer(payload)) return payload;
    const asked = {
      method: request.method,
      acceptEncoding: request.headers['accept-encoding'],
    };
    const headers = { ...reply.getHeaders(), 'content-length': Buffer.byteLength(payload) };
    if (!shouldCompress(config, asked, { status: reply.statusCode, headers })) return payload;
    options.onCompressed();
    const body = await gzipBuffer(payload, { level: config.level });
    void reply.headers(compressedHeaders(reply.getHeaders())).header('content-length', body.length);
    return body;
  });
}
