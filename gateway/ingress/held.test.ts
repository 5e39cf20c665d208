import { once } from 'node:events';
import { connect, createServer, type ClientHttp2Session } from 'node:http2';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { header } from '../../common/tunnel/protocol.ts';
import { call, json, startGateway, startTarget } from '../testing/harness.ts';
import { overNode } from '../testing/node-stream.ts';
import { appBot, newKeys, signCallback, textMessage } from '../testing/wecom-client.ts';
import type { Gateway } from '../types.ts';

const keys = newKeys('ww1');
const path = '/wecom/callback/app';
const AGO = 600_000;

async function openTunnel(gateway: Gateway): Promise<ClientHttp2Session> {
  const h2 = createServer();
  h2.on('stream', (stream, headers) => gateway.handleStream(overNode(stream), headers));
  const tcp = createTcpServer((socket) => {
    onTestFinished(() => void socket.destroy());
    h2.emit('connection', socket);
  });
  tcp.listen(0, '127.0.0.1');
  await once(tcp, 'listening');
  const session = connect(`http://127.0.0.1:${(tcp.address() as AddressInfo).port}`);
  session.on('error', () => undefined);
  onTestFinished(() => {
    session.destroy();
    tcp.close();
  });
  return session;
}

/** Status and body; null where the stream was reset. */
async function post(
  session: ClientHttp2Session,
  target: string,
  body: string,
  fields: Record<string, string>,
): Promise<{ status: number; body: string } | null> {
  const stream = session.request({ ':method': 'POST', ':path': target, ...fields });
  let status = 0;
  stream.on('response', (headers) => (status = Number(headers[':status'])));
  stream.on('error', () => undefined);
  const closed = once(stream, 'close').catch(() => undefined);
  stream.end(body);
  const answer = await text(stream).catch(() => '');
  await closed;
  return status === 0 ? null : { status, body: answer };
}

describe('a callback that the relay had held', () => {
  const signed = (): { target: string; body: string } =>
    signCallback(keys, {
      path,
      plaintext: textMessage('held'),
      timestamp: Math.floor((Date.now() - AGO) / 1000),
    });

  it('is taken although it is old by now, and its reply does not go to nobody', async () => {
    const service = await startTarget((response) =>
      json(response, { reply: { type: 'text', content: 'pong' } }),
    );
    const gateway = await startGateway({
      bots: [appBot(keys, { target: 'svc' })],
      targets: [{ id: 'svc', url: service.url }],
    });
    const session = await openTunnel(gateway);
    const { target, body } = signed();
    const since = String(Date.now() - AGO + 2_000);
    expect(await post(session, target, body, { [header.heldSince]: since })).toEqual({
      status: 200,
      body: '',
    });
    await expect
      .poll(() => gateway.listMessages({ limit: 5 }).rows.map(({ outcome }) => outcome))
      .toEqual(['late']);
    expect(service.heard).toHaveLength(1);
    const [row] = gateway.listMessages({ limit: 1 }).rows;
    expect(gateway.getMessage(row?.id ?? '').spans.tunnelMs).toBeNull();
  });

  it.each([
    ['nothing said', {}],
    ['no number', { [header.heldSince]: 'yes' }],
    ['longer than anything is held', { [header.heldSince]: String(Date.now() - 26 * 3_600_000) }],
    ['in the future', { [header.heldSince]: String(Date.now() + 3_600_000) }],
    ['held long after it was sent', { [header.heldSince]: String(Date.now()) }],
  ])('is refused with %s', async (_what, fields) => {
    const gateway = await startGateway({ bots: [appBot(keys)] });
    const { target, body } = signed();
    expect(await post(await openTunnel(gateway), target, body, fields)).toBeNull();
    expect(gateway.listMessages({ limit: 1 }).rows).toEqual([]);
  });

  it('cannot come by the management port', async () => {
    const gateway = await startGateway({ bots: [appBot(keys)] });
    const { target, body } = signed();
    const headers = { [header.heldSince]: String(Date.now() - AGO) };
    expect(await call(gateway, target, { body, headers })).toBe('reset');
    expect(gateway.listMessages({ limit: 1 }).rows).toEqual([]);
  });
});
