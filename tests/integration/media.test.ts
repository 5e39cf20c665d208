import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { request } from 'undici';
import { expect, it } from 'vitest';
import {
  appBot,
  configOf,
  robotBot,
  startSending,
  startWecom,
  tempDir,
} from '../support/sending.ts';

const KEY = 'cwk_test';
const apiKeys = [
  { id: 'k', hash: createHash('sha256').update(KEY).digest('hex'), scopes: ['send', 'read'] },
] as const;
const authorization = `Bearer ${KEY}`;

async function start() {
  const wecom = await startWecom(['robot', 'other']);
  const dataDir = await tempDir();
  const bots = [robotBot(wecom, 'robot'), robotBot(wecom, 'other'), appBot(wecom)];
  const gateway = await startSending(bots, { dataDir, config: configOf(bots, { apiKeys }) });
  const upload = async (bot: string, type: string, name: string, body: Buffer) => {
    const query = new URLSearchParams({ type, name });
    const answer = await request(`${gateway.address}/api/bots/${bot}/media?${query.toString()}`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/octet-stream' },
      body,
    });
    const answered = (await answer.body.json()) as { mediaId: string; cached: boolean };
    return { status: answer.statusCode, ...answered };
  };
  const download = async (id: string, range?: string) => {
    const answer = await request(`${gateway.address}/api/bots/app/media/${id}`, {
      headers: { authorization, ...(range === undefined ? {} : { range }) },
    });
    const bytes = Buffer.from(await answer.body.arrayBuffer());
    return { status: answer.statusCode, headers: answer.headers, bytes };
  };
  return { wecom, gateway, dataDir, upload, download };
}

it('uploads a robot’s file once for the same bytes and name, and sends it', async () => {
  const { wecom, gateway, dataDir, upload } = await start();
  const body = Buffer.from('一季度报表');
  const first = await upload('robot', 'file', '报表 "Q1".txt', body);
  expect(first).toMatchObject({ status: 200, cached: false });
  expect(await upload('robot', 'file', '报表 "Q1".txt', body)).toMatchObject({
    mediaId: first.mediaId,
    cached: true,
  });
  expect((await upload('other', 'file', '报表 "Q1".txt', body)).mediaId).not.toBe(first.mediaId);
  const result = await gateway.send('robot', {
    msgtype: 'file',
    file: { media_id: first.mediaId },
  });
  expect(result.outcome).toBe('delivered');
  expect(wecom.messages()[0]?.message).toMatchObject({ file: { bytes: body.length } });
  expect(await readdir(join(dataDir, 'spool'))).toEqual([]);
});

it('refuses what WeCom would refuse, before it is uploaded', async () => {
  const { wecom, upload } = await start();
  for (const [bot, type, body, status] of [
    ['robot', 'file', Buffer.from('tiny'), 400],
    ['robot', 'voice', Buffer.from('no AMR at all'), 400],
    ['robot', 'voice', Buffer.alloc(2 * 1024 * 1024 + 1), 400],
    ['robot', 'image', Buffer.from('robots take images in the message'), 409],
    ['app', 'image', Buffer.from('neither JPG nor PNG'), 400],
    ['nobody', 'file', Buffer.from('somebody'), 404],
  ] as const) {
    expect((await upload(bot, type, 'a', body)).status).toBe(status);
  }
  expect(wecom.calls()).toEqual({});
});

it('uploads and downloads an app’s media, whole and in ranges, and tells an error from a file', async () => {
  const { upload, download } = await start();
  const body = Buffer.from(Array.from({ length: 3 << 20 }, (_, n) => n % 251));
  const { mediaId } = await upload('app', 'file', 'large.bin', body);
  const whole = await download(mediaId);
  expect(whole.status).toBe(200);
  expect(whole.bytes.equals(body)).toBe(true);
  expect(whole.headers['content-disposition']).toBe('attachment; filename="large.bin"');
  const part = await download(mediaId, 'bytes=1000-1999');
  expect(part.status).toBe(206);
  expect(part.bytes.equals(body.subarray(1000, 2000))).toBe(true);
  expect(part.headers['content-range']).toBe(`bytes 1000-1999/${body.length}`);
  const missing = await download('no-such-media');
  expect(missing.status).toBe(502);
  expect(JSON.parse(missing.bytes.toString())).toEqual({
    error: { code: 'WECOM_REFUSED', params: { errcode: 40007 } },
  });
});
