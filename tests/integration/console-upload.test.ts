import { createHash, randomBytes } from 'node:crypto';
import { expect, it, onTestFinished } from 'vitest';
import type { In, Out } from '../../common/contract/define.ts';
import type { Api } from '../../common/contract/api.ts';
import { MEDIA_CHUNK_BYTES, type MediaUpload } from '../../common/domain/media.ts';
import { fromErrorInfo } from '../../common/errors/app-error.ts';
import { createCore, createFileSecretBox } from '../../main/core/index.ts';
import { join } from 'node:path';
import { app, startWecom, tempDir } from '../support/sending.ts';

async function start() {
  const wecom = await startWecom(['robot']);
  const dataDir = await tempDir();
  const core = await createCore({
    dataDir,
    secrets: await createFileSecretBox(join(dataDir, 'secret.key')),
    host: {},
    version: '0.0.0-test',
    systemLocale: 'en',
    managementListen: { host: '127.0.0.1', port: 0 },
  });
  onTestFinished(() => core.stop(0));
  const call = async <K extends keyof Api>(name: K, input: In<Api, K>): Promise<Out<Api, K>> => {
    const reply = await core.local.call(name, input);
    if (!reply.ok) throw fromErrorInfo(reply.error);
    return reply.value as Out<Api, K>;
  };
  const base = { name: '', receiveId: '', target: null, isDefault: false };
  await call('bots.save', {
    ...base,
    id: 'robot',
    kind: 'robot',
    webhook: wecom.webhook('key-of-robot'),
    egress: 'direct',
  });
  await call('bots.save', {
    ...base,
    id: 'app',
    kind: 'app',
    receiveId: app.corpId,
    corpId: app.corpId,
    corpSecret: app.secret,
    agentId: app.agentId,
    apiBase: wecom.address,
    egress: 'direct',
  });
  const upload = async (head: Omit<MediaUpload, 'size'>, bytes: Buffer) => {
    const { upload: id } = await call('media.begin', { ...head, size: bytes.length });
    for (let offset = 0; offset < bytes.length; offset += MEDIA_CHUNK_BYTES) {
      const data = bytes.subarray(offset, offset + MEDIA_CHUNK_BYTES).toString('base64');
      await call('media.append', { upload: id, offset, data });
    }
    return call('media.finish', { upload: id });
  };
  return { core, wecom, call, upload };
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

it('carries a file of twenty megabytes in pieces, byte for byte, and sends it by its media_id', async () => {
  const { core, wecom, call, upload } = await start();
  const bytes = randomBytes(20 * 1024 * 1024);
  const file = { type: 'file', name: '季度报表.pdf' } as const;
  const { mediaId, cached } = await upload({ ...file, bot: 'robot' }, bytes);
  expect(cached).toBe(false);
  const message = { msgtype: 'file', file: { media_id: mediaId } } as const;
  const result = await call('send.message', { bot: 'robot', message });
  expect(result).toMatchObject({ outcome: 'delivered' });
  const [arrived] = wecom.messages();
  expect(arrived?.message).toMatchObject({ file: { name: '季度报表.pdf', bytes: bytes.length } });
  expect(await upload({ ...file, bot: 'robot' }, bytes)).toMatchObject({ mediaId, cached: true });
  const ofApp = await upload({ ...file, bot: 'app' }, bytes);
  const key = await core.createApiKey('reader', ['read']);
  const kept = await fetch(`${core.gatewayAddress}/api/bots/app/media/${ofApp.mediaId}`, {
    headers: { authorization: `Bearer ${key}` },
  });
  expect(sha256(Buffer.from(await kept.arrayBuffer()))).toBe(sha256(bytes));
});

it.each([
  ['robot', 'image', Buffer.from('\x89PNG\r\n\x1a\nrest', 'latin1'), 'SEND_NOT_SUPPORTED'],
  ['app', 'image', Buffer.from('GIF89a, which WeCom does not take'), 'MEDIA_REFUSED'],
  ['app', 'voice', Buffer.alloc(2 * 1024 * 1024 + 1, '#!AMR\n'), 'MEDIA_REFUSED'],
  ['nobody', 'file', Buffer.from('six bytes and more'), 'BOT_NOT_FOUND'],
] as const)('%s, %s: refused before anything reaches WeCom', async (bot, type, bytes, code) => {
  const { wecom, upload } = await start();
  await expect(upload({ bot, type, name: 'a' }, bytes)).rejects.toMatchObject({ code });
  expect(Object.keys(wecom.calls())).toEqual([]);
});

it('an upload of an app goes through its token; pieces out of order and too many uploads are refused', async () => {
  const { call, upload } = await start();
  const video = Buffer.concat([Buffer.from('\0\0\0\x18ftypmp42', 'latin1'), randomBytes(400_000)]);
  const { mediaId } = await upload({ bot: 'app', type: 'video', name: 'tour.mp4' }, video);
  expect(mediaId).not.toBe('');
  const head = { bot: 'app', type: 'file', name: 'a.txt', size: 12 } as const;
  const open = await Promise.all(Array.from({ length: 4 }, () => call('media.begin', head)));
  await expect(call('media.begin', head)).rejects.toMatchObject({ code: 'BUSY' });
  const [first] = open.map(({ upload: id }) => id);
  if (first === undefined) throw new Error('no upload');
  const data = Buffer.from('six by').toString('base64');
  const piece = { upload: first, data };
  await expect(call('media.append', { ...piece, offset: 6 })).rejects.toMatchObject({
    code: 'CONFLICT',
    params: { offset: 0 },
  });
  await call('media.append', { ...piece, offset: 0 });
  await expect(call('media.finish', { upload: first })).rejects.toMatchObject({
    code: 'CONFLICT',
    params: { offset: 6 },
  });
  await call('media.abort', { upload: first });
  await expect(call('media.append', { ...piece, offset: 6 })).rejects.toMatchObject({
    code: 'NOT_FOUND',
  });
  await call('media.begin', head);
});
