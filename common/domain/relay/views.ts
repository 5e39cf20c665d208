import * as z from 'zod';
import { CertificateInfo } from '../certificate.ts';
import { Settings } from '../settings.ts';
import { DeviceFacts } from '../../tunnel/control.ts';
import { GateView, RecoveryMode, TunnelRules } from './tunnel-rules.ts';

/** Times are milliseconds since the epoch. */
export const DeviceView = z.object({
  id: z.string(),
  hostname: z.string(),
  platform: z.string(),
  version: z.string(),
  enrolledAt: z.int(),
  certificateNotBefore: z.int(),
  certificateNotAfter: z.int(),
  revokedAt: z.int().nullable(),
});
export type DeviceView = z.infer<typeof DeviceView>;

/** An enrolment token as it may be seen after it was shown once. */
export const TokenView = z.object({
  /** The first half of the secret's SHA-256, lower hex. */
  id: z.string(),
  createdAt: z.int(),
  expiresAt: z.int(),
  usedAt: z.int().nullable(),
  /** The device that used it. */
  device: z.string().nullable(),
  revokedAt: z.int().nullable(),
});
export type TokenView = z.infer<typeof TokenView>;

/** A tunnel's settings and who belongs to it. What lives only while it is connected is in {@link SessionView}. */
export const TunnelConfig = z.object({
  name: z.string(),
  domains: z.array(z.string()),
  createdAt: z.int(),
  rules: TunnelRules,
  gates: z.array(GateView),
  devices: z.array(DeviceView),
  tokens: z.array(TokenView),
});
export type TunnelConfig = z.infer<typeof TunnelConfig>;

/** An uploaded auth file (deployment guide §3.2) and what became of it. */
export const AuthRequestView = z.object({
  /** Lower hex SHA-256 of the CSR's DER. */
  fingerprint: z.string(),
  device: DeviceFacts,
  createdAt: z.int(),
  uploadedAt: z.int(),
  uploadedBy: z.string(),
  state: z.enum(['pending', 'approved', 'collected', 'refused']),
  /** Tunnel and device it was approved for. */
  tunnel: z.string().nullable(),
  deviceId: z.string().nullable(),
});
export type AuthRequestView = z.infer<typeof AuthRequestView>;

/** A device whose certificate has expired and that wants it renewed, where that needs somebody's approval. */
export const RecoveryView = z.object({
  deviceId: z.string(),
  hostname: z.string(),
  tunnel: z.string(),
  /** When the certificate that it shows ended. */
  expiredAt: z.int(),
  /** When it asked first, and last. */
  askedAt: z.int(),
  lastAskedAt: z.int(),
  state: z.enum(['pending', 'approved', 'collected', 'refused']),
  decidedAt: z.int().nullable(),
  decidedBy: z.string().nullable(),
});
export type RecoveryView = z.infer<typeof RecoveryView>;

/** Callbacks that are held for one tunnel. */
export const HeldView = z.object({
  count: z.int(),
  bytes: z.int(),
  /** Since when the oldest is held. */
  oldestAt: z.int(),
  /** When the oldest is dropped, unless it is delivered before. */
  expiresAt: z.int(),
  /** Of them, those that the gateway broke off again and again: the others no longer wait for them. */
  setAside: z.int(),
});
export type HeldView = z.infer<typeof HeldView>;

/** A live data session. */
export const SessionView = z.object({
  id: z.int(),
  tunnel: z.string(),
  deviceId: z.string(),
  openedAt: z.int(),
  inFlight: z.int(),
  carried: z.int(),
  /** Requests a minute, over the last minute. */
  perMinute: z.number(),
  /** Of the last answered ping; null before the first. */
  rttMs: z.number().nullable(),
});
export type SessionView = z.infer<typeof SessionView>;

/** What passes just now. */
export const LiveView = z.object({
  sessions: z.array(SessionView),
  totals: z.object({
    /** Public requests since the relay started, and those of the last minute. */
    requests: z.int(),
    perMinute: z.number(),
    /** Answered by the relay itself with 4xx or 5xx, or broken off, since it started. */
    refused: z.int(),
    inFlight: z.int(),
    egressOpen: z.int(),
  }),
  /** Per tunnel: requests of the last minute, and those that had no answer from it. */
  tunnels: z.record(
    z.string(),
    z.object({
      perMinute: z.number(),
      failedPerMinute: z.number(),
      lastAt: z.int().nullable(),
    }),
  ),
  /** Per tunnel: what is held for it; one with nothing is not in it. */
  held: z.record(z.string(), HeldView),
});
export type LiveView = z.infer<typeof LiveView>;

/** What the relay is; it does not change while it runs, but for the certificates. */
export const RelayView = z.object({
  name: z.string(),
  fixedIp: z.string().nullable(),
  addresses: z.object({ public: z.string(), control: z.string(), admin: z.string() }),
  /** `host:port` that stands in enrolment tokens. */
  controlEndpoint: z.string(),
  /** Lower hex SHA-256 of the CA's DER: what an enrolment token pins. */
  caFingerprint: z.string(),
  startedAt: z.int(),
  /** How expired certificates are renewed where the tunnel does not say, and for how many days. */
  recovery: z.object({ mode: RecoveryMode, days: z.int() }),
});
export type RelayView = z.infer<typeof RelayView>;

/** Everything that the relay's console draws, but for traffic and the audit log. */
export const RelaySnapshot = z.object({
  /** Grows by one with each change; who misses one reads `state.get` again. */
  rev: z.int(),
  relay: RelayView,
  certificates: z.array(CertificateInfo),
  tunnels: z.array(TunnelConfig),
  authRequests: z.array(AuthRequestView),
  recoveries: z.array(RecoveryView),
  live: LiveView,
});
export type RelaySnapshot = z.infer<typeof RelaySnapshot>;

export const RelaySnapshotPatch = z.object({
  rev: z.int(),
  patch: RelaySnapshot.omit({ rev: true }).partial(),
});
export type RelaySnapshotPatch = z.infer<typeof RelaySnapshotPatch>;

/** What an upgraded connection (a WebSocket) has carried; complete once it is closed. */
export const UpgradeView = z.object({
  /** Milliseconds that it was open; null while it is. */
  durationMs: z.number().nullable(),
  /** Bytes from the public client, and to it. */
  received: z.int(),
  sent: z.int(),
  /** Close code of RFC 6455 §7.4 that was seen first; null while there is none, and where it broke off. */
  code: z.int().nullable(),
});
export type UpgradeView = z.infer<typeof UpgradeView>;

/** One public request. No query, no header, no body. */
export const TrafficRow = z.object({
  id: z.int(),
  at: z.int(),
  /** Id of the request on every hop. */
  trace: z.string(),
  method: z.string(),
  host: z.string(),
  path: z.string(),
  tunnel: z.string().nullable(),
  /** Null while it is under way, and where the connection was broken off without an answer. */
  status: z.int().nullable(),
  /** Who answered; `none` when nobody did. */
  source: z.enum(['relay', 'agent', 'origin', 'none']).nullable(),
  /** The relay's reason for an answer of its own or for breaking off. */
  reason: z.string().nullable(),
  /** Milliseconds: head received until it was sent into the tunnel · until the head of the answer · until the end. */
  relayMs: z.number().nullable(),
  tunnelMs: z.number().nullable(),
  answerMs: z.number().nullable(),
  /** Of a connection that was upgraded; null of any other. */
  upgrade: UpgradeView.nullable(),
});
export type TrafficRow = z.infer<typeof TrafficRow>;

/** One link of the audit log's chain. */
export const AuditRow = z.object({
  seq: z.int(),
  at: z.int(),
  /** A user of the console, `admin-key`, `relay`, or the id of a device. */
  actor: z.string(),
  /** Address it came from; null for the relay itself. */
  address: z.string().nullable(),
  action: z.string(),
  subject: z.string(),
  details: z.record(z.string(), z.json()),
  /** Lower hex SHA-256 of the previous row's hash and this row. */
  hash: z.string(),
});
export type AuditRow = z.infer<typeof AuditRow>;

/** What a check of the chain found: how many rows hold, or the first that does not. */
export const AuditVerdict = z.discriminatedUnion('intact', [
  z.object({ intact: z.literal(true), rows: z.int(), headSeq: z.int(), head: z.string() }),
  z.object({
    intact: z.literal(false),
    rows: z.int(),
    brokenSeq: z.int(),
    reason: z.enum(['hash', 'link', 'gap', 'end']),
  }),
]);
export type AuditVerdict = z.infer<typeof AuditVerdict>;

/** Who is signed in, and how they want the console. */
export const Account = z.object({
  user: z.string(),
  locale: Settings.shape.locale,
  theme: Settings.shape.theme,
});
export type Account = z.infer<typeof Account>;

/** What the relay's console is told when it opens. */
export const RelayInfo = z.object({
  version: z.string(),
  contract: z.int(),
  account: Account,
});
export type RelayInfo = z.infer<typeof RelayInfo>;
