import { renameSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { silentLogger } from '../../common/domain/log.ts';
import { selfSignedPublic } from '../ca/server-certificate.ts';
import { watchCertificateFiles, type CertificateFiles } from './certificate-files.ts';
import type { PublicTls } from './public-server.ts';

let dir: string;
let fresh: string;
let files: CertificateFiles;
let taken: PublicTls[];
let broken: number;
let pairs: PublicTls[];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'causeway-tls-'));
  fresh = await mkdtemp(join(tmpdir(), 'causeway-tls-new-'));
  taken = [];
  broken = 0;
  pairs = [await make(), await make()];
  await put(pairs[0]!);
});
afterEach(async () => {
  files.close();
  await rm(dir, { recursive: true, force: true });
  await rm(fresh, { recursive: true, force: true });
});

const make = (): Promise<PublicTls> => selfSignedPublic(['bot.test'], Date.now());

async function put(parts: Partial<PublicTls>): Promise<void> {
  const files = Object.entries(parts);
  for (const [name, text] of files) await writeFile(join(fresh, name), text);
  // In one turn of the loop, so that no look at the files comes between a certificate and its key.
  for (const [name] of files) renameSync(join(fresh, name), join(dir, name));
}

function watch(times: { pollMs?: number; settleMs?: number } = {}): void {
  const [cert, key] = [join(dir, 'cert'), join(dir, 'key')];
  files = watchCertificateFiles({
    name: 'public',
    cert,
    key,
    read: async () => ({ cert: await readFile(cert, 'utf8'), key: await readFile(key, 'utf8') }),
    apply: (tls) => taken.push(tls),
    onBroken: () => (broken += 1),
    log: silentLogger,
    settleMs: 50,
    ...times,
  });
}

it('takes a pair that was put in place of the old one, once', async () => {
  watch();
  await put(pairs[1]!);
  await expect.poll(() => taken).toEqual([pairs[1]]);
  await put({ cert: pairs[1]!.cert });
  await files.reload();
  expect(broken).toBe(0);
});

it('finds a change without being told, too', async () => {
  watch({ settleMs: 3_600_000, pollMs: 100 });
  await put(pairs[1]!);
  await expect.poll(() => taken.at(-1)).toEqual(pairs[1]);
});

it('keeps the old one while the new one is broken or half there', async () => {
  watch();
  await put({ cert: pairs[1]!.cert });
  await files.reload();
  await put({ cert: 'no certificate' });
  await files.reload();
  await rm(join(dir, 'key'));
  await files.reload();
  expect(taken).toEqual([]);
  expect(broken).toBeGreaterThanOrEqual(3);
  await put(pairs[1]!);
  await expect.poll(() => taken).toContainEqual(pairs[1]);
});
