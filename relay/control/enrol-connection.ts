import type { ServerHttp2Stream } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import { AppError, toErrorInfo } from '../../common/errors/app-error.ts';
import type { Logger } from '../../common/domain/log.ts';
import { channelBinding, PickupRequest } from '../../common/tunnel/auth-file.ts';
import { EnrolRequest, type EnrolResponse } from '../../common/tunnel/control.ts';
import { controlPath } from '../../common/tunnel/protocol.ts';
import type { AuthFiles } from '../auth-files.ts';
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
  readonly authFiles: Pick<AuthFiles, 'pickUp'>;
  readonly rateLimit: RateLimit;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly now: () => number;
}

/** Serves a connection that may only enrol, or pick up what an auth file was approved for. */
export function serveEnrol(socket: TLSSocket, address: string, deps: EnrolDeps): void {
  // Before HTTP/2 takes the connection over.
  const binding = bindingOf(socket);
  const calls: Readonly<Record<string, EnrolCall>> = {
    [controlPath.enrol]: async (stream) => {
      const response = await enrol(await readJson(stream, EnrolRequest), { ...deps, address });
      deps.log.info(
        { device: response.deviceId, tunnel: response.tunnel, address },
        'device enrolled',
      );
      return response;
    },
    [controlPath.pickup]: async (stream) => {
      const request = await readJson(stream, PickupRequest);
      const response = await deps.authFiles.pickUp(request, binding);
      deps.log.info({ device: response.deviceId, address }, 'device picked its certificate up');
      return response;
    },
  };
  const session = serveSession(socket);
  const timer = setTimeout(() => closeSession(session, socket), MAX_LIFE);
  session.once('close', () => clearTimeout(timer));
  session.on('stream', (stream, headers) => {
    stream.on('error', () => undefined);
    const call = headers[':method'] === 'POST' ? calls[pathOf(headers)] : undefined;
    if (call === undefined) {
      sendError(stream, new AppError('UNKNOWN_CALL'));
      return;
    }
    const wait = deps.rateLimit.take(address);
    if (wait > 0) {
      deps.metrics.enrolments.inc({ result: 'RATE_LIMITED' });
      sendError(stream, new AppError('RATE_LIMITED', { seconds: Math.ceil(wait / 1000) }), {
        retryAfterMs: wait,
      });
      return;
    }
    void answer(call, stream, address, deps);
  });
}

type EnrolCall = (stream: ServerHttp2Stream) => Promise<EnrolResponse>;

async function answer(
  call: EnrolCall,
  stream: ServerHttp2Stream,
  address: string,
  deps: EnrolDeps,
): Promise<void> {
  const { metrics, log } = deps;
  try {
    const response = await call(stream);
    metrics.enrolments.inc({ result: 'ok' });
    sendJson(stream, response);
  } catch (thrown) {
    const { code } = toErrorInfo(thrown);
    metrics.enrolments.inc({ result: code });
    if (code === 'INTERNAL') log.error({ err: thrown, address }, 'enrolment failed');
    else if (code === 'ENROLMENT_PENDING') log.debug({ address }, 'enrolment not decided yet');
    else log.warn({ code, address }, 'enrolment refused');
    sendError(stream, thrown);
  }
}

/** What both ends, and nobody else, can derive from the connection's keys (RFC 9266), base64. */
function bindingOf(socket: TLSSocket): string {
  const { bytes, label } = channelBinding;
  return socket.exportKeyingMaterial(bytes, label, Buffer.alloc(0)).toString('base64');
}
