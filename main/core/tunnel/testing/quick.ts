import { onTestFinished } from 'vitest';
import type { DeviceIdentity } from '../identity.ts';
import type { TunnelClientOptions } from '../types.ts';
import { startClient, type TestClient } from './client.ts';
import { startPeer, type PeerOptions, type TestPeer } from './peer.ts';
import { createCa, type TestCa } from './pki.ts';

export const quick = { backoffBase: 5, backoffCap: 20, refusedRetry: 60_000 } as const;
/** The authority of the relays that {@link peerOf} starts. */
export const ca: TestCa = createCa();

/** A relay until the test ends. */
export async function peerOf(options: PeerOptions = {}): Promise<TestPeer> {
  const peer = await startPeer({ ca, ...options });
  onTestFinished(() => peer.close());
  return peer;
}

/** A client that was told to connect, and that does not wait long; until the test ends. */
export function clientOf(
  identity: DeviceIdentity,
  options: Partial<TunnelClientOptions> = {},
): TestClient {
  const client = startClient(identity, { timing: quick, random: () => 0, ...options });
  onTestFinished(() => client.tunnel.stop(0));
  client.tunnel.connect();
  return client;
}

/** Why its first try came to nothing. */
export async function failure(client: TestClient): Promise<string> {
  const { state } = await client.phase('waiting');
  return state.phase === 'waiting' ? state.error.code : state.phase;
}
