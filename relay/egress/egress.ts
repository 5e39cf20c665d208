import { lookup as dnsLookup } from 'node:dns/promises';
import { constants, type ServerHttp2Stream } from 'node:http2';
import net, { type Socket } from 'node:net';
import { AppError } from '../../common/errors/app-error.ts';
import type { Logger } from '../../common/domain/log.ts';
import { sendError } from '../control/exchange.ts';
import type { DeviceIdentity } from '../control/identity.ts';
import type { Metrics } from '../metrics.ts';
import { resetStream } from '../reset.ts';
import { isPublicAddress } from './address.ts';
import type { EgressAudit } from './egress-audit.ts';
import { findPattern, parseDestination, type Destination, type EgressPattern } from './pattern.ts';

/** Connections of one device at the same time. */
export const MAX_PER_DEVICE = 256;
const CONNECT_DEADLINE = 10_000;
/** Silence after which the system asks whether the target is still there. */
const KEEPALIVE = 60_000;

/** Resolves a host name to its addresses, best first. */
export type Resolve = (host: string) => Promise<readonly string[]>;

export interface EgressOptions {
  readonly allow: readonly EgressPattern[];
  readonly metrics: Metrics;
  readonly audit: EgressAudit;
  readonly log: Logger;
  readonly resolve?: Resolve;
}

/** Serves CONNECT streams: connections from the relay's address to where the allow-list lets them. */
export interface Egress {
  readonly connect: (stream: ServerHttp2Stream, authority: string, device: DeviceIdentity) => void;
  /** Connections that are open now. */
  readonly openCount: () => number;
}

export function createEgress(options: EgressOptions): Egress {
  const { metrics, log } = options;
  const resolve = options.resolve ?? resolveByDns;
  const open = new Map<string, number>();

  const release = (deviceId: string): void => {
    const left = (open.get(deviceId) ?? 1) - 1;
    if (left === 0) open.delete(deviceId);
    else open.set(deviceId, left);
    metrics.egressOpen.dec();
  };

  const admit = (authority: string, deviceId: string): [Destination, EgressPattern] => {
    const destination = parseDestination(authority);
    if (destination === null) throw new AppError('BAD_INPUT', { field: 'authority' });
    const pattern = findPattern(options.allow, destination);
    const { host, port } = destination;
    if (pattern === null) throw new AppError('EGRESS_NOT_ALLOWED', { host, port });
    if ((open.get(deviceId) ?? 0) >= MAX_PER_DEVICE) throw new AppError('BUSY');
    return [destination, pattern];
  };

  const serve = async (
    stream: ServerHttp2Stream,
    authority: string,
    device: DeviceIdentity,
  ): Promise<void> => {
    const { deviceId } = device;
    const [destination, pattern] = admit(authority, deviceId);
    open.set(deviceId, (open.get(deviceId) ?? 0) + 1);
    metrics.egressOpen.inc();
    stream.once('close', () => release(deviceId));
    const addresses = await publicAddresses(destination, pattern, resolve);
    if (stream.destroyed) return;
    const socket = await connectTo(addresses, destination, stream);
    metrics.egressConnects.inc({ result: 'ok' });
    options.audit.note('egress.open', device, destination);
    stream.respond({ ':status': 200 });
    join(stream, socket, metrics);
  };

  return {
    openCount: () => [...open.values()].reduce((sum, count) => sum + count, 0),
    connect: (stream, authority, device) => {
      if (stream.destroyed) return;
      serve(stream, authority, device).catch((thrown: unknown) => {
        const code = thrown instanceof AppError ? thrown.code : 'INTERNAL';
        metrics.egressConnects.inc({ result: code });
        const destination = code === 'EGRESS_NOT_ALLOWED' ? parseDestination(authority) : null;
        if (destination !== null) options.audit.note('egress.refuse', device, destination);
        log.warn(
          { code, device: device.deviceId, authority: authority.slice(0, 260) },
          'egress refused',
        );
        sendError(stream, thrown);
      });
    },
  };
}

async function resolveByDns(host: string): Promise<readonly string[]> {
  const answers = await dnsLookup(host, { all: true, order: 'ipv4first' });
  return answers.map(({ address }) => address);
}

/** The connection goes to an address that was checked, never to the name again: its answer might differ (DNS rebinding). */
async function publicAddresses(
  { host, port }: Destination,
  pattern: EgressPattern,
  resolve: Resolve,
): Promise<readonly string[]> {
  let addresses: readonly string[];
  try {
    addresses = net.isIP(host) === 0 ? await resolve(host) : [host];
  } catch (cause) {
    throw new AppError('EGRESS_UNREACHABLE', { host, port }, { cause });
  }
  if (pattern.literal) return addresses;
  const allowed = addresses.filter(isPublicAddress);
  if (allowed.length === 0 && addresses.length > 0) {
    throw new AppError('EGRESS_NOT_ALLOWED', { host, port });
  }
  return allowed;
}

async function connectTo(
  addresses: readonly string[],
  { host, port }: Destination,
  stream: ServerHttp2Stream,
): Promise<Socket> {
  const deadline = AbortSignal.timeout(CONNECT_DEADLINE);
  let cause: unknown;
  for (const address of addresses.slice(0, 4)) {
    try {
      return await connectOnce(address, port, stream, deadline);
    } catch (thrown) {
      cause = thrown;
      if (deadline.aborted || stream.destroyed) break;
    }
  }
  throw new AppError('EGRESS_UNREACHABLE', { host, port }, { cause });
}

function connectOnce(
  address: string,
  port: number,
  stream: ServerHttp2Stream,
  deadline: AbortSignal,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({
      ...{ host: address, port, noDelay: true, allowHalfOpen: true },
      // A target that went without a word would keep its place among the device's connections.
      ...{ keepAlive: true, keepAliveInitialDelay: KEEPALIVE },
    });
    const fail = (error?: Error): void => {
      settle();
      socket.destroy();
      reject(error ?? new Error('given up'));
    };
    const onAbort = (): void => fail();
    const settle = (): void => {
      socket.removeListener('error', fail);
      stream.removeListener('close', onAbort);
      deadline.removeEventListener('abort', onAbort);
    };
    socket.once('error', fail);
    stream.once('close', onAbort);
    deadline.addEventListener('abort', onAbort);
    socket.once('connect', () => {
      settle();
      resolve(socket);
    });
  });
}

/** Pipes both ways with back-pressure; each half closes by itself, an error of one resets the other. */
function join(stream: ServerHttp2Stream, socket: Socket, metrics: Metrics): void {
  stream.on('data', (chunk: Buffer) => metrics.egressBytes.inc({ direction: 'out' }, chunk.length));
  socket.on('data', (chunk: Buffer) => metrics.egressBytes.inc({ direction: 'in' }, chunk.length));
  stream.pipe(socket);
  socket.pipe(stream);
  socket.on('error', () => resetStream(stream, constants.NGHTTP2_CONNECT_ERROR));
  socket.on('close', () => {
    // `pipe` has ended the stream if the socket ended in order.
    if (!stream.writableEnded) resetStream(stream);
  });
  stream.on('close', () => {
    // Every byte of a stream that was reset is void; after a proper end the socket still has some to flush.
    if (stream.rstCode !== 0) socket.destroy();
    else socket.destroySoon();
  });
}
