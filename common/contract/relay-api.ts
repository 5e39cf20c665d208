import * as z from 'zod';
import {
  Account,
  AuditRow,
  AuditVerdict,
  RelayInfo,
  RelaySnapshot,
  RelaySnapshotPatch,
  TrafficRow,
} from '../domain/relay/views.ts';
import {
  GatePath,
  GateToken,
  RecoveryMode,
  TunnelAccess,
  TunnelHold,
  TunnelLimits,
} from '../domain/relay/tunnel-rules.ts';
import { MAX_AUTH_FILE } from '../tunnel/auth-file.ts';
import { EnrolResponse } from '../tunnel/control.ts';
import { call, topic, type Contract } from './define.ts';

/** Grows when a call or topic changes in a way that an open browser tab would not understand. */
export const RELAY_CONTRACT_VERSION = 2;

const Tunnel = z.string().min(1).max(64);
const Domain = z.string().trim().min(1).max(255);
const TunnelDomain = z.object({ tunnel: Tunnel, domain: Domain });
const Fingerprint = z.string().regex(/^[0-9a-f]{64}$/);

/** Life of an enrolment token, milliseconds. */
export const tokenTtl = { min: 60_000, max: 30 * 86_400_000 } as const;
/** Rows of the live traffic table. */
export const TRAFFIC_ROWS = 200;

/** The contract of the relay's console, over its WebSocket; see `api.ts` for the operator's. */
export const relayApi = {
  'relay.info': call(z.void(), RelayInfo),
  'state.get': call(z.void(), RelaySnapshot),
  'state.changed': topic(RelaySnapshotPatch),

  'tunnels.create': call(
    z.object({ name: Tunnel, domains: z.array(Domain).min(1).max(100) }),
    z.void(),
    'manage',
  ),
  /** Ends its devices' certificates and live sessions too. */
  'tunnels.remove': call(z.object({ tunnel: Tunnel }), z.void(), 'manage'),
  'domains.bind': call(TunnelDomain, z.void(), 'manage'),
  'domains.unbind': call(TunnelDomain, z.void(), 'manage'),
  'access.set': call(z.object({ tunnel: Tunnel, access: TunnelAccess }), z.void(), 'manage'),
  /** White-lists of one domain; null takes the tunnel's. */
  'domains.setAccess': call(
    TunnelDomain.extend({ access: TunnelAccess.nullable() }),
    z.void(),
    'manage',
  ),
  'limits.set': call(z.object({ tunnel: Tunnel, limits: TunnelLimits }), z.void(), 'manage'),
  'hold.set': call(z.object({ tunnel: Tunnel, hold: TunnelHold }), z.void(), 'manage'),
  /** How expired certificates of the tunnel's devices are renewed; null takes the relay's own. */
  'recovery.set': call(
    z.object({ tunnel: Tunnel, mode: RecoveryMode.nullable() }),
    z.void(),
    'manage',
  ),
  /** Tries again at once to deliver what is held, also what was set aside. */
  'spool.deliver': call(z.object({ tunnel: Tunnel }), z.void(), 'manage'),
  /** Drops all that is held: WeCom has its answer and will not send it again. */
  'spool.forget': call(z.object({ tunnel: Tunnel }), z.object({ count: z.int() }), 'manage'),
  /** The Token of a bot's callbacks, for the signature gate. Write-only. */
  'gates.set': call(
    z.object({ tunnel: Tunnel, path: GatePath, token: GateToken }),
    z.void(),
    'manage',
  ),
  'gates.remove': call(z.object({ tunnel: Tunnel, path: GatePath }), z.void(), 'manage'),

  /** The answer is the only time that the token can be read. */
  'tokens.create': call(
    z.object({ tunnel: Tunnel, ttlMs: z.int().min(tokenTtl.min).max(tokenTtl.max) }),
    z.object({ token: z.string(), expiresAt: z.int() }),
    'manage',
  ),
  'tokens.revoke': call(z.object({ id: z.string().max(64) }), z.void(), 'manage'),

  /** The text of an auth file; nothing is signed before it is approved. */
  'authFiles.upload': call(
    z.object({ text: z.string().max(MAX_AUTH_FILE) }),
    z.object({ fingerprint: z.string() }),
    'manage',
  ),
  'authFiles.approve': call(
    z.object({ fingerprint: Fingerprint, tunnel: Tunnel }),
    z.object({ deviceId: z.string() }),
    'manage',
  ),
  'authFiles.refuse': call(z.object({ fingerprint: Fingerprint }), z.void(), 'manage'),
  /** What the device would be given at its pick-up, for devices to which it has to be carried. */
  'authFiles.answer': call(z.object({ fingerprint: Fingerprint }), EnrolResponse),

  /** The device gets its certificate the next time it asks, within a day. One that was refused may be approved later. */
  'recoveries.approve': call(z.object({ deviceId: z.string().max(64) }), z.void(), 'manage'),
  'recoveries.refuse': call(z.object({ deviceId: z.string().max(64) }), z.void(), 'manage'),

  'devices.revoke': call(z.object({ id: z.string().max(64) }), z.void(), 'manage'),

  'traffic.recent': call(z.void(), z.object({ rows: z.array(TrafficRow) })),
  /** New rows and changed ones, coalesced to at most four a second; the newest {@link TRAFFIC_ROWS} count. */
  'traffic.changed': topic(z.object({ rows: z.array(TrafficRow) })),

  'audit.list': call(
    z.object({
      /** Rows older than this; the newest when left out. */
      before: z.int().optional(),
      limit: z.int().min(1).max(200),
      /** Part of an actor, action, subject or detail. */
      search: z.string().max(200).optional(),
    }),
    z.object({ rows: z.array(AuditRow), more: z.boolean() }),
  ),
  'audit.verify': call(z.void(), AuditVerdict),

  'account.update': call(Account.omit({ user: true }).partial(), Account),
  'account.password': call(
    z.object({ current: z.string().max(1024), next: z.string().max(1024) }),
    z.void(),
  ),
} as const satisfies Contract;

export type RelayApi = typeof relayApi;

/** Paths of the relay's admin port that a browser uses beside the socket. */
export const relayPaths = {
  session: '/api/session',
  login: '/api/login',
  logout: '/api/logout',
  auditExport: '/api/audit/export',
} as const;

/** Body of `POST /api/login`. `newPassword` where the present one works once only. */
export const LoginRequest = z.strictObject({
  user: z.string().trim().min(1).max(64),
  password: z.string().min(1).max(1024),
  newPassword: z.string().min(1).max(1024).optional(),
});
export type LoginRequest = z.infer<typeof LoginRequest>;
