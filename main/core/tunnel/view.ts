import type { TunnelState, TunnelView } from '../../../common/domain/tunnel.ts';
import type { RegisterResponse } from '../../../common/tunnel/control.ts';
import { SESSIONS_WANTED } from '../../../common/tunnel/protocol.ts';
import type { Clocks } from './control.ts';
import { endpointText, type DeviceIdentity } from './identity.ts';
import { liveSlots, type State } from './state.ts';

/** What is known beside the state; of the last registration where there is none now. */
export interface Known {
  readonly identity: DeviceIdentity | null;
  readonly registration: RegisterResponse | null;
  readonly publicUrls: readonly string[] | null;
  readonly clocks: Clocks | null;
}

/** What is known of a device that has not registered yet. */
export const nothingKnown: Omit<Known, 'identity'> = {
  registration: null,
  publicUrls: null,
  clocks: null,
};

/** The tunnel as operators see it. */
export function viewOf(state: State, known: Known): TunnelView {
  const { identity, registration } = known;
  return {
    state: stateOf(state, known.clocks),
    relay:
      identity === null
        ? null
        : {
            endpoint: endpointText(identity.endpoint),
            name: registration?.relay.name ?? null,
            fixedIp: registration?.relay.fixedIp ?? null,
          },
    publicUrls: urlsOf(known),
    device:
      identity === null
        ? null
        : { id: identity.deviceId, tunnel: registration?.tunnel.name ?? identity.tunnel },
  };
}

function urlsOf({ identity, publicUrls }: Known): string[] {
  if (identity === null) return [];
  // A wildcard has no address of its own.
  const named = identity.domains.filter((domain) => !domain.startsWith('*.'));
  return [...(publicUrls ?? named.map((domain) => `https://${domain}`))];
}

function stateOf(state: State, clocks: Clocks | null): TunnelState {
  switch (state.phase) {
    case 'unenrolled':
      return { phase: 'unenrolled' };
    case 'stopped':
    case 'closed':
      return { phase: 'stopped' };
    case 'connecting':
      return { phase: 'connecting', attempt: state.attempt, since: state.since };
    case 'online':
      return {
        phase: 'online',
        since: state.since,
        generation: state.generation,
        sessions: { live: liveSlots(state.slots), wanted: SESSIONS_WANTED },
        rttMs: clocks === null ? null : Math.round(clocks.rttMs * 10) / 10,
        clockSkewMs: clocks?.clockSkewMs ?? null,
      };
    case 'waiting': {
      const { attempt, retryAt, error } = state;
      return { phase: 'waiting', attempt, retryAt, error };
    }
    case 'refused': {
      const { since, retryAt, error } = state;
      return { phase: 'refused', since, retryAt, error };
    }
  }
}
