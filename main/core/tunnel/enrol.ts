import type { DeviceFacts } from '../../../common/tunnel/control.ts';
import { controlPath } from '../../../common/tunnel/protocol.ts';
import type { EnrolmentToken } from '../../../common/tunnel/token.ts';
import { createCsr, createDeviceKey } from '../certificates/index.ts';
import type { Dialer } from './dial.ts';
import { askEnrolment, openEnrolConnection } from './enrol-connection.ts';
import type { DeviceIdentity } from './identity.ts';
import { requireMatch } from './renewal.ts';

export interface EnrolInput {
  readonly token: EnrolmentToken;
  readonly facts: DeviceFacts;
  readonly signal?: AbortSignal | undefined;
  readonly dialer?: Dialer;
}

/**
 * Trades a one-time token for an identity. The secret is sent to nobody but the relay whose CA the token pins.
 * Throws `TOKEN_UNKNOWN`, `TOKEN_EXPIRED`, `TOKEN_USED`, `CSR_INVALID`, `RATE_LIMITED`, `RELAY_*`, `PROXY_*`,
 * `CLOCK_SKEW`, and the signal's reason when it aborts.
 */
export async function enrol(input: EnrolInput): Promise<DeviceIdentity> {
  const { token, signal, dialer, facts } = input;
  const endpoint = { host: token.host, port: token.port };
  const privateKey = await createDeviceKey();
  const socket = await openEnrolConnection({
    endpoint,
    trust: { sha256: token.ca },
    signal,
    dialer,
  });
  const csr = createCsr(privateKey, commonNameOf(facts));
  const request = { secret: token.secret, csr, device: facts };
  const answer = await askEnrolment(socket, controlPath.enrol, request, { endpoint, signal });
  requireMatch(answer.certificate, answer.ca, privateKey);
  return { ...answer, endpoint, privateKey };
}

/** What a request is called by; at most 64 characters (RFC 5280, ub-common-name). */
export function commonNameOf(facts: DeviceFacts): string {
  return facts.hostname.slice(0, 64) || 'device';
}
