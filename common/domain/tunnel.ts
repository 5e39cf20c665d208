import * as z from 'zod';
import { ErrorInfo } from '../errors/app-error.ts';

/** Where the tunnel of this device leads; known after enrolment. */
export const RelayLink = z.object({
  /** `host:port` of the relay's control port. */
  endpoint: z.string(),
  /** The relay's own name, as it registered us; null before the first registration. */
  name: z.string().nullable(),
  /** The address from which WeCom sees what is sent through this relay (可信IP); null while unknown. */
  fixedIp: z.string().nullable(),
});
export type RelayLink = z.infer<typeof RelayLink>;

/**
 * The state of the tunnel as operators see it.
 * `unenrolled` no certificate yet · `stopped` off because someone wants it off · `connecting` dialling or registering ·
 * `online` at least one session carries requests · `waiting` lost, next try at `retryAt` ·
 * `refused` the relay or this device's certificate says no: trying again at once cannot help.
 */
export const TunnelState = z.discriminatedUnion('phase', [
  z.object({ phase: z.literal('unenrolled') }),
  z.object({ phase: z.literal('stopped') }),
  z.object({ phase: z.literal('connecting'), attempt: z.int(), since: z.int() }),
  z.object({
    phase: z.literal('online'),
    since: z.int(),
    generation: z.int(),
    sessions: z.object({ live: z.int(), wanted: z.int() }),
    /** Round-trip time of the last heartbeat, milliseconds. */
    rttMs: z.number().nullable(),
    /** Relay's clock minus ours, milliseconds. */
    clockSkewMs: z.number().nullable(),
  }),
  z.object({ phase: z.literal('waiting'), attempt: z.int(), retryAt: z.int(), error: ErrorInfo }),
  z.object({ phase: z.literal('refused'), since: z.int(), retryAt: z.int(), error: ErrorInfo }),
]);
export type TunnelState = z.infer<typeof TunnelState>;
export type TunnelPhase = TunnelState['phase'];

/** The tunnel's link to one relay; a device may have several, in the order of preference. */
export const RelayLinkView = z.object({
  ...RelayLink.shape,
  transport: z.enum(['h2', 'wss']),
  state: TunnelState,
  /** Whether messages leave by it now. */
  egress: z.boolean(),
  /** Health checks that failed one after another; null before the first check. */
  failures: z.int().nullable(),
  /** When WeCom refused its address (errcode 60020), milliseconds; null while it did not. */
  untrustedSince: z.int().nullable(),
  /** Why its connections are still those of before a change of certificate or `config.yaml`; left out where they are not. */
  pending: ErrorInfo.optional(),
});
export type RelayLinkView = z.infer<typeof RelayLinkView>;

/** When messages began to leave by another relay than before. */
export const RelaySwitch = z.object({
  at: z.int(),
  /** `host:port`, like `to`. */
  from: z.string(),
  to: z.string(),
});
export type RelaySwitch = z.infer<typeof RelaySwitch>;

/** An auth file of this device whose certificate is still to come: a person uploads and approves it at the relay. */
export const EnrolmentRequest = z.object({
  /** Lower hex SHA-256 of the CSR; the relay's console shows the same. */
  fingerprint: z.string(),
  createdAt: z.int(),
  /** Where the certificate will be picked up; null while that is not known. */
  endpoint: z.string().nullable(),
  /** When the relay was last asked, and what stood in the way; null before, and while there is nothing but waiting. */
  askedAt: z.int().nullable(),
  error: ErrorInfo.nullable(),
});
export type EnrolmentRequest = z.infer<typeof EnrolmentRequest>;

/** The tunnel as the console shows it. */
export const TunnelView = z.object({
  state: TunnelState,
  relay: RelayLink.nullable(),
  /** Public base addresses, e.g. `https://corp-bot.example.com`, in the order of binding. */
  publicUrls: z.array(z.string()),
  /** Device id and tunnel name given at enrolment. */
  device: z.object({ id: z.string(), tunnel: z.string() }).nullable(),
  /** Each relay by itself; `state` sums them up, and `relay` is the one that messages leave by. */
  links: z.array(RelayLinkView).optional(),
  /** The last change of the way out since the program started; left out before the first. */
  switched: RelaySwitch.optional(),
  /** Enrolment by an auth file that is under way. */
  request: EnrolmentRequest.optional(),
});
export type TunnelView = z.infer<typeof TunnelView>;

/** How a state is to be felt: shared by tray, pill and picture so that they never disagree. */
export type Tone = 'ok' | 'busy' | 'warn' | 'bad' | 'idle';

/** The tone of a tunnel state; a tunnel with fewer sessions than wanted, or a skewed clock, warns. */
export function tunnelTone(state: TunnelState): Tone {
  switch (state.phase) {
    case 'unenrolled':
    case 'stopped':
      return 'idle';
    case 'connecting':
      return 'busy';
    case 'online':
      return state.sessions.live < state.sessions.wanted || isSkewed(state) ? 'warn' : 'ok';
    case 'waiting':
    case 'refused':
      return 'bad';
  }
}

/** Clock difference from which certificates and callback timestamps begin to fail, milliseconds. */
export const CLOCK_SKEW_WARN_MS = 60_000;

function isSkewed(state: Extract<TunnelState, { phase: 'online' }>): boolean {
  return state.clockSkewMs !== null && Math.abs(state.clockSkewMs) > CLOCK_SKEW_WARN_MS;
}

/** Whether Connect may be pressed. */
export function canConnect(state: TunnelState): boolean {
  return state.phase === 'stopped' || state.phase === 'waiting' || state.phase === 'refused';
}

/** Whether Disconnect may be pressed. */
export function canDisconnect(state: TunnelState): boolean {
  return (
    state.phase === 'connecting' ||
    state.phase === 'online' ||
    state.phase === 'waiting' ||
    state.phase === 'refused'
  );
}
