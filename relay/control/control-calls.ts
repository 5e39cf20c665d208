import type { ServerHttp2Stream } from 'node:http2';
import { AppError } from '../../common/errors/app-error.ts';
import { HeartbeatRequest, RegisterRequest, RenewRequest } from '../../common/tunnel/control.ts';
import { CODING } from '../../common/tunnel/compression.ts';
import { PROTOCOL_VERSION, timing } from '../../common/tunnel/protocol.ts';
import type { ControlLink } from '../registry/registry.ts';
import type { ControlDeps } from './control-connection.ts';
import { readJson } from './exchange.ts';
import type { DeviceIdentity } from './identity.ts';

/** A request on a control connection whose device is known. */
export interface ControlRequest {
  readonly stream: ServerHttp2Stream;
  readonly device: DeviceIdentity;
  readonly deps: ControlDeps;
  readonly link: ControlLink;
  /** The generation that this connection has registered; null before. */
  readonly generation: number | null;
  /** Whether it has registered by now. */
  readonly isRegistered: () => boolean;
  readonly onRegistered: (generation: number) => void;
}

/** Answers a request with the body of its 200, or throws an `AppError`. */
export type ControlCall = (request: ControlRequest) => Promise<object>;

/** A refusal that only says "later". */
export class Postponed extends Error {
  override readonly name = 'Postponed';
  readonly error: AppError;
  readonly retry: { readonly retryAfterMs: number; readonly jitterMs: number };

  constructor(error: AppError, retryAfterMs: number, jitterMs: number) {
    super(error.message, { cause: error });
    this.error = error;
    this.retry = { retryAfterMs, jitterMs };
  }
}

/**
 * Makes this connection the owner of its device. Throws `BAD_INPUT` the second time, `PROTOCOL_VERSION`, `RELAY_DRAINING`, `CERT_WRONG_TENANT`,
 * `SESSION_DISPLACED` where the caller yields to a program that has the device, and {@link Postponed} (`BUSY`) while the relay
 * lets devices in one by one after its start.
 */
export const register: ControlCall = async ({
  stream,
  device,
  deps,
  link,
  isRegistered,
  onRegistered,
}) => {
  const body = await readJson(stream, RegisterRequest);
  if (body.protocol !== PROTOCOL_VERSION) {
    throw new AppError('PROTOCOL_VERSION', { device: body.protocol, relay: PROTOCOL_VERSION });
  }
  if (body.tunnel !== undefined && body.tunnel !== device.tunnel) {
    throw new AppError('CERT_WRONG_TENANT', { tunnel: body.tunnel });
  }
  // Each is a write to the disk; a device that has to register again comes by a new connection.
  if (isRegistered()) throw new AppError('BAD_INPUT', { field: 'register' });
  if (deps.isDraining()) throw new AppError('RELAY_DRAINING');
  if (body.yields === true && deps.registry.isOnline(device.deviceId)) {
    throw new AppError('SESSION_DISPLACED');
  }
  // One that is here already only takes its own place.
  const wait = deps.registry.generation(device.deviceId) === null ? deps.takeTurn() : 0;
  if (wait > 0) throw new Postponed(new AppError('BUSY'), wait, Math.min(wait, 10_000));
  // The connection may have ended while the body was on its way; a dead link must not own the device.
  if (stream.destroyed) throw new AppError('SESSION_LOST');
  const response = deps.admit(device, body);
  const { generation } = response;
  onRegistered(generation);
  deps.registry.register({
    id: device.deviceId,
    tunnel: device.tunnel,
    generation,
    link,
    takesGzip: body.codings?.includes(CODING) === true,
  });
  const skew = body.clock - deps.now();
  deps.log.info(
    { device: device.deviceId, tunnel: device.tunnel, generation, attempt: body.attempt, skew },
    'device registered',
  );
  if (Math.abs(skew) > timing.clockSkewWarn) {
    deps.log.warn({ device: device.deviceId, skew }, 'clock of the device differs from ours');
  }
  return response;
};

/** Both clocks, and whether this connection still owns its device. Throws `SESSION_DISPLACED`, `SESSION_LOST`. */
export const heartbeat: ControlCall = async ({ stream, device, deps, generation }) => {
  await readJson(stream, HeartbeatRequest);
  requireCurrent(device, deps, generation);
  return { clock: deps.now() };
};

/** A new certificate for the identity of the connection. */
export const renew: ControlCall = async ({ stream, device, deps }) => {
  const { csr } = await readJson(stream, RenewRequest);
  return deps.renew(device, csr);
};

/** The device is about to leave. Its body says nothing. */
export const drain: ControlCall = async ({ stream, device, deps, generation }) => {
  stream.resume();
  const current = requireCurrent(device, deps, generation);
  deps.registry.drain(device.deviceId, current);
  deps.log.info({ device: device.deviceId, generation: current }, 'device drains');
  return {};
};

/** Throws `SESSION_LOST` before a registration, `SESSION_DISPLACED` once another has taken over. */
export function requireCurrent(
  device: DeviceIdentity,
  deps: ControlDeps,
  generation: number | null,
): number {
  if (generation === null) throw new AppError('SESSION_LOST');
  if (deps.registry.generation(device.deviceId) === generation) return generation;
  throw new AppError('SESSION_DISPLACED');
}
