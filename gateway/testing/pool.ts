import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { unusedPort } from '../../tests/support/port.ts';
import { defaultPolicies, type BalancingPolicies } from '../delivery/balancing/policies.ts';
import type { PoolConfiguration } from '../delivery/pool/fleet.ts';
import type { Group } from '../delivery/routing/group.ts';
import { createTargetPool, type Delivered, type TargetPool } from '../delivery/target-pool.ts';
import { createMetrics } from '../metrics/metrics.ts';
import { createUpstreamMetrics } from '../metrics/upstream.ts';
import { createTargetSockets } from '../subscribers/target-sockets.ts';

/** Targets without a gateway around them; closed with the test. */
export function startPool(
  config: PoolConfiguration,
  policies: Partial<BalancingPolicies> = {},
  now: () => number = Date.now,
): {
  pool: TargetPool;
  send: (group: Group, key?: string) => Promise<Delivered>;
  metrics: () => Promise<string>;
} {
  const metrics = createMetrics('0.0.0-test');
  const pool = createTargetPool({
    config,
    version: '0.0.0-test',
    metrics,
    upstream: createUpstreamMetrics(metrics.registry),
    sockets: createTargetSockets(metrics),
    now,
    random: Math.random,
    policies: { ...defaultPolicies, ...policies },
  });
  onTestFinished(() => pool.close());
  let serial = 0;
  const never = new AbortController().signal;
  return {
    pool,
    send(group, key) {
      serial += 1;
      const delivery = { id: `msg-${serial}`, body: '{}', trace: String(serial) };
      return pool.deliver({ group, key: key ?? null }, delivery, never);
    },
    metrics: () => metrics.registry.metrics(),
  };
}

export function groupOf(ids: readonly string[], more: Partial<Group> = {}): Group {
  return { name: 'g', members: ids.map((id) => ({ id })), balance: 'round_robin', ...more };
}

/** How a service behaves; may be changed while it runs. `refuse` closes its port. */
export type Behaviour =
  | 'ok'
  | 'hang'
  | 'reset'
  | 'refuse'
  | ((response: ServerResponse, request: IncomingMessage) => void)
  | number;

export interface FaultyService {
  readonly url: string;
  readonly port: number;
  /** Requests that were not health checks. */
  readonly hits: () => number;
  readonly probes: () => number;
  readonly sockets: ReadonlySet<Socket>;
  behave(behaviour: Behaviour): Promise<void>;
}

/** A service that fails as it is told. Its health check at `/up` fails alike. */
export async function startFaulty(first: Behaviour = 'ok'): Promise<FaultyService> {
  let behaviour = first;
  let hits = 0;
  let probes = 0;
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    if (request.url === '/up') probes += 1;
    else hits += 1;
    request.resume();
    if (behaviour === 'hang') return;
    if (behaviour === 'reset') request.socket.resetAndDestroy();
    else if (behaviour === 'ok' || behaviour === 'refuse') response.writeHead(204).end();
    else if (typeof behaviour === 'number') response.writeHead(behaviour).end();
    else behaviour(response, request);
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const listen = (port: number): Promise<void> =>
    new Promise((resolve) => {
      server.listen(port, '127.0.0.1', resolve);
    });
  const port = await unusedPort();
  await listen(port);
  const shut = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  onTestFinished(() => (server.listening ? shut() : undefined));
  if (first === 'refuse') await shut();
  return {
    url: `http://127.0.0.1:${port}/hook`,
    port,
    hits: () => hits,
    probes: () => probes,
    sockets,
    async behave(next) {
      behaviour = next;
      if (next === 'refuse' && server.listening) await shut();
      if (next !== 'refuse' && !server.listening) await listen(port);
    },
  };
}
