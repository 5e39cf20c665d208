import { describe, expect, it, onTestFinished } from 'vitest';
import { startFaulty, type FaultyService } from '../../testing/pool.ts';
import { createConnections, type Connections, type PoolPolicy } from './connections.ts';
import { createNetworkRule } from './network-rule.ts';

/** A service that answers when it is told to. */
async function startSlow(): Promise<{ service: FaultyService; finish: () => void }> {
  const waiting: (() => void)[] = [];
  const service = await startFaulty((response) =>
    waiting.push(() => response.writeHead(200).end('ok')),
  );
  return {
    service,
    finish: () => {
      for (const end of waiting.splice(0)) end();
    },
  };
}

function open(service: FaultyService, policy: Partial<PoolPolicy>): Connections {
  const connections = createConnections(
    service.url.replace('/hook', ''),
    { maxIdle: 50, maxOpen: 200, idleTimeoutMs: 60_000, ...policy },
    createNetworkRule(),
  );
  onTestFinished(() => connections.destroy());
  return connections;
}

async function call(connections: Connections): Promise<number> {
  const response = await connections.pool.request({ method: 'GET', path: '/' });
  await response.body.text();
  connections.trim();
  return response.statusCode;
}

describe('the connections of a target', () => {
  it('max_open: the thirteenth request waits for one of twelve connections', async () => {
    const { service, finish } = await startSlow();
    const connections = open(service, { maxOpen: 12 });
    const calls = Array.from({ length: 30 }, () => call(connections));
    await expect.poll(() => service.hits()).toBe(12);
    expect(service.sockets.size).toBe(12);
    expect(connections.figures()).toEqual({ open: 12, idle: 0, busy: 12, pending: 18 });
    finish();
    await expect.poll(() => service.hits()).toBe(24);
    expect(service.sockets.size).toBe(12);
    finish();
    await expect.poll(() => service.hits()).toBe(30);
    finish();
    expect(await Promise.all(calls)).toEqual(Array.from({ length: 30 }, () => 200));
  });

  it('max_idle: of twelve connections that become idle four stay', async () => {
    const { service, finish } = await startSlow();
    const connections = open(service, { maxOpen: 12, maxIdle: 4 });
    const calls = Array.from({ length: 12 }, () => call(connections));
    await expect.poll(() => service.hits()).toBe(12);
    expect(service.sockets.size).toBe(12);
    finish();
    await Promise.all(calls);
    await expect.poll(() => service.sockets.size).toBe(4);
    expect(connections.figures()).toEqual({ open: 4, idle: 4, busy: 0, pending: 0 });
    // And the four are used again.
    const kept = new Set(service.sockets);
    const again = Array.from({ length: 4 }, () => call(connections));
    await expect.poll(() => service.hits()).toBe(16);
    expect(new Set(service.sockets)).toEqual(kept);
    finish();
    await Promise.all(again);
  });

  it('max_idle 0: each connection ends with its request', async () => {
    const { service, finish } = await startSlow();
    const connections = open(service, { maxIdle: 0 });
    const calls = [call(connections), call(connections)];
    await expect.poll(() => service.hits()).toBe(2);
    finish();
    await Promise.all(calls);
    await expect.poll(() => service.sockets.size).toBe(0);
  });

  it('a request that comes while others are closed gets a connection', async () => {
    const service = await startFaulty();
    const connections = open(service, { maxIdle: 1, maxOpen: 8 });
    for (let round = 0; round < 20; round += 1) {
      const statuses = await Promise.all(Array.from({ length: 8 }, () => call(connections)));
      expect(statuses).toEqual(Array.from({ length: 8 }, () => 204));
    }
    await expect.poll(() => service.sockets.size).toBe(1);
  });

  it('idle_timeout: an idle connection is closed after it', async () => {
    const service = await startFaulty();
    const connections = open(service, { idleTimeoutMs: 2_000 });
    await call(connections);
    expect(service.sockets.size).toBe(1);
    await expect.poll(() => service.sockets.size).toBe(0);
    expect(await call(connections)).toBe(204);
  });
});
