import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { main } from '../../main/headless/cli.ts';
import { testIo } from '../../main/headless/testing/io.ts';
import { silentLogger } from '../../common/domain/log.ts';
import { createRelay, selfSignedPublic, type Relay } from '../../relay/index.ts';

const HOUR = 3_600_000;
let relay: Relay;
let dir: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'causeway-enrolment-'));
  const loopback = { host: '127.0.0.1', port: 0 };
  relay = await createRelay({
    dataDir: join(dir, 'relay'),
    listen: { public: loopback, control: loopback, admin: loopback },
    controlHost: '127.0.0.1',
    publicTls: await selfSignedPublic(['bot.acme.example'], Date.now()),
    name: 'test',
    fixedIp: '192.0.2.7',
    egressAllow: [],
    log: silentLogger,
    version: '0.0.0',
  });
  relay.createTunnel({ name: 'acme', domains: ['bot.acme.example'] });
});

afterAll(async () => {
  await relay.close(0);
  await rm(dir, { recursive: true, force: true });
});

async function run(
  argv: readonly string[],
  stdin = '',
): Promise<{ code: number; out: string; err: string }> {
  const io = testIo({ stdin });
  const code = await main([...argv, '--data-dir', join(dir, 'device')], io);
  return { code, out: io.out(), err: io.err() };
}

/** Starts the program, does `work` beside it, stops it. */
async function whileRunning(work: () => Promise<void>): Promise<void> {
  const io = testIo();
  const argv = [
    'start',
    '--json',
    '--management',
    '127.0.0.1:0',
    '--data-dir',
    join(dir, 'device'),
  ];
  const exit = main(argv, io);
  await Promise.race([io.firstLine(), exit]);
  try {
    await work();
  } finally {
    io.signal();
  }
  expect(await exit).toBe(0);
}

test('a device is enrolled before the service starts, is online after it, and can be switched', async () => {
  const token = relay.createToken('acme', HOUR);
  const auth = await run(['tunnel', 'auth'], `  ${token}\n`);
  expect([auth.code, auth.err]).toEqual([0, '']);
  expect(auth.out).toContain('enrolled in tunnel acme');
  expect(auth.out).toContain('when the program starts');
  // Messages belong to the service: this command knows nothing of the config.toml that they are delivered and kept by.
  expect(await readdir(join(dir, 'device'))).not.toContain('gateway');

  await whileRunning(async () => {
    await expect.poll(async () => (await run(['tunnel', 'status'])).code).toBe(0);
    const { out } = await run(['tunnel', 'status', '--verbose']);
    const [state, domains, expiration = ''] = out.split('\n');
    expect([state, domains]).toEqual([
      'Connection State: Authorized',
      'Domain Binding: bot.acme.example',
    ]);
    expect(expiration).toMatch(/^Expiration Time: \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(Date.parse(expiration.slice('Expiration Time: '.length))).toBeGreaterThan(Date.now());

    expect((await run(['tunnel', 'disconnect'])).code).toBe(0);
    expect((await run(['tunnel', 'status', '--verbose'])).out).toContain(
      'Connection State: Stopped',
    );
    expect((await run(['tunnel', 'connect'])).code).toBe(0);
  });
});

test('a token works once, and a spent one leaves the identity that is there', async () => {
  const token = relay.createToken('acme', HOUR);
  await whileRunning(async () => {
    expect((await run(['tunnel', 'auth', '--token', token])).code).toBe(0);
    const again = await run(['tunnel', 'auth', '--token', token]);
    expect([again.code, again.err.includes('TOKEN_USED'), again.err.includes(token)]).toEqual([
      1,
      true,
      false,
    ]);
    await expect.poll(async () => (await run(['tunnel', 'status'])).code).toBe(0);
  });
});

test('a revoked device says so', async () => {
  await whileRunning(async () => {
    await expect.poll(async () => (await run(['tunnel', 'status'])).code).toBe(0);
    const online = relay.listTunnels()[0]?.devices.find((device) => device.online);
    relay.revokeDevice(online?.id ?? '');
    await expect
      .poll(async () => (await run(['tunnel', 'status', '--verbose'])).out)
      .toContain('Connection State: Refused');
    expect((await run(['tunnel', 'status'])).out).toContain('CERT_REVOKED');
  });
});
