import { createCipheriv, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import * as fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { API_KEY, answered, rowWhere, startGateway, tempDir } from '../testing/harness.ts';
import { newKeys, signCallback } from '../testing/wecom-client.ts';
import { mediaDecipher } from '../wecom/index.ts';
import { attachment, fileName } from './file-name.ts';
import { createSpool } from './spool.ts';

const keys = newKeys('');
const bot = { id: 'smart', kind: 'aibot', target: null, ...keys } as const;

function encrypt(plain: Buffer): Buffer {
  const key = Buffer.from(`${keys.encodingAesKey}=`, 'base64');
  const cipher = createCipheriv('aes-256-cbc', key, key.subarray(0, 16)).setAutoPadding(false);
  const pad = 32 - (plain.length % 32);
  return Buffer.concat([
    cipher.update(Buffer.concat([plain, Buffer.alloc(pad, pad)])),
    cipher.final(),
  ]);
}

/** WeCom's file store; counts what it was asked. */
async function store(file: Buffer, disposition: string): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.writeHead(request.url === '/gone' ? 403 : 200, { 'content-disposition': disposition });
    response.end(file);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

async function received(message: object, more: object = {}, now = Date.now) {
  const dataDir = await tempDir();
  const gateway = await startGateway(
    { bots: [{ ...bot, ...more }], callbackMaxAgeMs: 0 },
    { dataDir, now },
  );
  const plaintext = JSON.stringify({ msgid: randomBytes(6).toString('hex'), ...message });
  const signed = signCallback(keys, {
    path: '/wecom/callback/smart',
    plaintext,
    format: 'json',
  });
  expect((await answered(gateway, signed.target, { body: signed.body })).status).toBe(200);
  const { id } = await rowWhere(gateway, () => true);
  const ask = (n: number | string) =>
    answered(gateway, `/api/messages/${id}/media/${n}`, {
      headers: { authorization: `Bearer ${API_KEY}` },
    });
  return { gateway, id, ask, dataDir };
}

describe('files that members send', () => {
  it('are fetched, decrypted, named, and kept', async () => {
    const file = randomBytes(70_000);
    const wecom = await store(
      encrypt(file),
      `attachment; filename*=UTF-8''${encodeURIComponent('报告.pdf')}`,
    );
    const { gateway, id, ask } = await received({
      msgtype: 'mixed',
      mixed: {
        msg_item: [
          { msgtype: 'text', text: { content: 'see' } },
          { msgtype: 'image', image: { url: `${wecom.url}/one` } },
        ],
      },
      quote: { msgtype: 'file', file: { url: `${wecom.url}/two` } },
    });
    const opened = await gateway.openMedia(id, 1);
    expect(opened.name).toBe('报告.pdf');
    expect((await buffer(opened.open())).equals(file)).toBe(true);
    const answer = await ask(1);
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({
      'content-length': '70000',
      'content-disposition': attachment('报告.pdf'),
      'x-content-type-options': 'nosniff',
    });
    expect(wecom.asked).toEqual(['/two']);
    expect((await ask(2)).status).toBe(404);
    expect((await ask('x')).status).toBe(400);
  });

  it('come by themselves where the bot wants that, and are there after the address has expired', async () => {
    let time = Date.now();
    const wecom = await store(encrypt(Buffer.from('hello')), 'attachment; filename="a.txt"');
    const message = { msgtype: 'file', file: { url: `${wecom.url}/a` } };
    const { ask, dataDir } = await received(message, { fetchMedia: true }, () => time);
    await expect
      .poll(() => readdir(join(dataDir, 'received-media')).catch(() => []))
      .toHaveLength(2);
    time += 6 * 60_000;
    const answer = await ask(0);
    expect(answer.body).toBe('hello');
    expect(wecom.asked).toEqual(['/a']);
  });

  it('are refused when they cannot be had: expired, gone, not decryptable', async () => {
    let time = Date.now();
    const wecom = await store(randomBytes(33), 'attachment');
    const broken = await received({ msgtype: 'image', image: { url: `${wecom.url}/a` } });
    expect(JSON.parse((await broken.ask(0)).body)).toMatchObject({
      error: { code: 'DECRYPT_FAILED' },
    });
    expect(await readdir(join(broken.dataDir, 'received-media'))).not.toContainEqual(
      expect.stringMatching(/data$/),
    );
    const gone = await received({ msgtype: 'image', image: { url: `${wecom.url}/gone` } });
    expect(JSON.parse((await gone.ask(0)).body)).toMatchObject({
      error: { code: 'WECOM_ANSWER_INVALID', params: { status: 403 } },
    });
    const metadata = { url: 'http://169.254.169.254/latest/meta-data/' };
    const refused = await received({ msgtype: 'image', image: metadata });
    expect(JSON.parse((await refused.ask(0)).body)).toMatchObject({
      error: { code: 'TARGET_ADDRESS_REFUSED' },
    });
    const late = await received({ msgtype: 'image', image: { url: wecom.url } }, {}, () => time);
    time += 6 * 60_000;
    expect((await late.ask(0)).status).toBe(404);
  });
});

it('decrypts the same however a file is cut into chunks', async () => {
  const cut = fc.array(fc.integer({ min: 1, max: 50 }), { maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), cut, async (bytes, sizes) => {
      const cipher = encrypt(Buffer.from(bytes));
      const stream = mediaDecipher(keys.encodingAesKey);
      const whole = buffer(stream);
      let at = 0;
      for (const size of sizes) stream.write(cipher.subarray(at, (at += size)));
      stream.end(cipher.subarray(at));
      expect((await whole).equals(Buffer.from(bytes))).toBe(true);
    }),
    { numRuns: 50 },
  );
});

it.each([
  ['attachment; filename="a b.pdf"', 'a b.pdf'],
  [`attachment; filename="x"; filename*=UTF-8''%E6%8A%A5.txt`, '报.txt'],
  ['attachment; filename=../../etc/passwd', 'passwd'],
  ['attachment; filename="%E6%8A%A5.txt"', '报.txt'],
  [Buffer.from('attachment; filename="报.txt"').toString('latin1'), '报.txt'],
  ['attachment; filename=".."', 'file'],
  [`attachment; filename*=UTF-8''${'a'.repeat(199)}%F0%9F%98%80.pdf`, 'a'.repeat(199)],
  [null, 'file'],
])('names a file: %s', (disposition, name) => {
  expect(fileName(disposition)).toBe(name);
  expect(() => attachment(fileName(disposition))).not.toThrow();
});

it('keeps files for their time, and no more than fits', async () => {
  const dir = await tempDir();
  const spool = createSpool(dir, { maxAgeMs: 1_000_000, maxBytes: 40 }, Date.now);
  const { writeFile } = await import('node:fs/promises');
  for (const key of ['a', 'b', 'c']) {
    await writeFile(await spool.draft(key), '0123456789');
    await spool.keep(key, `${key}.txt`);
  }
  const past = (seconds: number) => new Date(Date.now() - seconds * 1000);
  await utimes(join(dir, 'a.data'), past(20), past(20));
  await utimes(join(dir, 'b.data'), past(10), past(10));
  await spool.prune();
  expect(await spool.find('a')).toBeNull();
  expect(await spool.find('b')).toMatchObject({ name: 'b.txt', size: 10 });
  await utimes(join(dir, 'b.data'), past(5000), past(5000));
  await spool.prune();
  expect((await readdir(dir)).toSorted()).toEqual(['c.data', 'c.name']);
});
