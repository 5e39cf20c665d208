import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http2';
import type { Readable, Writable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { AppError } from '../../common/errors/app-error.ts';
import { compressedHeaders, gzip, shouldCompress } from '../compression.ts';
import { beforeSending, reasonOf, unreachableError } from '../delivery/call-result.ts';
import type { Balancer, Lease, Unavailable } from '../delivery/balancing/balancer.ts';
import { isFaulty } from '../delivery/http-call.ts';
import type { Endpoint } from '../delivery/pool/target.ts';
import type { CompressionConfig, TunnelDuplex } from '../types.ts';
import { GoneError, LateError, call, type ReceivedFields } from './call.ts';
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
 * to the next target. Resolves when the response has come. Throws TARGET_UNREACHABLE {target, reason}, TARGET_ADDRESS_REFUSED
 * {target}, TARGET_TIMEOUT {target, ms} before the response's head.
 */
export async function proxy(
  stream: TunnelDuplex,
  headers: IncomingHttpHeaders,
  source: Readable,
  match: { readonly service: Service; readonly path: string },
  deps: ProxyDeps,
): Promise<Proxied> {
  const { service } = match;
  const body = createBody(stream.endAfterHeaders, source);
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
    const { endpoint } = target;
    try {
      const request = {
        method: method(headers),
        path: join(endpoint, match.path),
        headers: requestHeaders(headers, endpoint.authorization),
        body: body.next(),
        timeoutMs: service.timeoutMs,
      };
      const status = await call(endpoint.connections.pool, request, stream, (code, fields) =>
        answer(stream, headers, { status: code, fields }, lease, deps),
      );
      lease.end(verdictOf(lease, status));
      return { status };
    } catch (error) {
      if (stream.headersSent || error instanceof GoneError) {
        lease.end('none');
        // The client must not take what it has for the whole.
        stream.destroy(new Error('broken off'));
        throw error;
      }
      lease.end('failed');
      const isLate = error instanceof LateError;
      failure = isLate
        ? new AppError('TARGET_TIMEOUT', { target: target.id, ms: service.timeoutMs })
        : unreachableError(target.id, reasonOf(error));
      target.failure = { at: deps.now(), error: failure.toInfo() };
      const repeatable = idempotent.has(method(headers)) && body.empty && !isLate;
      if (body.started || !(beforeSending(error) || repeatable)) throw failure;
    }
  }
}

function verdictOf({ target }: Lease, status: number): 'ok' | 'failed' {
  return isFaulty(target, status) ? 'failed' : 'ok';
}

/** Sends a response's head; returns where its body goes. */
function answer(
  stream: TunnelDuplex,
  headers: IncomingHttpHeaders,
  { status, fields: received }: { readonly status: number; readonly fields: ReceivedFields },
  lease: Lease,
  deps: ProxyDeps,
): Writable | null {
  const verdict = verdictOf(lease, status);
  lease.report(verdict);
  lease.target.healthy = verdict === 'ok';
  if (verdict === 'ok') lease.target.failure = null;
  const compression = deps.compression();
  const fields = responseHeaders(received);
  if (method(headers) === 'HEAD' || status === 204 || status === 304) {
    stream.respond({ ':status': status, ...fields }, { endStream: true });
    return null;
  }
  if (compression?.enabled === true && mayCompress(headers, status, fields, compression)) {
    deps.onCompressed();
    stream.respond({ ':status': status, ...compressedHeaders(fields) });
    const compressor = gzip(compression, fields['content-length'] === undefined);
    compressor.on('error', (error) => stream.destroy(error));
    stream.once('close', () => compressor.destroy());
    compressor.pipe(stream);
    return compressor;
  }
  fields[':status'] = status;
  stream.respond(fields);
  return stream;
}

function mayCompress(
  headers: IncomingHttpHeaders,
  status: number,
  fields: OutgoingHttpHeaders,
  compression: CompressionConfig,
): boolean {
  const accepted = headers['accept-encoding'];
  const acceptEncoding = Array.isArray(accepted) ? accepted.join(',') : accepted;
  const request = { method: method(headers), acceptEncoding };
  return shouldCompress(compression, request, { status, headers: fields });
}

/** The request's body for one target after the other, until one has begun to read it. */
function createBody(empty: boolean, source: Readable) {
  let started = false;
  async function* read(): AsyncGenerator<Buffer> {
    started = true;
    // Whoever stops reading must not end the stream: the response leaves on it.
    for await (const chunk of source.iterator({ destroyOnReturn: false })) yield chunk as Buffer;
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

/** The target's own path in front. */
export function join(endpoint: Pick<Endpoint, 'path'>, path: string): string {
  const [base = ''] = endpoint.path.split('?', 1);
  return `${base.replace(/\/+$/, '')}${path}`;
}
