import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest';
import { tempDir } from '../../gateway/testing/harness.ts';
import { newKeys, signCallback, textMessage } from '../../gateway/testing/wecom-client.ts';
import { tunnelConfigPlace, type Core } from '../../main/core/index.ts';
import { callStrictly, startTestCore } from '../../main/core/testing/core.ts';
import { h1 } from '../../relay/testing/public.ts';
import { startRelay, type TestRelay } from '../../relay/testing/relay.ts';

const keys = newKeys('ww1');
let to: TestRelay;
beforeAll(async () => {
  to = await startRelay();
});
afterAll(() => to.close());

/** The relay's public address as this device knows it; counts who came. */
async function startPassage(): Promise<{ port: number; passed: () => number; shut: () => void }> {
  let passed = 0;
  const ends = new Set<() => void>();
  const server = createServer((socket) => {
    passed += 1;
    const onward = connect(to.publicPort, '127.0.0.1');
    const end = (): void => {
      socket.destroy();
      onward.destroy();
    };
    ends.add(end);
    for (const side of [socket, onward]) side.on('error', end).on('close', end);
    socket.pipe(onward).pipe(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const shut = (): void => {
    server.close();
    for (const end of ends) end();
  };
  onTestFinished(shut);
  return { port: (server.address() as AddressInfo).port, passed: () => passed, shut };
}

async function startDevice(endpoint: string, more = ''): Promise<Core> {
  const dir = await tempDir();
  const file = (name: string) => join(dir, name);
  await writeFile(file('public.pem'), to.publicCa);
  await writeFile(file('config.yaml'), 'transport:\n  public_ca: public.pem\nproxy: none\n');
  await writeFile(
    file('config.toml'),
    `[tunnel]\nendpoint = "${endpoint}"\n${more}` +
      `[[bots]]\nid = "app"\nkind = "app"\ntoken = "${keys.token}"\n` +
      `encoding_aes_key = "${keys.encodingAesKey}"\nreceive_id = "ww1"\n`,
  );
  const core = await startTestCore(join(dir, 'data'), {
    configFile: file('config.toml'),
    tunnelConfig: tunnelConfigPlace(file('config.yaml')),
  });
  await callStrictly(core, 'tunnel.enrol', { token: to.relay.createToken('acme', 60_000) });
  return core;
}

const stateOf = (core: Core) => core.snapshot().tunnel.state;

it('[tunnel] endpoint leads the tunnel to the public port as a WebSocket, and callbacks back through it', async () => {
  const passage = await startPassage();
  const core = await startDevice(`127.0.0.1:${passage.port}`);
  await expect.poll(() => stateOf(core)).toMatchObject({ phase: 'online', sessions: { live: 2 } });
  expect(core.snapshot().tunnel.links).toMatchObject([{ transport: 'wss' }]);
  expect(passage.passed()).toBeGreaterThanOrEqual(2);

  // The relay knows of a session a moment after the device.
  const healthy = () =>
    h1(to, { path: '/api/health' }).then(
      ({ status }) => status,
      () => 0,
    );
  await expect.poll(healthy).toBe(200);
  const path = '/wecom/callback/app';
  const { target, body } = signCallback(keys, { path, plaintext: textMessage('over wss') });
  const answer = await h1(to, { path: target, body: Buffer.from(body) });
  expect(answer.status).toBe(200);
  const { rows } = await callStrictly(core, 'messages.list', { limit: 10 });
  expect(rows).toMatchObject([{ bot: 'app', type: 'text', from: 'zhangsan', outcome: 'stored' }]);
});

it('[tunnel] retry_interval is the range of the first wait', async () => {
  vi.spyOn(Math, 'random').mockReturnValue(0.9);
  onTestFinished(() => void vi.restoreAllMocks());
  const passage = await startPassage();
  const core = await startDevice(`127.0.0.1:${passage.port}`, 'retry_interval = "10m"\n');
  await expect.poll(() => stateOf(core).phase).toBe('online');
  passage.shut();
  // The first try comes at once.
  const waiting = () => {
    const state = stateOf(core);
    return state.phase === 'waiting' && state.attempt > 0 ? state : null;
  };
  await expect.poll(waiting).not.toBeNull();
  const wait = (waiting()?.retryAt ?? 0) - Date.now();
  expect(wait).toBeGreaterThan(500_000);
  expect(wait).toBeLessThanOrEqual(540_000);
});
