import type { Client } from '../common/contract/client.ts';
import type { TunnelState, TunnelView } from '../common/domain/tunnel.ts';
import { AppError, fromErrorInfo } from '../common/errors/app-error.ts';
import type { Relay } from '../relay/index.ts';

export const TUNNEL_NAME = 'practice';
const TOKEN_MS = 60_000;
const ONLINE_MS = 15_000;

/**
 * Makes the core a device of the practice relay, where it is not one already, and waits until its tunnel carries requests.
 * Throws CONFLICT where the data directory belongs to a relay elsewhere, which practice must not replace, and the tunnel's
 * own error or RELAY_TIMEOUT where it is not online within 15 s.
 */
export async function joinRelay(
  client: Client,
  relay: Relay,
  domains: readonly string[],
): Promise<void> {
  const tunnels = relay.listTunnels();
  if (!tunnels.some(({ name }) => name === TUNNEL_NAME)) {
    relay.createTunnel({ name: TUNNEL_NAME, domains });
  }
  const { tunnel } = await client.call('state.get');
  if (isDeviceOf(tunnel, relay)) {
    if (tunnel.state.phase === 'stopped') await client.call('tunnel.connect');
  } else {
    refuseForeign(tunnel);
    await client.call('tunnel.enrol', { token: relay.createToken(TUNNEL_NAME, TOKEN_MS) });
  }
  await forgetFormer(client, relay.addresses.control);
  await untilOnline(client);
}

/** Where the practice relay was before its port was taken, nobody is any more: it would show as a relay that is down for ever. */
async function forgetFormer(client: Client, control: string): Promise<void> {
  const { tunnel } = await client.call('state.get');
  for (const { endpoint } of tunnel.links ?? []) {
    if (endpoint === control || !isLocal(endpoint)) continue;
    await client.call('tunnel.forgetRelay', { endpoint });
  }
}

/** Throws CONFLICT where this device belongs to a relay that is not on this machine. */
export function refuseForeign(tunnel: TunnelView): void {
  if (tunnel.relay === null || tunnel.device === null) return;
  if (!isLocal(tunnel.relay.endpoint)) {
    throw new AppError('CONFLICT', { kind: 'relay', id: tunnel.relay.endpoint });
  }
}

function isLocal(endpoint: string): boolean {
  return endpoint.startsWith('127.0.0.1:');
}

/** Whether the relay knows the device, and the device the relay's present address. */
function isDeviceOf(tunnel: TunnelView, relay: Relay): boolean {
  const known = relay
    .listTunnels()
    .flatMap(({ devices }) => devices)
    .some(({ id, revokedAt }) => id === tunnel.device?.id && revokedAt === null);
  return known && tunnel.relay?.endpoint === relay.addresses.control;
}

async function untilOnline(client: Client): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let latest: TunnelState | null = null;
  const look = (state: TunnelState): void => {
    latest = state;
    if (state.phase === 'online') resolve();
  };
  const end = client.on('state.changed', ({ patch }) => {
    if (patch.tunnel !== undefined) look(patch.tunnel.state);
  });
  const timer = setTimeout(() => reject(reason(latest)), ONLINE_MS);
  try {
    look((await client.call('state.get')).tunnel.state);
    await promise;
  } finally {
    clearTimeout(timer);
    end();
  }
}

function reason(state: TunnelState | null): AppError {
  if (state?.phase === 'waiting' || state?.phase === 'refused') return fromErrorInfo(state.error);
  return new AppError('RELAY_TIMEOUT');
}
