import http2 from 'node:http2';
import type { DetailedPeerCertificate, TLSSocket } from 'node:tls';
import { X509Certificate } from 'node:crypto';
import { AppError } from '../../../common/errors/app-error.ts';
import { EnrolResponse, type DeviceFacts } from '../../../common/tunnel/control.ts';
import { alpn, controlPath, timing } from '../../../common/tunnel/protocol.ts';
import type { EnrolmentToken } from '../../../common/tunnel/token.ts';
import { createCsr, createDeviceKey } from '../certificates/index.ts';
import { dial, dialUnverified, type Dialer } from './dial.ts';
import { exchange, RelayRefusal } from './exchange.ts';
import { tie } from './fate.ts';
import { classify } from './faults.ts';
import { endpointText, type DeviceIdentity } from './identity.ts';
import { requireMatch } from './renewal.ts';

/** Longer chains are somebody's mistake, or an attempt to keep us busy. */
const MAX_CHAIN = 8;

export interface EnrolInput {
  readonly token: EnrolmentToken;
  readonly facts: DeviceFacts;
  readonly signal?: AbortSignal | undefined;
  readonly dialer?: Dialer;
}

/**
 * Trades a one-time token for an identity. A first connection only reads the relay's chain and takes from it the CA whose
 * hash the token carries; the second is checked against that CA in full before the secret is sent.
 * Throws `TOKEN_UNKNOWN`, `TOKEN_EXPIRED`, `TOKEN_USED`, `CSR_INVALID`, `RATE_LIMITED`, `RELAY_*`, `CLOCK_SKEW`, and the
 * signal's reason when it aborts.
 */
export async function enrol(input: EnrolInput): Promise<DeviceIdentity> {
  const { token, signal } = input;
  const endpoint = { host: token.host, port: token.port };
  const dialOptions = {
    endpoint,
    alpn: alpn.enrol,
    ...(input.dialer === undefined ? {} : { dialer: input.dialer }),
    signal,
  };
  const privateKey = await createDeviceKey();
  const ca = readPinnedCa(await dialUnverified(dialOptions), token);
  const socket = await dial({ ...dialOptions, ca });
  const commonName = input.facts.hostname.slice(0, 64) || 'device';
  const csr = createCsr(privateKey, commonName);
  const answer = await ask(
    socket,
    { secret: token.secret, csr, device: input.facts },
    token,
    signal,
  );
  requireMatch(answer.certificate, answer.ca, privateKey);
  return {
    deviceId: answer.deviceId,
    tunnel: answer.tunnel,
    domains: answer.domains,
    endpoint,
    privateKey,
    certificate: answer.certificate,
    ca: answer.ca,
  };
}

/** The certificate of the shown chain whose hash the token carries, as PEM. Throws `RELAY_UNTRUSTED`. */
function readPinnedCa(socket: TLSSocket, token: EnrolmentToken): string {
  const leaf = socket.getPeerCertificate(true);
  socket.destroy();
  let certificate: DetailedPeerCertificate | undefined = leaf;
  for (let depth = 0; depth < MAX_CHAIN && certificate?.raw !== undefined; depth++) {
    const fingerprint = certificate.fingerprint256.replaceAll(':', '').toLowerCase();
    if (fingerprint === token.ca) return new X509Certificate(certificate.raw).toString();
    // A root is its own issuer in Node's object.
    if (certificate.issuerCertificate === certificate) break;
    certificate = certificate.issuerCertificate;
  }
  throw new AppError('RELAY_UNTRUSTED', { endpoint: endpointText(token) });
}

async function ask(
  socket: TLSSocket,
  request: object,
  token: EnrolmentToken,
  signal: AbortSignal | undefined,
): Promise<EnrolResponse> {
  const session = http2.connect('https://relay.causeway', { createConnection: () => socket });
  const fate = tie(session, socket);
  const onAbort = (): void => {
    socket.destroy();
  };
  signal?.addEventListener('abort', onAbort);
  try {
    return await exchange(session, controlPath.enrol, request, EnrolResponse, timing.dial);
  } catch (thrown) {
    socket.destroy();
    await fate.closed;
    if (signal?.aborted === true) throw signal.reason;
    if (thrown instanceof RelayRefusal) throw thrown.error;
    throw classify(fate.cause() ?? thrown, { endpoint: endpointText(token), now: Date.now() });
  } finally {
    signal?.removeEventListener('abort', onAbort);
    session.destroy();
    socket.destroy();
  }
}
