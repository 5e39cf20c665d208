import type { SessionView, TunnelConfig } from '../../common/domain/relay/views.ts';
import type { Tone } from '../../common/domain/tunnel.ts';

/** How many of the relay's tunnels carry: all that have a device, some, none, or there is no device yet. */
export function relayHealth(
  tunnels: readonly TunnelConfig[],
  sessions: readonly SessionView[],
): 'empty' | 'all' | 'some' | 'none' {
  const wanted = tunnels.filter(hasDevice);
  if (wanted.length === 0) return 'empty';
  const carrying = wanted.filter(({ name }) => sessions.some(({ tunnel }) => tunnel === name));
  if (carrying.length === wanted.length) return 'all';
  return carrying.length === 0 ? 'none' : 'some';
}

/** How one tunnel is: no device yet, nothing connected, or it carries. */
export function tunnelHealth(
  tunnel: TunnelConfig,
  sessions: readonly SessionView[],
): 'empty' | 'offline' | 'online' {
  if (sessions.some((session) => session.tunnel === tunnel.name)) return 'online';
  return hasDevice(tunnel) ? 'offline' : 'empty';
}

export const tunnelTones: Readonly<Record<ReturnType<typeof tunnelHealth>, Tone>> = {
  empty: 'idle',
  offline: 'bad',
  online: 'ok',
};

function hasDevice({ devices }: TunnelConfig): boolean {
  return devices.some(({ revokedAt }) => revokedAt === null);
}
