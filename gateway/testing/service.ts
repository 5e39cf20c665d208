import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { startGateway } from './harness.ts';
import type { Gateway, GatewayConfig, ServiceConfig } from '../types.ts';

/** An internal service over real HTTP. */
export async function startOrigin(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const service = (more: Partial<ServiceConfig> = {}): ServiceConfig => ({
  id: 'shop',
  host: null,
  path: '/shop',
  stripPath: false,
  targets: [{ id: 'a' }],
  balance: 'round_robin',
  ...more,
});

/** A gateway that publishes `/shop`, with a target for each of `urls`. */
export async function publish(
  urls: readonly string[],
  more: Partial<ServiceConfig> = {},
  config: Partial<GatewayConfig> = {},
): Promise<Gateway> {
  const targets = urls.map((url, index) => ({ id: 'abc'[index] ?? 'x', url }));
  const services = [service({ targets: targets.map(({ id }) => ({ id })), ...more })];
  return startGateway({ targets, services, ...config });
}
/** Beginning of a request through the tunnel. */
export const get = { ':method': 'GET', ':authority': 'shop.example' };
