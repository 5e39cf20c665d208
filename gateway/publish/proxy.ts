import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http2';
import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { AppError } from '../../common/errors/app-error.ts';
import { compressedHeaders, gzip, shouldCompress } from '../compression.ts';
import { beforeSending, reasonOf, unreachableError } from '../delivery/call-result.ts';
import type { Balancer, Lease, Unavailable } from '../delivery/balancing/balancer.ts';
import { isFaulty } from '../delivery/http-call.ts';
import type { Endpoint } from '../delivery/pool/target.ts';
import type { CompressionConfig, TunnelStream } from '../types.ts';
import { GoneError, LateError, call, type ReceivedFields, type Sink } from './call.ts';
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
 * to the next target. `source` is its body, null for none. Resolves when the response has come; a rejection after the response's
 * head leaves it to the caller to break the stream off. Throws TARGET_UNREACHABLE {target, reason}, TARGET_ADDRESS_REFUSED
 * {target}, TARGET_TIMEOUT {target, ms} before the head.
 */
export async function proxy(
  stream: TunnelStream,
  headers: IncomingHttpHeaders,
  source: Readable | null,
  match: { readonly service: Service; readonly path: string },
  deps: ProxyDeps,
): Promise<Proxied> {
  const { service } = match;
  const body = source === null ? noBody : createBody(source);
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
      };
      const status = await call(endpoint.connections.pool, request, {
        timeoutMs: service.timeoutMs,
        onGone: (listener) => stream.onClose(listener),
        onHead: (code, fields) => answer(stream, headers, { status: code, fields }, lease, deps),
      });
      lease.end(verdictOf(lease, status));
      return { status };
    } catch (error) {
      if (stream.headersSent || error instanceof GoneError) {
        lease.end('none');
        throw error;
      }
      lease.end('failed');
      const isLate = error instanceof LateError;
      failure = isLate
        ? new AppError('TARGET_TIMEOUT', { target: target.id, ms: service.timeoutMs })
        : unreachableError(target.id, reasonOf(error));
      target.failure = { at: deps.now(), error: failure.toInfo() };
      const repeatable = idempotent.has(method(headers)) && source === null && !isLate;
      if (body.started || !(beforeSending(error) || repeatable)) throw failure;
    }
  }
}

function verdictOf({ target }: Lease, status: number): 'ok' | 'failed' {
  return isFaulty(target, status) ? 'failed' : 'ok';
}

/** Sends a response's head; returns where its body goes. */
function answer(
  stream: TunnelStream,
  headers: IncomingHttpHeaders,
  { status, fields: received }: { readonly status: number; readonly fields: ReceivedFields },
  lease: Lease,
  deps: ProxyDeps,
): Sink | null {
  const verdict = verdictOf(lease, status);
  lease.report(verdict);
  lease.target.healthy = verdict === 'ok';
  if (verdict === 'ok') lease.target.failure = null;
  const compression = deps.compression();
  const fields = responseHeaders(received);
  if (method(headers) === 'HEAD' || status === 204 || status === 304) {
    stream.outlet().respond({ ':status': status, ...fields }, { endStream: true });
    return null;
  }
  if (compression?.enabled === true && mayCompress(headers, status, fields, compression)) {
    deps.onCompressed();
    const duplex = stream.duplex();
    // Who waits for the answer hears of its end.
    duplex.on('error', () => undefined);
    duplex.respond({ ':status': status, ...compressedHeaders(fields) });
    const compressor = gzip(compression, fields['content-length'] === undefined);
    compressor.on('error', (error) => duplex.destroy(error));
    duplex.once('close', () => compressor.destroy());
    compressor.pipe(duplex);
    return compressor;
  }
  fields[':status'] = status;
  const outlet = stream.outlet();
  outlet.respond(fields);
  return outlet;
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

/** Of a request that has none. */
const noBody = { started: false, next: () => null };

/** The request's body for one target after the other, until one has begun to read it. */
function createBody(source: Readable) {
  let started = false;
  async function* read(): AsyncGenerator<Buffer> {
    started = true;
    // Whoever stops reading must not end the stream: the response leaves on it.
    for await (const chunk of source.iterator({ destroyOnReturn: false })) yield chunk as Buffer;
  }
  return {
    get started() {
      return started;
    },
    next: () => read() as unknown as Readable,
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
