import { createServer, type IncomingMessage } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http2';
import type { Duplex, Readable } from 'node:stream';
import type { Logger } from '../../common/domain/log.ts';
import { errorCode } from '../../common/http2/errors.ts';
import { header, UPGRADE_AUTHORITY } from '../../common/tunnel/protocol.ts';
import { defectFields } from '../defect.ts';
import type { TunnelDuplex, TunnelStream } from '../types.ts';
import { CALLBACK_PATH } from './address.ts';
import { refuse, type Answer } from './answer.ts';
import { MAX_BODY_BYTES, readBody } from './body.ts';
import type { Pipeline } from './pipeline.ts';
import { createTracker } from './tracker.ts';
import { heldTime, newTrace, traceOf, tunnelTime } from './trace.ts';

const HEALTH_PATH = '/api/health';
/** How long a request's body, or the head of an upgrade, may keep still; milliseconds. */
const READ_MS = 10_000;

/** Requests that come through the tunnel: callbacks, health, upgrades, published services; never the management API. */
export interface TunnelDoor {
  /** `body` is null where it is the stream's own. */
  handleStream(stream: TunnelStream, headers: IncomingHttpHeaders, body: Readable | null): void;
  /** From now on every new stream is refused before it is processed (RFC 9113 §8.7: it may be sent elsewhere). */
  shut(): void;
  idle(): Promise<void>;
  close(): void;
}

export function createTunnelDoor(options: {
  readonly pipeline: Pipeline;
  readonly health: () => Answer;
  /** Path of the health check beside `/api/health`. */
  readonly healthPath: () => string | undefined;
  readonly handleUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  /** Published services; returns whether one has taken the request over. */
  readonly publish: (
    stream: TunnelStream,
    headers: IncomingHttpHeaders,
    body: Readable | null,
  ) => boolean;
  readonly log: Logger;
  readonly now: () => number;
}): TunnelDoor {
  const { pipeline, log, now } = options;
  const tracker = createTracker();
  let shut = false;

  // Never listens: it reads the HTTP/1.1 that CONNECT streams carry.
  const upgrades = createServer((_request, response) => {
    const answer = refuse(404, 'NOT_FOUND', { connection: 'close' });
    if (answer.kind === 'respond')
      response.writeHead(answer.status, answer.headers).end(answer.body);
  });
  const headTimers = new WeakMap<Duplex, NodeJS.Timeout>();
  upgrades.on('upgrade', (request, socket, head) => {
    clearTimeout(headTimers.get(socket));
    options.handleUpgrade(request, socket, head);
  });
  upgrades.on('clientError', (_error, socket) => socket.destroy());

  const isHealth = (path: string): boolean => path === HEALTH_PATH || path === options.healthPath();

  /** What no published service may take away. */
  function isOwn(headers: IncomingHttpHeaders): boolean {
    const [path = ''] = (headers[':path'] ?? '/').split('?');
    return path === CALLBACK_PATH || path.startsWith(`${CALLBACK_PATH}/`) || isHealth(path);
  }

  function carry(stream: TunnelStream): void {
    const socket = asSocket(stream.duplex());
    socket.on('error', () => undefined);
    socket.respond({ ':status': 200, [header.source]: 'agent' });
    // A server that does not listen does not watch over its own timeouts.
    const timer = setTimeout(() => stream.close(errorCode.CANCEL), READ_MS);
    headTimers.set(socket, timer);
    stream.onClose(() => clearTimeout(timer));
    upgrades.emit('connection', socket);
  }

  async function callback(
    stream: TunnelStream,
    headers: IncomingHttpHeaders,
    source: Readable | null,
    startedAt: number,
  ): Promise<Answer> {
    const body =
      source === null
        ? await stream.readBody(MAX_BODY_BYTES, READ_MS)
        : await readDecoded(stream, source);
    const heldSince = heldTime(headers[header.heldSince], now());
    return pipeline.handle({
      method: headers[':method'] ?? 'GET',
      target: headers[':path'] ?? '/',
      headers,
      body,
      trace: traceOf(headers[header.trace]) ?? newTrace(),
      // The time of a held one is no time on the way.
      tunnelMs: heldSince === null ? tunnelTime(headers[header.receivedAt], now()) : null,
      heldSince,
      // The relay's word: it lets no such field of a client through.
      client: headers['x-forwarded-for']?.toString() ?? null,
      startedAt,
    });
  }

  async function answerFor(
    stream: TunnelStream,
    headers: IncomingHttpHeaders,
    body: Readable | null,
    startedAt: number,
  ): Promise<Answer> {
    const target = headers[':path'] ?? '/';
    const [path = ''] = target.split('?');
    if (path === CALLBACK_PATH || path.startsWith(`${CALLBACK_PATH}/`)) {
      return callback(stream, headers, body, startedAt);
    }
    if (isHealth(path) && headers[':method'] === 'GET') return options.health();
    return refuse(404, 'NOT_FOUND');
  }

  async function serve(
    stream: TunnelStream,
    headers: IncomingHttpHeaders,
    body: Readable | null,
  ): Promise<void> {
    const startedAt = performance.now();
    const leave = tracker.enter();
    stream.onClose(leave);
    if (headers[':method'] === 'CONNECT' && headers[':authority'] === UPGRADE_AUTHORITY) {
      leave();
      carry(stream);
      return;
    }
    if (!isOwn(headers) && options.publish(stream, headers, body)) return;
    try {
      send(stream, await answerFor(stream, headers, body, startedAt), startedAt);
    } catch (error) {
      // The peer broke off, or a defect: either way there is nothing to say.
      if (!stream.closed) log.debug(defectFields(error), 'stream given up');
      stream.close(errorCode.INTERNAL_ERROR);
    }
  }

  return {
    handleStream(stream, headers, body) {
      if (shut) {
        stream.close(errorCode.REFUSED_STREAM);
        return;
      }
      void serve(stream, headers, body);
    },
    shut: () => {
      shut = true;
    },
    idle: () => tracker.idle(),
    close: () => void upgrades.close(),
  };
}

function send(stream: TunnelStream, answer: Answer, startedAt: number): void {
  if (stream.closed) return;
  if (answer.kind === 'drop') {
    stream.close(errorCode.INTERNAL_ERROR);
    return;
  }
  const { connection: _hopByHop, ...headers } = answer.headers;
  const fields = {
    ':status': answer.status,
    ...headers,
    [header.timing]: `gateway;dur=${(performance.now() - startedAt).toFixed(3)}`,
  };
  stream.answer(fields, answer.body);
}

/** The same of a body that was coded on its way. */
async function readDecoded(stream: TunnelStream, source: Readable): Promise<Buffer | null> {
  const timer = setTimeout(() => stream.close(errorCode.CANCEL), READ_MS);
  try {
    return await readBody(source);
  } finally {
    clearTimeout(timer);
  }
}

/** A stream with the few methods of a socket that `node:http` and `ws` call and streams do not have. */
function asSocket(stream: TunnelDuplex): TunnelDuplex {
  return Object.assign(stream, {
    setNoDelay: () => stream,
    setKeepAlive: () => stream,
    destroySoon: () => stream.end(),
  });
}
