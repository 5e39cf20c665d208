import { once } from 'node:events';
import { rename, rm, writeFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it, onTestFinished } from 'vitest';
import { tempDir } from '../../gateway/testing/harness.ts';
import { tunnelConfigPlace, type Core } from '../../main/core/index.ts';
import { callStrictly, startTestCore } from '../../main/core/testing/core.ts';
import { describeBriefly, describeStatus } from '../../main/headless/commands/status.ts';
import { createWords } from '../../main/headless/words.ts';
import { enrolDevice } from '../../relay/testing/identity.ts';
import { h1 } from '../../relay/testing/public.ts';
import { startRelay, type TestRelay } from '../../relay/testing/relay.ts';
import { startConnectProxy } from '../support/connect-proxy.ts';

let to: TestRelay;
let dir: string;
beforeAll(async () => {
  to = await startRelay();
});
afterAll(() => to.close());
beforeEach(async () => {
  dir = await tempDir();
  await writeFile(join(dir, 'public.pem'), to.publicCa);
});

const place = (name: string): string => join(dir, name);
/** At once, as whoever puts a configuration in its place does. */
const write = async (text: string): Promise<void> => {
  await writeFile(place('next.yaml'), text);
  await rename(place('next.yaml'), place('config.yaml'));
};
const linkOf = (core: Core) => core.snapshot().tunnel.links?.[0];
const fileOf = (core: Core) =>
  core.snapshot().settings.files?.find(({ path }) => path === place('config.yaml'));
const isWhole = (core: Core): boolean => {
  const { state } = core.snapshot().tunnel;
  return state.phase === 'online' && state.sessions.live === state.sessions.wanted;
};
/** A place of the relay where WebSockets are taken, and how it is known. */
const wss = (): string =>
  `transport: { protocol: wss, public_ca: public.pem }\nproxy: none\n` +
  `relays: [{ endpoint: "${linkEndpoint()}", wss: "127.0.0.1:${to.publicPort}" }]\n`;
const linkEndpoint = (): string => to.relay.addresses.control;

/** A device by `config.yaml`, online, that publishes a service whose answer the test gives. */
async function startDevice(
  text: string,
): Promise<{ core: Core; held: () => Promise<ServerResponse> }> {
  await write(text);
  const waiting: ServerResponse[] = [];
  const server = createServer((_request, response) => void waiting.push(response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => server.close().closeAllConnections());
  await writeFile(
    place('config.toml'),
    `[[targets]]\nid = "slow"\nurl = "http://127.0.0.1:${(server.address() as AddressInfo).port}"\n` +
      '[[services]]\nid = "slow"\npath = "/slow"\ntarget = "slow"\n',
  );
  const core = await startTestCore(place('data'), {
    configFile: place('config.toml'),
    tunnelConfig: tunnelConfigPlace(place('config.yaml')),
    configLookMs: 20,
  });
  return {
    core,
    held: async () => {
      await expect.poll(() => waiting.length).toBeGreaterThan(0);
      return waiting.shift() as ServerResponse;
    },
  };
}

async function enrolled(text: string): ReturnType<typeof startDevice> {
  const device = await startDevice(text);
  await callStrictly(device.core, 'tunnel.enrol', { token: to.relay.createToken('acme', 60_000) });
  await serves(device.core);
  return device;
}

/** The relay knows of a session a moment after the device. */
async function serves(core: Core): Promise<void> {
  await expect.poll(() => isWhole(core)).toBe(true);
  await expect.poll(async () => (await h1(to, { path: '/api/health' })).status).toBe(200);
}

/** Public requests one after another, until the function that comes back is called: with what they were answered. */
function keepAsking(): () => Promise<number[]> {
  const answers: number[] = [];
  const end = new AbortController();
  const asking = (async () => {
    while (!end.signal.aborted) {
      answers.push(
        await h1(to, { path: '/api/health' }).then(
          ({ status }) => status,
          () => 0,
        ),
      );
    }
  })();
  return async () => {
    end.abort();
    await asking;
    return answers;
  };
}

it('another transport, heartbeat and compression are in force without a restart and without losing a request', async () => {
  const { core, held } = await enrolled('proxy: none\n');
  expect(linkOf(core)?.transport).toBe('h2');
  const stop = keepAsking();
  const slow = h1(to, { path: '/slow' });
  const response = await held();
  const { rev } = core.snapshot();

  await write(
    `${wss()}health_check: { path: /healthz, interval: 1s }\n`.replace(
      'protocol: wss,',
      'protocol: wss, heartbeat: 5s, compression: true,',
    ),
  );
  await expect.poll(() => linkOf(core)?.transport).toBe('wss');
  await expect.poll(() => isWhole(core)).toBe(true);
  response.end('in good time');
  expect((await slow).body.toString()).toBe('in good time');
  const answers = await stop();
  expect(answers.length).toBeGreaterThan(5);
  expect(new Set(answers)).toEqual(new Set([200]));
  expect(core.snapshot().rev).toBeGreaterThan(rev);
  expect(core.snapshot().settings.locked).toMatchObject({
    'tunnel.protocol': place('config.yaml'),
    'tunnel.compression': place('config.yaml'),
    'tunnel.healthCheck': place('config.yaml'),
  });
  expect(core.snapshot().tunnel.state).toMatchObject({ phase: 'online', generation: 2 });
});

it('a way that leads nowhere leaves the old connections where they are, and says so until there is another', async () => {
  const { core } = await enrolled('proxy: none\n');
  const dead = await startConnectProxy();
  await dead.close();
  const stop = keepAsking();
  await write(`proxy: { url: "http://127.0.0.1:${dead.port}" }\n`);
  await expect.poll(() => linkOf(core)?.pending).toMatchObject({ code: 'PROXY_UNREACHABLE' });
  expect(describeStatus(core.snapshot(), createWords('en'), Date.now())).toContain(
    'New connections cannot be made; those from before the change stay:',
  );
  expect(isWhole(core)).toBe(true);

  const proxy = await startConnectProxy();
  onTestFinished(() => proxy.close());
  await write(`proxy: { url: "http://127.0.0.1:${proxy.port}" }\n`);
  await expect.poll(() => proxy.open()).toBe(3);
  await expect.poll(() => linkOf(core)?.pending).toBeUndefined();
  expect(new Set(await stop())).toEqual(new Set([200]));
});

it('a way that leads nowhere is what is wrong once the old connections are gone', async () => {
  const { core } = await enrolled('proxy: none\n');
  const dead = await startConnectProxy();
  await dead.close();
  await write(`proxy: { url: "http://127.0.0.1:${dead.port}" }\n`);
  await expect.poll(() => linkOf(core)?.pending).toMatchObject({ code: 'PROXY_UNREACHABLE' });

  await callStrictly(core, 'tunnel.disconnect');
  await expect.poll(() => linkOf(core)?.pending).toBeUndefined();
  await callStrictly(core, 'tunnel.connect');
  await expect
    .poll(() => linkOf(core)?.state)
    .toMatchObject({ phase: 'waiting', error: { code: 'PROXY_UNREACHABLE' } });
  const said = describeStatus(core.snapshot(), createWords('en'), Date.now());
  expect(said).toContain('PROXY_UNREACHABLE');
  expect(said).not.toContain('those from before the change stay');
});

it('a wrong file changes nothing, and is named in both languages until it is right', async () => {
  const { core } = await enrolled('proxy: none\ntransport:\n  heartbeat: 30s\n');
  const { generation } = core.snapshot().tunnel.state as { generation: number };
  await write('proxy: none\ntransport:\n  heartbeat: 1s\n');
  await expect
    .poll(() => fileOf(core)?.error)
    .toMatchObject({
      code: 'CONFIG_INVALID',
      params: { line: 3, key: 'transport.heartbeat', reason: 'value' },
    });
  const said = `${place('config.yaml')}:3:3`;
  for (const [locale, words] of [
    ['en', `${said}: transport.heartbeat must be a duration such as`],
    ['zh-CN', `${said}：transport.heartbeat 应为 a duration such as`],
  ] as const) {
    expect(describeBriefly(core.snapshot(), createWords(locale))).toContain(words);
  }
  await expect(core.reloadConfig()).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  expect(core.snapshot().settings.locked).toMatchObject({
    'tunnel.heartbeat': place('config.yaml'),
  });
  expect(core.snapshot().tunnel.state).toMatchObject({ phase: 'online', generation });

  await write('proxy: none\ntransport:\n  heartbeat: 30s\n');
  await expect.poll(() => fileOf(core)?.error).toBeNull();
  // What it says is what was in force all the time.
  expect(core.snapshot().tunnel.state).toMatchObject({ phase: 'online', generation });
});

it('other certificates take over from those before: the new device serves before the old one goes', async () => {
  const devices = [
    await enrolDevice(to.relay.createToken('acme', 60_000)),
    await enrolDevice(to.relay.createToken('acme', 60_000)),
  ];
  for (const [index, { cert, key, ca }] of devices.entries()) {
    await writeFile(place(`${index}.crt`), cert);
    await writeFile(place(`${index}.key`), key);
    await writeFile(place('ca.crt'), ca);
  }
  const naming = (index: number): string =>
    `relays: [{ endpoint: "${linkEndpoint()}" }]\nproxy: none\nsecurity:\n  mTLS: ` +
    `{ client_cert: ${index}.crt, client_key: ${index}.key, ca_cert: ca.crt }\n`;
  const { core, held } = await startDevice(naming(0));
  await serves(core);
  expect(core.snapshot().tunnel.device?.id).toBe(devices[0]?.deviceId);
  const stop = keepAsking();
  const slow = h1(to, { path: '/slow' });
  const response = await held();

  await write(naming(2));
  await expect
    .poll(() => fileOf(core)?.error?.params)
    .toMatchObject({ key: 'security.mTLS.client_cert' });
  // What it names comes after it.
  const late = devices[1];
  await writeFile(place('2.key'), late?.key ?? '');
  await writeFile(place('2.crt'), late?.cert ?? '');
  await expect.poll(() => core.snapshot().tunnel.device?.id).toBe(late?.deviceId);
  await expect.poll(() => isWhole(core)).toBe(true);
  expect(fileOf(core)?.error).toBeNull();
  response.end('of the old one');
  expect((await slow).body.toString()).toBe('of the old one');
  expect(new Set(await stop())).toEqual(new Set([200]));
});

it('a file that was not there at the start is taken when it comes, and one that goes stays in force', async () => {
  const core = await startTestCore(place('data'), {
    tunnelConfig: { path: place('config.yaml'), required: false },
    configLookMs: 20,
  });
  await expect(core.reloadConfig()).rejects.toMatchObject({ code: 'NOT_FOUND' });
  expect(core.snapshot().settings.files).toEqual([]);
  await write('bind: 127.0.0.1\n');
  await expect
    .poll(() => core.snapshot().settings.locked)
    .toMatchObject({ 'tunnel.bind': place('config.yaml') });
  await rm(place('config.yaml'));
  await expect
    .poll(() => fileOf(core)?.error)
    .toMatchObject({ code: 'CONFIG_INVALID', params: { reason: 'ENOENT' } });
  expect(describeBriefly(core.snapshot(), createWords('en'))).toContain('cannot be read (ENOENT)');
  expect(core.snapshot().settings.locked).toMatchObject({ 'tunnel.bind': place('config.yaml') });
});
