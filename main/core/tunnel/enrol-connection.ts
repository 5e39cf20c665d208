import { X509Certificate } from 'node:crypto';
import http2 from 'node:http2';
import type { DetailedPeerCertificate, TLSSocket } from 'node:tls';
import { AppError } from '../../../common/errors/app-error.ts';
import { EnrolResponse } from '../../../common/tunnel/control.ts';
import { alpn, timing } from '../../../common/tunnel/protocol.ts';
import { dial, dialUnverified, type Dialer, type Endpoint } from './dial.ts';
import { exchange, RelayRefusal } from './exchange.ts';
import { tie } from './fate.ts';
import { explainDates } from './relay-clock.ts';
import { classify } from './faults.ts';
import { endpointText } from './identity.ts';

/** Longer chains are somebody's mistake, or an attempt to keep us busy. */
const MAX_CHAIN = 8;

/** How a device that has no identity yet knows its relay: by the hash of the relay's CA, or by the CA itself (PEM). */
export type RelayTrust = { readonly sha256: string } | { readonly pem: string };

export interface EnrolConnectionOptions {
  readonly endpoint: Endpoint;
  readonly trust: RelayTrust;
  readonly signal?: AbortSignal | undefined;
  readonly dialer?: Dialer | undefined;
}

/**
 * Dials a relay for enrolment. Where only the hash of its CA is known, a first connection reads the chain and takes the
 * CA from it; the connection that is returned has been checked against that CA in full.
 * Throws `RELAY_*`, `PROXY_*`, `CLOCK_SKEW`, and the signal's reason when it aborts.
 */
export async function openEnrolConnection(options: EnrolConnectionOptions): Promise<TLSSocket> {
  const { endpoint, trust, signal, dialer } = options;
  const dialOptions = {
    endpoint,
    alpn: alpn.enrol,
    signal,
    ...(dialer === undefined ? {} : { dialer }),
  };
  const ca =
    'pem' in trust
      ? trust.pem
      : readPinnedCa(await dialUnverified(dialOptions), endpoint, trust.sha256);
  const checked = { ...dialOptions, ca };
  return dial(checked).catch(async (thrown: unknown) => {
    throw await explainDates(thrown, checked);
  });
}

/** The certificate of the shown chain that has the hash, as PEM. Throws `RELAY_UNTRUSTED`. */
function readPinnedCa(socket: TLSSocket, endpoint: Endpoint, sha256: string): string {
  const leaf = socket.getPeerCertificate(true);
  socket.destroy();
  let certificate: DetailedPeerCertificate | undefined = leaf;
  for (let depth = 0; depth < MAX_CHAIN && certificate?.raw !== undefined; depth++) {
    const fingerprint = certificate.fingerprint256.replaceAll(':', '').toLowerCase();
    if (fingerprint === sha256) return new X509Certificate(certificate.raw).toString();
    // A root is its own issuer in Node's object.
    if (certificate.issuerCertificate === certificate) break;
    certificate = certificate.issuerCertificate;
  }
  throw new AppError('RELAY_UNTRUSTED', { endpoint: endpointText(endpoint) });
}

/** One request on an enrol connection, which it ends. Throws what the relay says, or what the connection died of. */
export async function askEnrolment(
  socket: TLSSocket,
  path: string,
  request: object,
  { endpoint, signal }: Pick<EnrolConnectionOptions, 'endpoint' | 'signal'>,
): Promise<EnrolResponse> {
  const session = http2.connect('https://relay.causeway', { createConnection: () => socket });
  const fate = tie(session, socket);
  const onAbort = (): void => {
    socket.destroy();
  };
  signal?.addEventListener('abort', onAbort);
  try {
    return await exchange(session, path, request, EnrolResponse, timing.dial);
  } catch (thrown) {
    socket.destroy();
    await fate.closed;
    if (signal?.aborted === true) throw signal.reason;
    if (thrown instanceof RelayRefusal) throw thrown.error;
    throw classify(fate.cause() ?? thrown, { endpoint: endpointText(endpoint), now: Date.now() });
  } finally {
    signal?.removeEventListener('abort', onAbort);
    session.destroy();
    socket.destroy();
  }
}
