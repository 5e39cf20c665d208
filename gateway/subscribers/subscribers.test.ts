import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import type { InboundMessage } from '../../common/domain/inbound.ts';
import { silentLogger } from '../../common/domain/log.ts';
import { createMetrics } from '../metrics/metrics.ts';
import type { ApiKeyConfig } from '../types.ts';
import { createTargetSockets } from './target-sockets.ts';
import { createSubscribers, type Subscribers } from './subscribers.ts';

const message = (text: string): InboundMessage => ({
  id: 'id',
  bot: 'app',
  kind: 'app',
  receivedAt: 0,
  type: 'text',
  event: null,
  agentId: null,
  msgId: null,
  createTime: null,
  from: { userId: 'u', corpId: null },
  chat: { id: 'u', type: 'single' },
  content: {},
  raw: { format: 'xml', text },
});

async function serve(): Promise<{ subscribers: Subscribers; url: string }> {
  const metrics = createMetrics('0.0.0-test');
  const key: ApiKeyConfig = { id: 'any', hash: '', scopes: ['read'] };
  const subscribers = createSubscribers({
    authorize: () => key,
    config: () => ({ apiKeys: [key], targets: [] }),
    sockets: createTargetSockets(metrics),
    metrics,
    log: silentLogger,
  });
  const server = createServer();
  server.on('upgrade', (request, socket, head) => subscribers.handleUpgrade(request, socket, head));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    subscribers.close();
    server.closeAllConnections();
    server.close();
  });
  return { subscribers, url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/api/ws` };
}

async function subscribe(url: string): Promise<WebSocket> {
  const socket = new WebSocket(url);
  onTestFinished(() => socket.terminate());
  await new Promise((resolve) => socket.once('open', resolve));
  return socket;
}

it('cuts off a subscriber that does not read, and goes on with the others', async () => {
  const { subscribers, url } = await serve();
  const slow = await subscribe(url);
  const fast = await subscribe(url);
  let received = 0;
  fast.on('message', () => {
    received += 1;
  });
  expect(subscribers.count).toBe(2);
  slow.pause();
  const text = 'x'.repeat(64 << 10);
  let published = 0;
  // The system's socket buffers take some megabytes before anything is left over here.
  while (subscribers.count === 2 && published < 2_000) {
    subscribers.publish(message(text));
    published += 1;
    const expected = published;
    await expect.poll(() => received, { interval: 1 }).toBe(expected);
  }
  expect(subscribers.count).toBe(1);
  subscribers.publish(message('last'));
  await expect.poll(() => received).toBe(published + 1);
});

it('does not take frames that are too long', async () => {
  const { url } = await serve();
  const socket = await subscribe(url);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.send('x'.repeat((64 << 10) + 1));
  expect(await closed).toBe(1009);
});
