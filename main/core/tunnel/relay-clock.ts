import { X509Certificate } from 'node:crypto';
import http2 from 'node:http2';
import { isIP } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { AppError } from '../../../common/errors/app-error.ts';
import { HeartbeatResponse } from '../../../common/tunnel/control.ts';
import { alpn, controlPath, timing } from '../../../common/tunnel/protocol.ts';
import { dialUnverified, type DialOptions } from './dial.ts';
import { exchange, RelayRefusal } from './exchange.ts';
import { tie } from './fate.ts';
import { blameSkew, lifeOf } from './faults.ts';

/**
 * Finds out whose clock is wrong where the relay's certificate is out of date by ours: asks the relay what time it has. Gives
 * back `CLOCK_SKEW {seconds}` where it is ours, and `thrown` itself in every other case. Never throws.
 */
export async function explainDates(thrown: unknown, options: DialOptions): Promise<unknown> {
  if (!(thrown instanceof AppError)) return thrown;
  if (thrown.code !== 'RELAY_CERT_EXPIRED' && thrown.code !== 'CLOCK_SKEW') return thrown;
  const clock = await askClock(options).catch(() => null);
  if (clock === null) return thrown;
  const life = options.certificate === undefined ? null : lifeOf(options.certificate);
  // It was later than this already when the relay signed our certificate: its own clock has gone back.
  if (life !== null && clock < life.notBefore) return thrown;
  return blameSkew(thrown, clock, (options.now ?? Date.now)());
}

/**
 * The relay's clock, milliseconds; null where it does not say. The peer has to hold a key that the relay's CA has signed for
 * this host, whatever the dates; nothing is told to it, and nothing but the words of an error depends on its answer.
 */
async function askClock({
  certificate: _certificate,
  privateKey: _privateKey,
  ...options
}: DialOptions): Promise<number | null> {
  const socket = await dialUnverified({ ...options, alpn: alpn.control });
  if (!isSignedFor(socket, options.ca, options.endpoint.host)) {
    socket.destroy();
    return null;
  }
  const session = http2.connect('https://relay.causeway', { createConnection: () => socket });
  const fate = tie(session, socket);
  const onAbort = (): void => void socket.destroy();
  options.signal?.addEventListener('abort', onAbort);
  try {
    const { heartbeat } = controlPath;
    const limit = options.deadlineMs ?? timing.dial;
    return (await exchange(session, heartbeat, {}, HeartbeatResponse, limit)).clock;
  } catch (thrown) {
    // The usual case: without a certificate one is refused, and told the time.
    return thrown instanceof RelayRefusal ? thrown.clock : null;
  } finally {
    options.signal?.removeEventListener('abort', onAbort);
    session.destroy();
    socket.destroy();
    await fate.closed;
  }
}

function isSignedFor(socket: TLSSocket, ca: string, host: string): boolean {
  const leaf = socket.getPeerX509Certificate();
  if (leaf === undefined) return false;
  const named = isIP(host) === 0 ? leaf.checkHost(host) : leaf.checkIP(host);
  if (named === undefined) return false;
  const authorities = ca.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return authorities.some((pem) => {
    const authority = new X509Certificate(pem);
    return leaf.checkIssued(authority) && leaf.verify(authority.publicKey);
  });
}
