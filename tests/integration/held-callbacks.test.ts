import { afterEach, expect, it } from 'vitest';
import { startGateway } from '../../gateway/testing/harness.ts';
import { appBot, newKeys, signCallback, textMessage } from '../../gateway/testing/wecom-client.ts';
import { h1 } from '../../relay/testing/public.ts';
import { startTunnelRig, type TunnelRig } from './support/tunnel-rig.ts';

const path = '/wecom/callback/app';
let rig: TunnelRig | null = null;
afterEach(async () => {
  await rig?.close();
});

it('callbacks of an outage reach the store once, in order, over a restart of the relay', async () => {
  rig = await startTunnelRig();
  const keys = newKeys('ww1');
  const { rules } = rig.relay();
  rules.setGate('corp', { path, token: keys.token });
  rules.setHold('corp', { enabled: true, maxAgeMs: 3_600_000, maxBytes: 1024 ** 2 });
  const identity = await rig.enrol();
  const sent: string[] = [];
  const send = async (): Promise<{ status: number; body: string }> => {
    const plaintext = textMessage(`message ${sent.length}`);
    sent.push(plaintext);
    const { target, body } = signCallback(keys, { path, plaintext });
    const to = {
      publicPort: Number(new URL(rig!.relay().addresses.public).port),
      publicCa: rig!.publicCa,
    };
    // WeCom repeats what it is not sure of.
    await h1(to, { path: target, body });
    const answer = await h1(to, { path: target, body });
    return { status: answer.status, body: answer.body.toString() };
  };
  for (let at = 0; at < 10; at += 1) expect(await send()).toEqual({ status: 200, body: '' });
  await rig.restart();
  for (let at = 0; at < 10; at += 1) expect(await send()).toEqual({ status: 200, body: '' });
  expect(rig.relay().held()['corp']?.rows).toBe(20);

  const gateway = await startGateway({ bots: [appBot(keys)] });
  rig.client(identity, {
    handleStream: (stream, headers) => gateway.handleStream(stream, headers),
  });
  const running = rig;
  await expect.poll(() => running.relay().held()).toEqual({});
  expect((await send()).status).toBe(200);
  const rows = gateway.listMessages({ limit: 50 }).rows.toReversed();
  expect(rows.map(({ id }) => gateway.getMessage(id).raw)).toEqual(sent);
  const hops = running.relay().traffic.recent()[0];
  expect(hops).toMatchObject({
    status: 200,
    source: 'agent',
    agent: { gateway: expect.any(Number) as number },
  });
});
