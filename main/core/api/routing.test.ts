import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { callStrictly, startTestCore } from '../testing/core.ts';
import { tempDir } from '../testing/temp-dir.ts';

const route = (id: string, target: string, more: object = {}) => ({
  id,
  match: { keywords: [id] },
  targets: [{ id: target, weight: 2 }],
  ...more,
});

test('routes and what belongs to a target are stored, in force and there after a restart', async () => {
  const dir = tempDir();
  const core = await startTestCore(dir);
  await callStrictly(core, 'targets.save', {
    id: 'crm',
    url: 'http://127.0.0.1:9/',
    weight: 5,
    priority: 1,
    healthCheck: '/up',
    timeoutMs: 5_000,
    maxInFlight: 7,
  });
  // What is left out keeps its value.
  await callStrictly(core, 'targets.save', { id: 'crm', url: 'http://127.0.0.1:9/hook' });
  for (const id of ['a', 'b']) await callStrictly(core, 'routes.save', route(id, 'crm'));
  await callStrictly(core, 'routes.save', route('a', 'crm', { balance: 'hash', name: 'first' }));
  await callStrictly(core, 'routes.reorder', { ids: ['b', 'a'] });
  await callStrictly(core, 'targets.drain', { id: 'crm', draining: true });
  const expected = {
    routes: [
      { id: 'b', enabled: true, balance: 'round_robin', lockedBy: null },
      { id: 'a', balance: 'hash', hashBy: 'chat', name: 'first' },
    ],
    targets: [
      {
        id: 'crm',
        url: 'http://127.0.0.1:9/hook',
        weight: 5,
        priority: 1,
        healthCheck: '/up',
        timeoutMs: 5_000,
        maxInFlight: 7,
        draining: true,
        state: 'draining',
        websocket: false,
        breaker: 'closed',
        ejectedUntil: null,
      },
    ],
  };
  expect(await callStrictly(core, 'state.get')).toMatchObject(expected);
  await core.stop(0);
  const again = await startTestCore(dir);
  expect(await callStrictly(again, 'state.get')).toMatchObject(expected);
});

test('what does not fit is refused and changes nothing', async () => {
  const core = await startTestCore(tempDir());
  await callStrictly(core, 'targets.save', { id: 'crm', url: 'http://127.0.0.1:9/' });
  await callStrictly(core, 'routes.save', route('a', 'crm'));
  await expect(callStrictly(core, 'routes.save', route('b', 'nowhere'))).rejects.toMatchObject({
    code: 'NOT_FOUND',
    params: { kind: 'target', id: 'nowhere' },
  });
  await expect(
    callStrictly(core, 'routes.save', route('b', 'crm', { match: { bots: ['nobody'] } })),
  ).rejects.toMatchObject({ code: 'NOT_FOUND', params: { kind: 'bot' } });
  await expect(
    callStrictly(core, 'routes.save', route('b', 'crm', { match: { pattern: '(a)\\1' } })),
  ).rejects.toMatchObject({ code: 'BAD_INPUT', params: { reason: 'back_reference' } });
  await expect(
    callStrictly(core, 'routes.save', {
      ...route('b', 'crm'),
      targets: [{ id: 'crm' }, { id: 'crm' }],
    }),
  ).rejects.toMatchObject({ code: 'BAD_INPUT', params: { field: 'targets' } });
  await expect(callStrictly(core, 'routes.reorder', { ids: ['a', 'b'] })).rejects.toMatchObject({
    code: 'CONFLICT',
  });
  await expect(callStrictly(core, 'targets.remove', { id: 'crm' })).rejects.toMatchObject({
    code: 'CONFLICT',
    params: { usedBy: 'a' },
  });
  await expect(callStrictly(core, 'routes.remove', { id: 'b' })).rejects.toMatchObject({
    code: 'NOT_FOUND',
  });
  await expect(callStrictly(core, 'targets.createKey', { id: 'crm' })).rejects.toMatchObject({
    code: 'CONFLICT',
  });
  expect((await callStrictly(core, 'state.get')).routes.map(({ id }) => id)).toEqual(['a']);
  await callStrictly(core, 'routes.remove', { id: 'a' });
  await callStrictly(core, 'targets.remove', { id: 'crm' });
});

test('the key of a WebSocket target subscribes to it, and ends with a new one and with the target', async () => {
  const core = await startTestCore(tempDir());
  await callStrictly(core, 'targets.save', { id: 'svc', url: '' });
  const { key: first } = await callStrictly(core, 'targets.createKey', { id: 'svc' });
  const { key } = await callStrictly(core, 'targets.createKey', { id: 'svc' });
  const subscribe = (bearer: string): WebSocket => {
    const socket = new WebSocket(`${core.gatewayAddress.replace('http', 'ws')}/api/ws`, {
      headers: { authorization: `Bearer ${bearer}` },
    });
    socket.on('error', () => undefined);
    onTestFinished(() => socket.terminate());
    return socket;
  };
  await once(subscribe(key), 'open');
  const target = async () => (await callStrictly(core, 'state.get')).targets[0];
  expect(await target()).toMatchObject({ websocket: true, state: 'up', subscribers: 1 });
  await once(subscribe(first), 'unexpected-response');
  await callStrictly(core, 'targets.remove', { id: 'svc' });
  await once(subscribe(key), 'unexpected-response');
});

test('a health check that fails shows', async () => {
  const service = createServer((_request, response) => response.writeHead(503).end());
  service.listen(0, '127.0.0.1');
  await once(service, 'listening');
  onTestFinished(() => {
    service.closeAllConnections();
    service.close();
  });
  const core = await startTestCore(tempDir());
  const asked = once(service, 'request');
  await callStrictly(core, 'targets.save', {
    id: 'svc',
    url: `http://127.0.0.1:${(service.address() as AddressInfo).port}/hook`,
    healthCheck: '/up',
  });
  const [request] = (await asked) as [{ url: string }];
  expect(request.url).toBe('/up');
});
