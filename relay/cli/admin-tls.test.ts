import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { selfSignedPublic } from '../ca/server-certificate.ts';
import type { PublicTls } from '../ingress/server.ts';
import { adminAddress, run, startChild } from './testing/program.ts';

let dir: string;
let child: ChildProcess;
let address: string;
let first: PublicTls;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'causeway-admin-tls-'));
  await run('init', '--data-dir', dir, '--host', '127.0.0.1');
  const file = join(dir, 'relay.json');
  const settings = JSON.parse(await readFile(file, 'utf8')) as object;
  const adminTls = { cert: 'admin.crt', key: 'admin.key.pem' };
  await writeFile(file, JSON.stringify({ ...settings, adminTls }));
  first = await put('localhost');
  child = startChild(dir);
  address = await adminAddress(child);
});
afterEach(async () => {
  child.kill('SIGTERM');
  if (child.exitCode === null) await once(child, 'exit');
  await rm(dir, { recursive: true, force: true });
});

/** Puts a new pair in the place of the one before, as tools do it. */
async function put(name: string): Promise<PublicTls> {
  const pair = await selfSignedPublic([name], Date.now());
  for (const [file, text] of [
    ['admin.crt', pair.cert],
    ['admin.key.pem', pair.key],
  ] as const) {
    await writeFile(join(dir, `${file}.new`), text, { mode: 0o600 });
    await rename(join(dir, `${file}.new`), join(dir, file));
  }
  return pair;
}

/** Name in the certificate that the admin port shows now. */
async function shownName(): Promise<string | undefined> {
  const port = Number(new URL(address).port);
  const socket = tls.connect({ host: '127.0.0.1', port, rejectUnauthorized: false });
  try {
    await once(socket, 'secureConnect');
    return socket.getPeerCertificate().subjectaltname;
  } finally {
    socket.destroy();
  }
}

it('talks HTTPS to the relay of its data directory, and by --ca to one under its name', async () => {
  expect(address).toMatch(/^https:/);
  const here = ['--data-dir', dir, '--admin', address];
  const made = await run('tunnel', 'create', 'acme', '--domain', 'bot.test', ...here);
  expect(made).toMatchObject({ code: 0, err: '' });

  const ca = join(dir, 'trusted.pem');
  await writeFile(ca, first.cert);
  const named = `https://localhost:${new URL(address).port}`;
  const there = ['--data-dir', dir, '--admin', named, '--ca', ca];
  expect((await run('tunnel', 'list', ...there)).out).toContain('bot.test');
  expect((await run('audit', 'verify', ...there)).out).toContain('The audit log is whole');

  // The certificate is not for this address, and the other authority has not signed it.
  const wrongName = await run('tunnel', 'list', ...here, '--ca', ca);
  expect(wrongName).toMatchObject({ code: 1, out: '' });
  await writeFile(ca, (await selfSignedPublic(['localhost'], Date.now())).cert);
  const wrongCa = await run('tunnel', 'list', ...there);
  expect(wrongCa.err).toContain('RELAY_ADMIN_UNREACHABLE');
  const noFile = await run('tunnel', 'list', ...here, '--ca', join(dir, 'nothing.pem'));
  expect(noFile.err).toContain('CONFIG_INVALID');
});

it('takes a new certificate from its files without a restart', async () => {
  expect(await shownName()).toBe('DNS:localhost');
  await put('second.test');
  await expect.poll(shownName).toBe('DNS:second.test');
  // Half a pair changes nothing; a hang-up looks at both at once.
  await writeFile(join(dir, 'admin.crt'), first.cert);
  child.kill('SIGHUP');
  const here = ['--data-dir', dir, '--admin', address];
  expect(await shownName()).toBe('DNS:second.test');
  await writeFile(join(dir, 'admin.key.pem'), first.key);
  await expect.poll(shownName).toBe('DNS:localhost');
  expect((await run('tunnel', 'list', ...here)).code).toBe(0);
});
