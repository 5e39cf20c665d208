import { tunnelTone, type RelayLinkView, type Tone } from '../../common/domain/tunnel.ts';

/**
 * The part that a relay plays just now. `inUse` messages leave by it · `standby` ready to take over · `untrusted` WeCom refuses
 * its address, so that only callbacks come by it · `failing` connected, but its health checks fail · `down` lost, being tried
 * again · `off` nobody wants it up.
 */
export type RelayRole =
  'inUse' | 'standby' | 'untrusted' | 'failing' | 'connecting' | 'down' | 'refused' | 'off';

export function relayRole(link: RelayLinkView): RelayRole {
  switch (link.state.phase) {
    case 'online':
      if (link.egress) return 'inUse';
      if (link.untrustedSince !== null) return 'untrusted';
      return (link.failures ?? 0) > 0 ? 'failing' : 'standby';
    case 'connecting':
      return 'connecting';
    case 'waiting':
      return 'down';
    case 'refused':
      return 'refused';
    case 'stopped':
    case 'unenrolled':
      return 'off';
    default:
      return link.state satisfies never;
  }
}

export function relayTone(link: RelayLinkView): Tone {
  const role = relayRole(link);
  if (role === 'inUse' && link.untrustedSince !== null) return 'warn';
  if (role === 'untrusted' || role === 'failing') return 'warn';
  return role === 'standby' ? 'idle' : tunnelTone(link.state);
}

/** The relay's own name, or its address while it has not told one. */
export function relayName({ name, endpoint }: Pick<RelayLinkView, 'name' | 'endpoint'>): string {
  return name === null || name === '' ? endpoint : name;
}
