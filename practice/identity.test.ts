import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { newIdentity, PracticeIdentity, readIdentity, saveIdentity } from './identity.ts';
import { keepPublicTls } from './public-tls.ts';

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'causeway-identity-'));
});

afterEach(() => rm(dir, { recursive: true, force: true }));

it('is drawn anew each time, by WeCom’s rules, with a key that strict base64 decoders take', () => {
  const [one, other] = [newIdentity(), newIdentity()];
  expect(PracticeIdentity.parse(one)).toEqual(one);
  expect(one.token).not.toBe(other.token);
  const key = `${one.encodingAESKey}=`;
  expect(Buffer.from(key, 'base64').toString('base64')).toBe(key);
});

it('is found again, in a file that only its owner reads', async () => {
  const file = join(dir, 'deep', 'practice.json');
  expect(await readIdentity(file)).toBeNull();
  const identity = newIdentity();
  await saveIdentity(file, identity);
  expect(await readIdentity(file)).toEqual(identity);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  await saveIdentity(file, { ...identity, corpId: 'ww0123456789abcdef' });
  expect((await readIdentity(file))?.corpId).toBe('ww0123456789abcdef');
});

it.each(['', '{', '{"token":"x"}'])('counts as none where the file holds %j', async (text) => {
  const file = join(dir, 'practice.json');
  await writeFile(file, text);
  expect(await readIdentity(file)).toBeNull();
});

it('keeps the public certificate until it is damaged or near its end', async () => {
  const now = Date.now();
  const first = await keepPublicTls(dir, now);
  expect(await keepPublicTls(dir, now)).toEqual(first);
  const later = await keepPublicTls(dir, now + 380 * 86_400_000);
  expect(later.cert).not.toBe(first.cert);
  await writeFile(join(dir, 'public-key.pem'), 'damaged');
  expect((await keepPublicTls(dir, now)).ca).not.toBe(later.ca);
});
