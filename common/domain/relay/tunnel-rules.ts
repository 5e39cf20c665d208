import * as z from 'zod';
import { SecretView } from '../secret.ts';

/** An address block in CIDR form (RFC 4632, RFC 4291 §2.3), or a single address. */
export const SourceBlock = z
  .string()
  .trim()
  .pipe(z.union([z.cidrv4(), z.cidrv6(), z.ipv4(), z.ipv6()]));

/** A path, or with `*` at its end everything that begins so; always from the root, without query. */
export const PathPattern = z
  .string()
  .trim()
  .max(256)
  .regex(/^\/[A-Za-z0-9._~!$&'()+,;=:@%/-]*\*?$/);

/** Who may send what into a tunnel. An empty list does not restrict. */
export const TunnelAccess = z.object({
  paths: z.array(PathPattern).max(100),
  sources: z.array(SourceBlock).max(500),
});
export type TunnelAccess = z.infer<typeof TunnelAccess>;

/** What an expired certificate of a known key is renewed by: at once, or when somebody has approved it. */
export const RecoveryMode = z.enum(['auto', 'approve']);
export type RecoveryMode = z.infer<typeof RecoveryMode>;

/** What one tunnel may take; null takes the relay's own limit. */
export const TunnelLimits = z.object({
  requestsPerSecond: z.int().min(1).max(100_000).nullable(),
  /** Bytes of one request's body. */
  bodyBytes: z
    .int()
    .min(1024)
    .max(1024 ** 3)
    .nullable(),
});
export type TunnelLimits = z.infer<typeof TunnelLimits>;

/** Hold-and-deliver: callbacks that come while no session is up are kept, still encrypted, and delivered later in order. */
export const TunnelHold = z.object({
  enabled: z.boolean(),
  /** Older ones are dropped. */
  maxAgeMs: z
    .int()
    .min(1_000)
    .max(24 * 3_600_000),
  /** Of all that is kept for the tunnel. */
  maxBytes: z
    .int()
    .min(64 * 1024)
    .max(1024 ** 3),
});
export type TunnelHold = z.infer<typeof TunnelHold>;

/** Path of a bot's callbacks, e.g. `/wecom/callback/helpdesk`. */
export const GatePath = z
  .string()
  .trim()
  .max(256)
  .regex(/^\/[A-Za-z0-9._~/-]*$/);

/** WeCom's callback Token: 1 to 32 letters and digits (D90930). */
export const GateToken = z
  .string()
  .trim()
  .regex(/^[A-Za-z0-9]{1,32}$/);

/** The signature gate of one bot as a reader may see it. */
export const GateView = z.object({ path: z.string(), token: SecretView });
export type GateView = z.infer<typeof GateView>;

/** Everything that is set per tunnel, without secrets. */
export const TunnelRules = z.object({
  /** For each of its domains that has no white-lists of its own. */
  access: TunnelAccess,
  /** White-lists of single domains, in the place of {@link TunnelRules.access}; by the domain as it is bound. */
  domains: z.record(z.string(), TunnelAccess),
  limits: TunnelLimits,
  hold: TunnelHold,
  /** Null takes the relay's own. */
  recovery: RecoveryMode.nullable(),
});
export type TunnelRules = z.infer<typeof TunnelRules>;

/** A tunnel that nobody has set anything for: open, with the relay's own limits, nothing held. */
export const defaultRules: TunnelRules = {
  access: { paths: [], sources: [] },
  domains: {},
  limits: { requestsPerSecond: null, bodyBytes: null },
  hold: { enabled: false, maxAgeMs: 10 * 60_000, maxBytes: 16 * 1024 ** 2 },
  recovery: null,
};
