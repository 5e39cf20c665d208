import * as z from 'zod';
import { ErrorInfo } from '../errors/app-error.ts';

/** Bodies of the control connection; see `protocol.ts` for their paths. PEM is RFC 7468 text. */
const Pem = z
  .string()
  .min(64)
  .max(64 * 1024);

/** What a device says of itself; shown in the relay's console, never trusted. */
export const DeviceFacts = z.object({
  hostname: z.string().max(255),
  platform: z.string().max(32),
  version: z.string().max(64),
});
export type DeviceFacts = z.infer<typeof DeviceFacts>;

export const EnrolRequest = z.object({
  /** Secret part of the enrolment token. */
  secret: z.string().min(16).max(128),
  /** PKCS #10 request (RFC 2986) signed with the key that stays on the device. */
  csr: Pem,
  device: DeviceFacts,
});
export type EnrolRequest = z.infer<typeof EnrolRequest>;

export const EnrolResponse = z.object({
  deviceId: z.string(),
  tunnel: z.string(),
  domains: z.array(z.string()),
  certificate: Pem,
  /** The relay's CA, against which the device checks the relay from now on. */
  ca: Pem,
});
export type EnrolResponse = z.infer<typeof EnrolResponse>;

export const RegisterRequest = z.object({
  protocol: z.int(),
  version: z.string().max(64),
  /** Data sessions that will follow. */
  sessions: z.int().min(1).max(8),
  /** Our clock, milliseconds. */
  clock: z.int(),
  /** How often this run has registered before. */
  attempt: z.int(),
  /** Name of the tunnel that the device believes to carry; `CERT_WRONG_TENANT` where its certificate is another's. */
  tunnel: z.string().max(64).optional(),
  /** It was displaced: it wants the device only if nobody has it, so that two programs do not push each other out for ever. */
  yields: z.boolean().optional(),
  /** Codings in which the device takes the bodies of requests, `gzip`; none where it says nothing. */
  codings: z.array(z.string().max(32)).max(16).optional(),
});
export type RegisterRequest = z.infer<typeof RegisterRequest>;

export const RegisterResponse = z.object({
  /** Owner number of this registration; a higher one displaces every session of a lower one. */
  generation: z.int(),
  relay: z.object({ id: z.string(), name: z.string(), fixedIp: z.string().nullable() }),
  tunnel: z.object({ name: z.string(), domains: z.array(z.string()) }),
  /** Public base addresses as a browser would use them. */
  publicUrls: z.array(z.string()),
  /** Certificate chain that the relay presents to the public (leaf first), for the console's expiry view. */
  publicCertificate: Pem.nullable(),
  heartbeatMs: z.int(),
  clock: z.int(),
});
export type RegisterResponse = z.infer<typeof RegisterResponse>;

export const HeartbeatRequest = z.object({ generation: z.int(), clock: z.int() });
export type HeartbeatRequest = z.infer<typeof HeartbeatRequest>;
export const HeartbeatResponse = z.object({ clock: z.int() });
export type HeartbeatResponse = z.infer<typeof HeartbeatResponse>;

/** A new certificate for the key of `csr`; the identity is that of the connection. */
export const RenewRequest = z.object({ csr: Pem });
export type RenewRequest = z.infer<typeof RenewRequest>;
export const RenewResponse = z.object({ certificate: Pem, ca: Pem });
export type RenewResponse = z.infer<typeof RenewResponse>;

/** Asks the relay to send `GET path` down a data session of this device, as if the public had asked. */
export const ProbeRequest = z.object({ path: z.string().regex(/^\/[!-~]{0,1023}$/) });
export type ProbeRequest = z.infer<typeof ProbeRequest>;
/** Status of the answer, and how long it took. */
export const ProbeResponse = z.object({ status: z.int(), durationMs: z.number() });
export type ProbeResponse = z.infer<typeof ProbeResponse>;

export const AttachResponse = z.object({ generation: z.int(), index: z.int() });
export type AttachResponse = z.infer<typeof AttachResponse>;

/** A line of the event stream. Unknown types are ignored, so that a newer relay can say more. */
export const RelayEvent = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('domains'),
    domains: z.array(z.string()),
    publicUrls: z.array(z.string()),
  }),
  /** The relay is about to restart: open elsewhere, or again after `retryAfterMs`. */
  z.object({
    type: z.literal('drain'),
    retryAfterMs: z.int(),
    /** Wait up to this much longer, each device at random. */
    jitterMs: z.int().optional(),
  }),
  z.object({ type: z.literal('revoked'), error: ErrorInfo }),
  z.object({ type: z.literal('displaced'), generation: z.int() }),
]);
export type RelayEvent = z.infer<typeof RelayEvent>;

/** Body of any control answer that is not 200. */
export const ControlError = z.object({
  error: ErrorInfo,
  retryAfterMs: z.int().optional(),
  /** Wait up to this much longer, each device at random. */
  jitterMs: z.int().optional(),
  /** The relay's clock, where the error is about the time. */
  clock: z.int().optional(),
});
export type ControlError = z.infer<typeof ControlError>;
