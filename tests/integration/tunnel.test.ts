import { once } from 'node:events';
import { Agent, createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { request } from 'undici';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { daysLeft } from '../../common/domain/certificate.ts';
import { decodeToken } from '../../common/tunnel/token.ts';
import { describeCertificate } from '../../main/core/certificates/index.ts';
import { enrol } from '../../main/core/tunnel/index.ts';
import type { TestClient } from '../../main/core/tunnel/testing/client.ts';
import { echo } from '../../main/core/tunnel/testing/client.ts';
import { startWire } from '../../main/core/tunnel/testing/wire.ts';
import { createCa } from '../../main/core/tunnel/testing/pki.ts';
import { DOMAIN, startTunnelRig, withEcho, type TunnelRig } from './support/tunnel-rig.ts';
import type { RelayOptions } from '../../relay/index.ts';

const DAY = 86_400_000;
const open: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const each of open.splice(0).toReversed()) await each.close();
});

async function rigOf(overrides?: Partial<RelayOptions>): Promise<TunnelRig> {
  const rig = await startTunnelRig(overrides);
  open.push(rig);
  return rig;
}

const whole = (client: TestClient): Promise<unknown> =>
  client.until(({ state }) => state.phase === 'online' && state.sessions.live === 2);

describe('the client on the relay', () => {
  it('enrols, registers, and answers the public', async () => {
    const rig = await rigOf();
    const identity = await rig.enrol();
    const client = rig.client(identity);
    await whole(client);
    expect(client.tunnel.view()).toMatchObject({
      relay: { name: 'Rig', fixedIp: '192.0.2.7', endpoint: rig.relay().addresses.control },
      publicUrls: [`https://${DOMAIN}:${new URL(rig.relay().addresses.public).port}`],
      device: { id: identity.deviceId, tunnel: 'corp' },
    });
    expect(client.tunnel.publicCertificate()).toBe(rig.publicCa);
    expect(await rig.curl('/hello?a=1')).toEqual({ status: 200, body: 'GET /hello?a=1' });
    expect(await rig.curl('/form', '--data', 'x=1')).toEqual({ status: 200, body: 'POST /form' });
    expect(rig.relay().listTunnels()).toMatchObject([{ sessions: 2, devices: [{ online: true }] }]);
  });

  it('takes each token once', async () => {
    const rig = await rigOf();
    const token = rig.relay().createToken('corp', 60_000);
    const facts = { hostname: 'rig', platform: 'linux', version: '0.0.0' };
    await enrol({ token: decodeToken(token), facts });
    await expect(enrol({ token: decodeToken(token), facts })).rejects.toMatchObject({
      code: 'TOKEN_USED',
    });
  });

  it('carries a WebSocket', async () => {
    const rig = await rigOf();
    const client = rig.client(await rig.enrol(), { handleStream: withEcho(echo) });
    await whole(client);
    const { port } = new URL(rig.relay().addresses.public);
    const socket = new WebSocket(`wss://127.0.0.1:${port}/ws`, {
      agent: new Agent({ ca: rig.publicCa, servername: DOMAIN }),
      headers: { host: `${DOMAIN}:${port}` },
    });
    await once(socket, 'open');
    socket.send('hello');
    const [first] = await once(socket, 'message');
    expect(String(first)).toBe('hello');
    const big = Buffer.alloc(1 << 20, 7);
    socket.send(big);
    const [second] = await once(socket, 'message');
    expect(big.equals(second as Buffer)).toBe(true);
    socket.close();
    await once(socket, 'close');
  });

  it('comes back when its connections are cut, and when the relay restarts', async () => {
    const rig = await rigOf();
    const identity = await rig.enrol();
    const wire = await startWire(identity.endpoint);
    open.push(wire);
    const client = rig.client(
      { ...identity, endpoint: { host: '127.0.0.1', port: wire.port } },
      { random: () => 0.1, timing: { backoffBase: 20, backoffCap: 100 } },
    );
    await whole(client);
    wire.cut();
    await client.phase('waiting');
    await whole(client);
    expect(await rig.curl('/cut')).toMatchObject({ status: 200 });
    await rig.restart();
    await client.until(({ state }) => state.phase !== 'online');
    await whole(client);
    expect(await rig.curl('/restarted')).toMatchObject({ status: 200 });
  });

  it('is cut by a revocation, and stays out', async () => {
    const rig = await rigOf();
    const identity = await rig.enrol();
    const client = rig.client(identity);
    await whole(client);
    rig.relay().revokeDevice(identity.deviceId);
    const { state } = await client.phase('refused');
    expect(state).toMatchObject({ error: { code: 'CERT_REVOKED' } });
    expect(await rig.curl('/gone')).toMatchObject({ status: 502 });
    client.tunnel.connect();
    await client.phase('connecting');
    expect((await client.phase('refused')).state).toMatchObject({
      error: { code: 'CERT_REVOKED' },
    });
  });

  it('gives way to a second process of the same identity', async () => {
    const rig = await rigOf();
    const identity = await rig.enrol();
    const first = rig.client(identity);
    await whole(first);
    const second = rig.client(identity);
    await whole(second);
    expect((await first.phase('refused')).state).toMatchObject({
      error: { code: 'SESSION_DISPLACED' },
    });
    expect(second.phases).toEqual(['stopped', 'connecting', 'online']);
  });

  it('renews its certificate without dropping a request', async () => {
    let ahead = 0;
    const now = (): number => Date.now() + ahead;
    const rig = await rigOf({ now });
    const client = rig.client(await rig.enrol(), { now });
    await whole(client);
    const enough = new AbortController();
    const statuses: number[] = [];
    const load = Array.from({ length: 4 }, async () => {
      while (!enough.signal.aborted) statuses.push(await rig.get('/load'));
    });
    ahead = 61 * DAY;
    client.tunnel.wake();
    await client.until(({ state }) => state.phase === 'online' && state.generation === 2);
    const before = statuses.length;
    await whole(client);
    while (statuses.length < before + 50) await rig.get('/more');
    enough.abort();
    await Promise.all(load);
    const renewed = client.stored[0];
    if (renewed === undefined) throw new Error('not renewed');
    expect(daysLeft(describeCertificate(renewed.certificate, 'device'), now())).toBeGreaterThan(88);
    expect(statuses.filter((status) => status !== 200)).toEqual([]);
    expect(client.phases).toEqual(['stopped', 'connecting', 'online']);
  });

  it('reaches allowed hosts by the relay, and no others', async () => {
    const ca = createCa('Far CA');
    const issued = ca.issue({ hosts: ['localhost'] });
    const far = createServer(
      { key: issued.privateKey, cert: issued.certificate },
      (incoming, response) => {
        incoming.pipe(response);
      },
    );
    far.listen(0, '127.0.0.1');
    await once(far, 'listening');
    open.push({
      close: async () => {
        far.closeAllConnections();
        far.close();
        await once(far, 'close');
      },
    });
    const { port } = far.address() as AddressInfo;
    const rig = await rigOf({ egressAllow: [`localhost:${port}`, 'localhost:1'] });
    const client = rig.client(await rig.enrol(), { egressCa: ca.certificate });
    await whole(client);
    const send = (url: string): ReturnType<typeof request> =>
      request(url, {
        method: 'POST',
        body: 'hello',
        dispatcher: client.tunnel.egress.dispatcher(),
      });
    const answer = await send(`https://localhost:${port}/send`);
    expect(await answer.body.text()).toBe('hello');
    await expect(send('https://elsewhere.example/')).rejects.toMatchObject({
      code: 'EGRESS_NOT_ALLOWED',
    });
    await expect(send('https://localhost:1/')).rejects.toMatchObject({
      code: 'EGRESS_UNREACHABLE',
    });
  });
});
