import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startService, type Service } from './service.ts';

const key = Buffer.alloc(24, 7);
const secret = `whsec_${key.toString('base64')}`;
const now = 1_700_000_000_000;

let service: Service;

beforeEach(async () => {
  service = await startService({ listen: { host: '127.0.0.1', port: 0 }, secret, now: () => now });
});

afterEach(() => service.close());

const message = (part: object): string =>
  JSON.stringify({
    id: 'm1',
    bot: 'practice',
    kind: 'app',
    receivedAt: now,
    type: 'text',
    event: null,
    agentId: null,
    msgId: '1',
    createTime: 1_700_000_000,
    from: { userId: 'LiLei', corpId: null },
    chat: { id: 'LiLei', type: 'single' },
    content: { content: 'hello' },
    raw: { format: 'xml', text: '<xml/>' },
    ...part,
  });

async function call(
  body: string,
  change: { readonly timestamp?: number; readonly key?: Buffer; readonly prefix?: string } = {},
): Promise<{ status: number; reply: unknown }> {
  const timestamp = String(change.timestamp ?? now / 1000);
  const mac = createHmac('sha256', change.key ?? key)
    .update(`m1.${timestamp}.${body}`)
    .digest('base64');
  const response = await fetch(service.url, {
    method: 'POST',
    headers: {
      'webhook-id': 'm1',
      'webhook-timestamp': timestamp,
      'webhook-signature': `${change.prefix ?? ''}v1,${mac}`,
    },
    body,
  });
  const { reply } = (await response.json()) as { reply?: unknown };
  return { status: response.status, reply };
}

describe('replies', () => {
  it.each([
    ['hello', '收到：hello'],
    ['帮助', '发“时间”查看本机时间，发其他文字我会原样回复。'],
    [' HELP ', 'Send "time" for the time of this machine, or any other text to get it back.'],
  ])('to %s', async (content, said) => {
    expect(await call(message({ content: { content } }))).toEqual({
      status: 200,
      reply: { type: 'text', content: said },
    });
  });

  it.each(['time', '时间'])('to %s with the time', async (content) => {
    const { reply } = await call(message({ content: { content } }));
    expect(reply).toMatchObject({ type: 'text', content: expect.stringContaining('2023') });
  });

  it('leaves the mention of a group out of the echo', async () => {
    const group = { chat: { id: 'G', type: 'group' }, content: { content: '@practice 早' } };
    expect((await call(message(group))).reply).toEqual({ type: 'text', content: '收到：早' });
  });

  it('greets who opens the app', async () => {
    const { reply } = await call(message({ type: 'event', event: 'enter_agent', content: {} }));
    expect(reply).toMatchObject({ content: expect.stringContaining('你好') });
  });

  it('keeps silent on everything else', async () => {
    const image = { type: 'image', content: { mediaId: 'x' } };
    expect(await call(message(image))).toEqual({ status: 200, reply: null });
    expect(
      (await call(message({ type: 'event', event: 'new_one', content: {} }))).reply,
    ).toBeNull();
  });

  it('never echoes more than WeCom takes', async () => {
    const { reply } = await call(message({ content: { content: '好'.repeat(2000) } }));
    expect(Buffer.byteLength((reply as { content: string }).content)).toBeLessThanOrEqual(2048);
  });
});

describe('the signature', () => {
  it('may be one of several', async () => {
    const other = `v1,${Buffer.alloc(32).toString('base64')} v1a,xyz `;
    expect((await call(message({}), { prefix: other })).status).toBe(200);
  });

  it.each([
    ['another key', { key: Buffer.alloc(24, 8) }],
    ['an old timestamp', { timestamp: now / 1000 - 301 }],
    ['a timestamp of the future', { timestamp: now / 1000 + 301 }],
    ['another version', { prefix: 'v2' }],
  ])('is refused with %s', async (_what, change) => {
    expect((await call(message({}), change)).status).toBe(401);
  });

  it('comes before everything else', async () => {
    expect((await fetch(service.url, { method: 'POST', body: '{' })).status).toBe(401);
    expect((await fetch(service.url)).status).toBe(405);
    expect((await call('{')).status).toBe(400);
  });
});
