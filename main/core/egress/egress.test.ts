import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { MockAgent, request } from 'undici';
import { expect, onTestFinished, test } from 'vitest';
import { createCoreEgress, type CoreEgress, type CoreEgressOptions } from './egress.ts';

function make(options: Partial<CoreEgressOptions>): CoreEgress {
  const relay = new MockAgent();
  relay.disableNetConnect();
  relay.get('https://qyapi.example').intercept({ path: '/send' }).reply(200, 'by relay');
  const made = createCoreEgress({
    relay: { via: 'relay', ip: () => '192.0.2.7', dispatcher: () => relay },
    enrolled: () => true,
    online: () => true,
    ...options,
  });
  onTestFinished(async () => {
    await made.close();
    await relay.close();
  });
  return made;
}

async function loopbackServer(): Promise<string> {
  const server = createServer((_request, response) => response.end('direct'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/send`;
}

async function get(egress: CoreEgress['egress'], url: string): Promise<string> {
  const answer = await request(url, { dispatcher: egress.dispatcher() });
  return answer.body.text();
}

test('an enrolled device sends by the relay, under its address', async () => {
  const { egress } = make({});
  expect([egress.via, egress.ip()]).toEqual(['relay', '192.0.2.7']);
  expect(await get(egress, 'https://qyapi.example/send')).toBe('by relay');
});

test('while the tunnel is down it sends nothing rather than by another address', async () => {
  const { egress } = make({ online: () => false });
  await expect(get(egress, 'https://qyapi.example/send')).rejects.toMatchObject({
    code: 'TUNNEL_OFFLINE',
  });
});

test('before enrolment everything is direct, and says so', async () => {
  const { egress } = make({ enrolled: () => false });
  expect([egress.via, egress.ip()]).toEqual(['direct', null]);
  expect(await get(egress, await loopbackServer())).toBe('direct');
});

test('closing ends its own connections', async () => {
  const { egress, close } = make({ enrolled: () => false });
  await get(egress, await loopbackServer());
  await close();
  await expect(get(egress, await loopbackServer())).rejects.toThrow('destroyed');
});
