import type { IncomingMessage } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http2';
import type { Duplex, Readable } from 'node:stream';
import type { ServiceFigures } from '../../common/domain/service.ts';
import { AppError, type ErrorInfo } from '../../common/errors/app-error.ts';
import type { Logger } from '../../common/domain/log.ts';
import { errorCode } from '../../common/http2/errors.ts';
import { defectFields } from '../defect.ts';
import type { Balancer } from '../delivery/balancing/balancer.ts';
import { refuse } from '../ingress/answer.ts';
import type { UpstreamMetrics } from '../metrics/upstream.ts';
import { refuseUpgrade } from '../subscribers/subscribers.ts';
import type { CompressionConfig, TunnelStream } from '../types.ts';
import { createServiceFigures } from './figures.ts';
import { proxy, type ProxyDeps } from './proxy.ts';
import type { MatchService, ServiceMatch } from './services.ts';
import { passUpgrade } from './upgrade.ts';

/** Takes requests of the tunnel that ask for a published service. */
export interface Publisher {
  /** Whether a service takes the request; it is answered then. */
  handle(stream: TunnelStream, headers: IncomingHttpHeaders, body: Readable | null): boolean;
  /** The same for an HTTP/1.1 upgrade. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean;
  /** Requests and upgraded connections that are open. */
  readonly open: number;
  /** By service, those that were asked for since the start. */
  figures(): ReadonlyMap<string, ServiceFigures>;
  /** Ends the upgraded connections. */
  close(): void;
}

export function createPublisher(options: {
  readonly match: () => MatchService;
  readonly balancer: Balancer;
  readonly compression: () => CompressionConfig | undefined;
  /** Requests and connections that may be open. */
  readonly maxOpen: () => number;
  readonly metrics: UpstreamMetrics;
  readonly log: Logger;
  readonly now: () => number;
}): Publisher {
  const { balancer, metrics, log } = options;
  const upgraded = new Set<Duplex>();
  const figures = createServiceFigures(options.now);
  let requests = 0;
  const deps: ProxyDeps = {
    balancer,
    compression: options.compression,
    now: options.now,
    onCompressed: () => metrics.compressed.inc({ encoding: 'gzip' }),
  };

  /** What is wrong with a request before any target is asked. */
  function obstacle(match: ServiceMatch): ErrorInfo | null {
    if (match === 'unsafe') return { code: 'BAD_INPUT', params: { field: 'path' } };
    const full = requests + upgraded.size >= options.maxOpen();
    return full ? { code: 'BUSY', params: {} } : null;
  }

  function count(service: string, code: number | string): void {
    metrics.serviceRequests.inc({ service, code: String(code) });
  }

  async function serve(
    stream: TunnelStream,
    headers: IncomingHttpHeaders,
    body: Readable | null,
    match: Exclude<ServiceMatch, 'unsafe' | null>,
  ): Promise<void> {
    const { id } = match.service;
    const seen = figures.of(id);
    const source = stream.endAfterHeaders ? null : bodyOf(stream, body);
    requests += 1;
    seen.begin('open');
    try {
      count(id, (await proxy(stream, headers, source, match, deps)).status);
    } catch (error) {
      if (error instanceof AppError && !stream.headersSent) {
        seen.fail();
        count(id, respondError(stream, error.toInfo()));
        return;
      }
      // Either side broke off in the middle, or a defect: there is nothing to say.
      count(id, 'reset');
      if (!stream.closed) log.debug({ service: id, ...defectFields(error) }, 'request broken off');
      stream.close(errorCode.INTERNAL_ERROR);
    } finally {
      requests -= 1;
      seen.end('open');
    }
  }

  async function upgrade(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    match: Exclude<ServiceMatch, 'unsafe' | null>,
  ): Promise<void> {
    const seen = figures.of(match.service.id);
    upgraded.add(socket);
    seen.begin('sockets');
    socket.once('close', () => {
      upgraded.delete(socket);
      seen.end('sockets');
    });
    try {
      count(match.service.id, await passUpgrade(request, socket, head, match, balancer));
    } catch (error) {
      const info = error instanceof AppError ? error.toInfo() : null;
      seen.fail();
      if (info === null) log.error(defectFields(error), 'upgrade failed');
      count(match.service.id, statusOf(info?.code ?? 'INTERNAL'));
      refuseUpgrade(socket, info?.code ?? 'INTERNAL');
    }
  }

  return {
    handle(stream, headers, body) {
      const match = options.match()(headers[':authority'] ?? headers.host, headers[':path'] ?? '/');
      if (match === null) return false;
      const wrong = obstacle(match);
      if (wrong !== null) respondError(stream, wrong);
      else if (match !== 'unsafe') void serve(stream, headers, body, match);
      return true;
    },
    handleUpgrade(request, socket, head) {
      const match = options.match()(request.headers.host, request.url ?? '/');
      if (match === null) return false;
      socket.on('error', () => socket.destroy());
      const wrong = obstacle(match);
      if (wrong !== null) refuseUpgrade(socket, wrong.code);
      else if (match !== 'unsafe' && !match.service.websocket) {
        count(match.service.id, 403);
        refuseUpgrade(socket, 'FORBIDDEN');
      } else if (match !== 'unsafe') void upgrade(request, socket, head, match);
      return true;
    },
    figures: () => figures.all(),
    get open() {
      return requests + upgraded.size;
    },
    close() {
      for (const socket of upgraded) socket.destroy();
    },
  };
}

function bodyOf(stream: TunnelStream, decoded: Readable | null): Readable {
  const duplex = stream.duplex();
  // Whoever waits for it hears of its end.
  duplex.on('error', () => undefined);
  return decoded ?? duplex;
}

function statusOf(code: ErrorInfo['code']): number {
  if (code === 'TARGET_TIMEOUT') return 504;
  if (code === 'TARGET_UNREACHABLE' || code === 'TARGET_ADDRESS_REFUSED') return 502;
  if (code === 'BAD_INPUT') return 400;
  return code === 'BUSY' ? 503 : 500;
}

/** An answer of our own, so that the client can tell it from the service's. */
function respondError(stream: TunnelStream, info: ErrorInfo): number {
  const status = statusOf(info.code);
  const answer = refuse(status, info.code);
  if (answer.kind === 'respond') {
    stream.answer({ ':status': status, ...answer.headers }, answer.body);
  }
  return status;
}
