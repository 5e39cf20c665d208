import * as z from 'zod';
import { canonicalJson } from '../text/canonical-json.ts';
import { DeviceFacts } from './control.ts';

/**
 * The auth file: how a device asks for its certificate without an enrolment token. The device writes it, a person uploads it
 * in the relay's console and approves it there (deployment guide §3.2), and the device picks its certificate up.
 * There is no secret in it; the private key stays on the device.
 */
export const AuthFile = z.strictObject({
  version: z.literal(1),
  /** PKCS #10 request (RFC 2986), PEM. */
  csr: z
    .string()
    .min(64)
    .max(16 * 1024),
  device: DeviceFacts,
  /** By the device's clock, milliseconds since the epoch. */
  createdAt: z.int().min(0),
  /** Host of the relay that the device means to join, where it knows it. */
  relay: z.string().min(1).max(255).optional(),
  /** RSASSA-PKCS1-v1_5 with SHA-256 by the CSR's key over {@link authFileText}, base64. */
  signature: z.base64().min(1).max(4096),
});
export type AuthFile = z.infer<typeof AuthFile>;

/** Greatest size of an auth file, bytes. */
export const MAX_AUTH_FILE = 32 * 1024;

/** What the signature of an auth file is over: everything else in it, in canonical JSON (UTF-8). */
export function authFileText(file: Omit<AuthFile, 'signature'>): string {
  const { version, csr, device, createdAt, relay } = file;
  return canonicalJson({
    version,
    csr,
    device,
    createdAt,
    ...(relay === undefined ? {} : { relay }),
  });
}

/**
 * `POST /v1/pickup` on an enrol connection: the device asks for what became of its auth file. Answered with an
 * `EnrolResponse`, or with `ENROLMENT_PENDING`, `ENROLMENT_REFUSED`, `NOT_FOUND`.
 */
export const PickupRequest = z.strictObject({
  /** Lower hex SHA-256 of the CSR's DER. */
  fingerprint: z.string().regex(/^[0-9a-f]{64}$/),
  /** RSASSA-PKCS1-v1_5 with SHA-256 by the CSR's key over {@link pickupText}, base64. */
  proof: z.base64().min(1).max(4096),
});
export type PickupRequest = z.infer<typeof PickupRequest>;

/** Label and length of the TLS exporter that names one connection to both of its ends (RFC 9266). */
export const channelBinding = { label: 'EXPORTER-Channel-Binding', bytes: 32 } as const;

/**
 * What the proof of a pick-up is over. It names its purpose and the TLS connection that it is sent on (`binding` is the
 * base64 of the connection's {@link channelBinding}), so that no other signature of the key can stand in and none can be
 * used a second time.
 */
export function pickupText(fingerprint: string, binding: string): string {
  return canonicalJson({ purpose: 'causeway-pickup/1', fingerprint, binding });
}
