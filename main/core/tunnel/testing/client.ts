import type { IncomingHttpHeaders } from 'node:http2';
import { silentLogger } from '../../../../common/domain/log.ts';
import type { TunnelPhase, TunnelView } from '../../../../common/domain/tunnel.ts';
import type { TunnelStream } from '../../../../gateway/types.ts';
import { createTunnelClient } from '../client.ts';
import type { DeviceIdentity } from '../identity.ts';
import type { TunnelClient, TunnelClientOptions } from '../types.ts';

/** A client with its news recorded. */
export interface TestClient {
  readonly tunnel: TunnelClient;
  /** Each phase that was shown, repetitions left out. */
  readonly phases: readonly TunnelPhase[];
  /** Identities that were given to be stored. */
  readonly stored: readonly DeviceIdentity[];
  /** The first view, from now on, of which `predicate` holds. */
  until(predicate: (view: TunnelView) => boolean): Promise<TunnelView>;
  phase(phase: TunnelPhase): Promise<TunnelView>;
}

export function startClient(
  identity: DeviceIdentity,
  options: Partial<TunnelClientOptions> = {},
): TestClient {
  const watchers = new Set<(view: TunnelView) => void>();
  const phases: TunnelPhase[] = [];
  const stored: DeviceIdentity[] = [];
  const tunnel = createTunnelClient({
    log: silentLogger,
    version: '0.0.0',
    handleStream: echo,
    onIdentity: async (renewed) => {
      stored.push(renewed);
    },
    onChange: (view) => {
      if (phases.at(-1) !== view.state.phase) phases.push(view.state.phase);
      for (const watcher of watchers) watcher(view);
    },
    ...options,
  });
  const until: TestClient['until'] = (predicate) =>
    new Promise((resolve) => {
      const look = (view: TunnelView): void => {
        if (!predicate(view)) return;
        watchers.delete(look);
        resolve(view);
      };
      watchers.add(look);
      look(tunnel.view());
    });
  tunnel.setIdentity(identity);
  return {
    tunnel,
    phases,
    stored,
    until,
    phase: (phase) => until((view) => view.state.phase === phase),
  };
}

/** Answers with method and path. */
export function echo(stream: TunnelStream, headers: IncomingHttpHeaders): void {
  stream.answer({ ':status': 200 }, `${headers[':method'] ?? ''} ${headers[':path'] ?? ''}`);
}
