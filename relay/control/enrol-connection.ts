import type { ServerHttp2Stream } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import { AppError, toErrorInfo } from '../../common/errors/app-error.ts';
import type { Logger } from '../../common/domain/log.ts';
import { EnrolRequest } from '../../common/tunnel/control.ts';
import { controlPath } from '../../common/tunnel/protocol.ts';
import type { Authority } from '../ca/authority.ts';
import type { Metrics } from '../metrics.ts';
import type { Store } from '../store/index.ts';
import { enrol } from './enrolment.ts';
import { pathOf, readJson, sendError, sendJson } from './exchange.ts';
import type { RateLimit } from './rate-limit.ts';
import { closeSession, serveSession } from './server-session.ts';

/** A device that enrols needs one request; whatever takes longer is not one. */
const MAX_LIFE = 30_000;

export interface EnrolDeps {
  readonly store: Store;
  readonly authority: Authority;
  readonly rateLimit: RateLimit;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly now: () => number;
}

/** Serves a connection that may only enrol. */
export function serveEnrol(socket: TLSSocket, deps: EnrolDeps): void {
  const address = socket.remoteAddress ?? '';
  const session = serveSession(socket);
  const timer = setTimeout(() => closeSession(session, socket), MAX_LIFE);
  session.once('close', () => clearTimeout(timer));
  session.on('stream', (stream, headers) => {
    stream.on('error', () => undefined);
    if (pathOf(headers) !== controlPath.enrol || headers[':method'] !== 'POST') {
      sendError(stream, new AppError('UNKNOWN_CALL'));
      return;
    }
    const wait = deps.rateLimit.take(address);
    if (wait > 0) {
      deps.metrics.enrolments.inc({ result: 'RATE_LIMITED' });
      sendError(stream, new AppError('RATE_LIMITED', { seconds: Math.ceil(wait / 1000) }), wait);
      return;
    }
    void answer(stream, address, deps);
  });
}

async function answer(stream: ServerHttp2Stream, address: string, deps: EnrolDeps): Promise<void> {
  const { metrics, log } = deps;
  try {
    const response = await enrol(await readJson(stream, EnrolRequest), { ...deps, address });
    metrics.enrolments.inc({ result: 'ok' });
    log.info({ device: response.deviceId, tunnel: response.tunnel, address }, 'device enrolled');
    sendJson(stream, response);
  } catch (thrown) {
    const { code } = toErrorInfo(thrown);
    metrics.enrolments.inc({ result: code });
    if (code === 'INTERNAL') log.error({ err: thrown, address }, 'enrolment failed');
    else log.warn({ code, address }, 'enrolment refused');
    sendError(stream, thrown);
  }
}
