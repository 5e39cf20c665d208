import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { constants } from 'node:http2';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Dispatcher } from 'undici';
import { AppError } from '../../common/errors/app-error.ts';
import { compressedHeaders, gzip, shouldCompress } from '../compression.ts';
import { beforeSending, reasonOf, unreachableError } from '../delivery/call-result.ts';
import type { Balancer, Lease, Unavailable } from '../delivery/balancing/balancer.ts';
import { isFaulty } from '../delivery/http-call.ts';
import type { Endpoint } from '../delivery/pool/target.ts';
import type { CompressionConfig } from '../types.ts';
import { requestHeaders, responseHeaders } from './headers.ts';
import type { Service } from './services.ts';

/** Methods that may be sent twice (RFC 9110 §9.2.2). */
const idempotent: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);

export interface ProxyDeps {
  readonly balancer: Balancer;
  readonly compression: () => CompressionConfig | undefined;
  readonly onCompressed: () => void;
  readonly now: () => number;
}

/** What a published request came to. */
export interface Proxied {
  readonly status: number;
}

/**
 * Sends one request of the tunnel to a target of a service and its response back, both as they come: neither body is held in
 * memory, and each side waits for the other. A request that certainly reached nobody, or that may be repeated and has no body, goes
 * to the next target. Resolves when the response has ended. Throws TARGET_UNREACHABLE {target, reason}, TARGET_ADDRESS_REFUSED {target}, TARGET_TIMEOUT
 * {target, ms} before the response's head.
 */
export async function proxy(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  match: { readonly service: Service; readonly path: string },
  deps: ProxyDeps,
): Promise<Proxied> {
  const { service } = match;
  const gone = new AbortController();
  const leave = (): void => gone.abort();
  stream.once('close', leave);
  const body = createBody(stream);
  const tried = new Set<string>();
  let failure: AppError | null = null;
  for (;;) {
    const lease = deps.balancer.choose(service.group, null, tried);
    if (typeof lease === 'string') throw failure ?? unavailable(service, lease);
    const { target } = lease;
    if (failure !== null && !deps.balancer.mayRetry(service.group)) {
      lease.end('none');
      throw failure;
    }
    tried.add(target.id);
    if (target.endpoint === null) {
      lease.end('none');
      throw new AppError('TARGET_UNREACHABLE', { target: target.id, reason: 'websocket' });
    }
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), service.timeoutMs);
    try {
      const response = await target.endpoint.connections.pool.request({
        method: method(headers),
        path: join(target.endpoint, match.path),
        headers: requestHeaders(headers, credentials(target.endpoint, headers)),
        body: body.next(),
        signal: AbortSignal.any([gone.signal, late.signal]),
      });
      clearTimeout(timer);
      await answer(stream, headers, response, lease, deps);
      return { status: response.statusCode };
    } catch (error) {
      clearTimeout(timer);
      if (stream.headersSent || gone.signal.aborted) {
        lease.end('none');
        throw error;
      }
      lease.end('failed');
      failure = late.signal.aborted
        ? new AppError('TARGET_TIMEOUT', { target: target.id, ms: service.timeoutMs })
        : unreachableError(target.id, reasonOf(error));
      target.failure = { at: deps.now(), error: failure.toInfo() };
      const repeatable = idempotent.has(method(headers)) && body.empty && !late.signal.aborted;
      if (body.started || !(beforeSending(error) || repeatable)) throw failure;
    }
  }
}

async function answer(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  response: Dispatcher.ResponseData,
  lease: Lease,
  deps: ProxyDeps,
): Promise<void> {
  const { statusCode, body } = response;
  const verdict = isFaulty(lease.target, statusCode) ? 'failed' : 'ok';
  lease.report(verdict);
  lease.target.healthy = verdict === 'ok';
  if (verdict === 'ok') lease.target.failure = null;
  const compression = deps.compression();
  const acceptEncoding = headers['accept-encoding'];
  const request = {
    method: method(headers),
    acceptEncoding: Array.isArray(acceptEncoding) ? acceptEncoding.join(',') : acceptEncoding,
  };
  const fields = responseHeaders(response.headers);
  const compress = shouldCompress(compression, request, { status: statusCode, headers: fields });
  try {
    if (compress && compression !== undefined) {
      deps.onCompressed();
      stream.respond({ ':status': statusCode, ...compressedHeaders(fields) });
      const live = fields['content-length'] === undefined;
      await pipeline(body as Readable, gzip(compression, live), stream);
    } else if (method(headers) === 'HEAD' || statusCode === 204 || statusCode === 304) {
      stream.respond({ ':status': statusCode, ...fields }, { endStream: true });
      await body.dump();
    } else {
      stream.respond({ ':status': statusCode, ...fields });
      await pipeline(body as Readable, stream);
    }
  } catch (error) {
    // The client must not take what it has for the whole.
    if (!stream.closed) stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    throw error;
  } finally {
    lease.end(verdict);
  }
}

/** The request's body for one target after the other, until one has begun to read it. */
function createBody(stream: ServerHttp2Stream) {
  const empty = stream.endAfterHeaders;
  let started = false;
  async function* read(): AsyncGenerator<Buffer> {
    started = true;
    // Whoever stops reading must not end the stream: the response leaves on it.
    for await (const chunk of stream.iterator({ destroyOnReturn: false })) yield chunk as Buffer;
  }
  return {
    empty,
    get started() {
      return started;
    },
    next: () => (empty ? null : (read() as unknown as Readable)),
  };
}

function unavailable({ group }: Service, reason: Unavailable): AppError {
  return new AppError('TARGET_UNREACHABLE', { target: group.members[0]?.id ?? '', reason });
}

function method(headers: IncomingHttpHeaders): Dispatcher.HttpMethod {
  return headers[':method'] ?? 'GET';
}

/** User and password of the target's URL, where the client sends nothing of its own. */
function credentials(
  endpoint: Endpoint,
  headers: IncomingHttpHeaders,
): Readonly<Record<string, string>> {
  if (endpoint.authorization === null || headers.authorization !== undefined) return {};
  return { authorization: endpoint.authorization };
}

/** The target's own path in front. */
export function join(endpoint: Pick<Endpoint, 'path'>, path: string): string {
  const [base = ''] = endpoint.path.split('?', 1);
  return `${base.replace(/\/+$/, '')}${path}`;
}
