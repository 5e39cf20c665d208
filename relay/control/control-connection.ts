import type { X509Certificate } from 'node:crypto';
import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import type { Logger } from '../../common/domain/log.ts';
import { AppError, toErrorInfo } from '../../common/errors/app-error.ts';
import {
  RenewRequest,
  type RegisterRequest,
  type RegisterResponse,
} from '../../common/tunnel/control.ts';
import { controlPath, timing } from '../../common/tunnel/protocol.ts';
import type { ControlLink, Registry } from '../registry/registry.ts';
import { pingable, startPulse } from '../registry/pulse.ts';
import { createEventStream } from './event-stream.ts';
import { pathOf, readJson, sendError, sendJson } from './exchange.ts';
import { peerCertificate, type DeviceIdentity, type Identify } from './identity.ts';
import { drain, heartbeat, Postponed, register, renew, type ControlCall } from './control-calls.ts';
import { probe } from './probe.ts';
import { closeSession, serveSession } from './server-session.ts';

/** A connection on which nobody registers within this time is let go. */
const REGISTER_DEADLINE = 30_000;

export interface ControlDeps {
  readonly identify: Identify;
  readonly registry: Registry;
  /** Persists a new generation and says what a registered device has to know. */
  readonly admit: (device: DeviceIdentity, request: RegisterRequest) => RegisterResponse;
  /** Signs and stores a new certificate for the device. Throws `CSR_INVALID`, `RATE_LIMITED`. */
  readonly renew: (
    device: DeviceIdentity,
    csr: string,
  ) => Promise<{ certificate: string; ca: string }>;
  /**
   * The same for a device whose certificate has expired, and nothing else. Throws `CERT_EXPIRED` when that is too long ago or
   * the relay does not allow it, `CSR_INVALID` for another key, `RECOVERY_PENDING` and `RECOVERY_REFUSED` where somebody has to
   * approve it, `RATE_LIMITED`.
   */
  readonly recover: (
    device: DeviceIdentity,
    expired: X509Certificate,
    csr: string,
  ) => Promise<{ certificate: string; ca: string }>;
  /** How long a device that is new on this relay's run has to wait for its turn, milliseconds; 0 when it may come in. */
  readonly takeTurn: () => number;
  /** Serves a CONNECT (RFC 9113 §8.5). */
  readonly egress: (stream: ServerHttp2Stream, authority: string, device: DeviceIdentity) => void;
  readonly isDraining: () => boolean;
  /** Over how long devices are to spread their coming back, milliseconds. */
  readonly spread: () => number;
  readonly log: Logger;
  readonly now: () => number;
}

const calls: Readonly<Record<string, ControlCall>> = {
  [controlPath.register]: register,
  [controlPath.heartbeat]: heartbeat,
  [controlPath.renew]: renew,
  [controlPath.drain]: drain,
  [controlPath.probe]: probe,
};

/** Serves a device's control connection for as long as it lasts. */
export function serveControl(socket: TLSSocket, deps: ControlDeps): void {
  const certificate = peerCertificate(socket);
  const session = serveSession(socket);
  startPulse(pingable(session), socket, () =>
    deps.log.info({}, 'control connection does not answer'),
  );
  const events = createEventStream();
  const link: ControlLink = {
    tell: (event) => {
      events.write(event);
    },
    cut: () => {
      events.end();
      closeSession(session, socket);
    },
  };
  let registered: { readonly deviceId: string; readonly generation: number } | null = null;
  const timer = setTimeout(() => {
    if (registered === null) link.cut();
  }, REGISTER_DEADLINE);
  session.once('close', () => {
    clearTimeout(timer);
    if (registered !== null) deps.registry.unlink(registered.deviceId, link);
  });

  const serve = async (stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Promise<void> => {
    const verdict = deps.identify(certificate);
    if (!verdict.trusted) {
      const asks = headers[':method'] === 'POST' && pathOf(headers) === controlPath.renew;
      if (verdict.expired !== undefined && certificate !== undefined && asks) {
        // Nothing else can be done here: the device comes back with what it got.
        stream.once('close', link.cut);
        const { csr } = await readJson(stream, RenewRequest);
        sendJson(stream, await deps.recover(verdict.expired, certificate, csr));
        return;
      }
      sendError(stream, new AppError(verdict.code), {
        retryAfterMs: timing.refusedRetry,
        clock: deps.now(),
      });
      stream.once('close', link.cut);
      return;
    }
    const { device } = verdict;
    if (headers[':method'] === 'CONNECT') {
      requireRegistered();
      deps.egress(stream, headers[':authority'] ?? '', device);
      return;
    }
    const path = pathOf(headers);
    if (path === controlPath.events && headers[':method'] === 'GET') {
      requireRegistered();
      events.open(stream);
      return;
    }
    const call = headers[':method'] === 'POST' ? calls[path] : undefined;
    if (call === undefined) throw new AppError('UNKNOWN_CALL');
    const answer = await call({
      stream,
      device,
      deps,
      link,
      generation: registered?.generation ?? null,
      isRegistered: () => registered !== null,
      onRegistered: (generation) => {
        registered = { deviceId: device.deviceId, generation };
      },
    });
    sendJson(stream, answer);
  };

  const requireRegistered = (): void => {
    if (registered === null) throw new AppError('SESSION_LOST');
    if (deps.registry.generation(registered.deviceId) !== registered.generation) {
      throw new AppError('SESSION_DISPLACED');
    }
  };

  session.on('stream', (stream, headers) => {
    stream.on('error', () => undefined);
    serve(stream, headers).catch((thrown: unknown) => {
      const { code } = toErrorInfo(thrown);
      if (code === 'INTERNAL' && !(thrown instanceof Postponed))
        deps.log.error({ err: thrown }, 'control request failed');
      if (thrown instanceof Postponed) sendError(stream, thrown.error, thrown.retry);
      else if (code !== 'RELAY_DRAINING') sendError(stream, thrown);
      else sendError(stream, thrown, { retryAfterMs: timing.backoffBase, jitterMs: deps.spread() });
    });
  });
}
