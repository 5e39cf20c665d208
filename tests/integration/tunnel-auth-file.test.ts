import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { main } from '../../main/headless/cli.ts';
import { testIo } from '../../main/headless/testing/io.ts';
import { silentLogger } from '../../common/domain/log.ts';
import { createRelay, selfSignedPublic, type RunningRelay } from '../../relay/index.ts';

let relay: RunningRelay;
let dir: string;
let pin: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'causeway-auth-file-'));
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
  // With colons, as OpenSSL prints it.
  pin = new X509Certificate(relay.caPem).fingerprint256;
});

afterAll(async () => {
  await relay.close(0);
  await rm(dir, { recursive: true, force: true });
});

async function run(
  argv: readonly string[],
  device = 'device',
): Promise<{ code: number; out: string; err: string }> {
  const io = testIo();
  const code = await main(['tunnel', ...argv, '--data-dir', join(dir, device)], io);
  return { code, out: io.out(), err: io.err() };
}

const authFile = (): string => join(dir, 'auth.token');
const where = (): string[] => ['--relay', relay.addresses.control, '--ca-sha256', pin];
const fingerprintIn = (text: string): string => /[0-9a-f]{64}/.exec(text)?.[0] ?? '';

test('the guide’s way: auth file, upload, approval, certificate (§3.2)', async () => {
  const first = await run(['auth', '--token-file', authFile()]);
  expect([first.code, first.err]).toEqual([0, '']);
  expect(first.out).toContain('--relay HOST:PORT');
  const text = await readFile(authFile(), 'utf8');
  expect(text).not.toContain('PRIVATE KEY');

  // The relay is named later, and nobody has uploaded the file yet.
  const waiting = await run(['auth', '--token-file', authFile(), ...where()]);
  expect([waiting.code, waiting.err]).toEqual([0, '']);
  expect(waiting.out).toContain('has not been approved yet');

  const fingerprint = await relay.authFiles.upload(text);
  expect([fingerprintIn(first.out), fingerprintIn(waiting.out)]).toEqual([
    fingerprint,
    fingerprint,
  ]);
  await relay.authFiles.approve(fingerprint, 'acme');
  const enrolled = await run(['auth', '--token-file', authFile()]);
  expect([enrolled.code, enrolled.err]).toEqual([0, '']);
  expect(enrolled.out).toContain('enrolled in tunnel acme');
  expect(relay.listTunnels()[0]?.devices).toHaveLength(1);
});

test('a refusal is said, and the next file is another', async () => {
  const file = join(dir, 'refused.token');
  const first = await run(['auth', '--token-file', file, ...where()], 'refused');
  expect(first.code).toBe(0);
  const text = await readFile(file, 'utf8');
  relay.authFiles.refuse(await relay.authFiles.upload(text));
  const again = await run(['auth', '--token-file', file, '--wait'], 'refused');
  expect([again.code, again.err.includes('ENROLMENT_REFUSED')]).toEqual([1, true]);
});

test('an auth file of another device is not taken for ours', async () => {
  const file = join(dir, 'foreign.token');
  await writeFile(file, await readFile(authFile(), 'utf8'));
  const answer = await run(['auth', '--token-file', file], 'other');
  expect([answer.code, answer.err.includes('AUTH_FILE_INVALID')]).toEqual([1, true]);
});

test.each([
  [['--relay', 'relay.example:2222'], '--ca-sha256 HEX'],
  [['--ca-sha256', 'ab'.repeat(32)], '--relay HOST:PORT'],
  [['--relay', 'relay.example:2222', '--ca-sha256', 'zz'], '64 hexadecimal digits'],
])('half of where the relay is makes no sense: %s', async (options, words) => {
  const answer = await run(['auth', '--token-file', join(dir, 'no'), ...options], 'nobody');
  expect([answer.code, answer.err.includes(words)]).toEqual([2, true]);
});
