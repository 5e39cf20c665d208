import { createHash } from 'node:crypto';
import { WebSocket } from 'ws';
import { describe, expect, it } from 'vitest';
import { startGateway, tempDir } from '../testing/harness.ts';
import { feed, idOf, message, poll, post, smartBot, startStreaming } from '../testing/smart-bot.ts';

const notice = {
  card_type: 'text_notice',
  main_title: { title: 'leave' },
  card_action: { type: 1, url: 'https://a.example' },
} as const;

const png = Buffer.from('89504e470d0a1a0a0000', 'hex');

describe('a stream that a service feeds', () => {
  it('grows with each poll, ends with pictures, and takes nothing more', async () => {
    const service = await startStreaming({ content: 'one', feedbackId: 'f1' });
    const gateway = await startGateway({
      bots: [smartBot],
      targets: [{ id: 'svc', url: service.url }],
    });
    const first = await post(gateway, message());
    const id = idOf(first);
    expect(first).toEqual({
      msgtype: 'stream',
      stream: { id, finish: false, content: 'one', feedback: { id: 'f1' } },
    });
    expect(JSON.parse(service.heard[0]?.body ?? '')).toMatchObject({ id });

    // Polls with one and the same msgid: none is taken for a repetition.
    await feed(gateway, id, { append: ' two' });
    expect(await poll(gateway, id)).toMatchObject({
      stream: { content: 'one two', finish: false },
    });
    await feed(gateway, id, { content: '<think>hm</think>three' });
    expect(await poll(gateway, id)).toMatchObject({
      stream: { content: '<think>hm</think>three', finish: false },
    });
    await feed(gateway, id, { images: [{ base64: png.toString('base64') }] }, 400);
    const image = { base64: png.toString('base64') };
    expect(await feed(gateway, id, { finish: true, images: [image] })).toMatchObject({
      state: 'done',
    });
    const md5 = createHash('md5').update(png).digest('hex');
    const last = { finish: true, msg_item: [{ msgtype: 'image', image: { ...image, md5 } }] };
    expect(await poll(gateway, id)).toMatchObject({ stream: last });
    expect(await poll(gateway, id)).toMatchObject({ stream: last });
    await feed(gateway, id, { append: 'x' }, 409);
    // A poll is no message.
    expect(gateway.listMessages({ limit: 10 }).rows).toHaveLength(1);
    expect(service.heard).toHaveLength(1);
  });

  it('is cut at 20480 bytes between characters', async () => {
    const service = await startStreaming();
    const gateway = await startGateway({
      bots: [smartBot],
      targets: [{ id: 'svc', url: service.url }],
    });
    const id = idOf(await post(gateway, message()));
    const view = await feed(gateway, id, { content: '字'.repeat(8_000) });
    expect(view).toMatchObject({ bytes: 20_478, truncated: true });
    const { stream } = (await poll(gateway, id)) as { stream: { content: string } };
    expect(stream.content).toBe('字'.repeat(6_826));
  });

  it('shows its card once, with the first reply or a later one', async () => {
    const card = { ...notice, task_id: 't' };
    const service = await startStreaming({ card });
    const gateway = await startGateway({
      bots: [smartBot],
      targets: [{ id: 'svc', url: service.url }],
    });
    const first = await post(gateway, message());
    expect(first).toMatchObject({ msgtype: 'stream_with_template_card', template_card: card });
    const id = idOf(first);
    expect(await poll(gateway, id)).toMatchObject({ msgtype: 'stream' });

    const plain = await startStreaming();
    gateway.reconfigure({
      bots: [smartBot],
      targets: [{ id: 'svc', url: plain.url }],
      defaultBot: null,
      apiKeys: [],
      callbackMaxAgeMs: 0,
      retentionMs: 86_400_000,
    });
    const second = idOf(await post(gateway, message()));
    await gateway.feedStream(second, { card, finish: false });
    expect(await poll(gateway, second)).toMatchObject({ msgtype: 'stream_with_template_card' });
    await expect.poll(() => poll(gateway, second)).toMatchObject({ msgtype: 'stream' });
  });

  it('ends after six minutes with what it has; a restart changes nothing', async () => {
    let time = Date.now();
    const service = await startStreaming({ content: 'so far' });
    const dataDir = await tempDir();
    const config = {
      bots: [smartBot],
      targets: [{ id: 'svc', url: service.url }],
      callbackMaxAgeMs: 0,
    };
    const before = await startGateway(config, { dataDir, now: () => time });
    const id = idOf(await post(before, message()));
    await before.close();
    const gateway = await startGateway(config, { dataDir, now: () => time });
    expect(await poll(gateway, id)).toMatchObject({ stream: { content: 'so far', finish: false } });
    time += 355_000;
    expect(await poll(gateway, id)).toMatchObject({ stream: { content: 'so far', finish: true } });
    await expect.poll(() => gateway.streamView(id).state).toBe('late');
    expect(await poll(gateway, 'nobody knows it')).toBeNull();
  });

  it('is fed by frames of the WebSocket target that answered, and by no other', async () => {
    const hash = (key: string): string => createHash('sha256').update(key).digest('hex');
    const gateway = await startGateway({
      bots: [smartBot],
      targets: [
        { id: 'svc', url: '' },
        { id: 'other', url: '' },
      ],
      apiKeys: [
        { id: 'a', hash: hash('key-a'), scopes: ['read'], target: 'svc' },
        { id: 'b', hash: hash('key-b'), scopes: ['read'], target: 'other' },
      ],
    });
    const connect = async (key: string): Promise<WebSocket> => {
      const socket = new WebSocket(`${gateway.address.replace('http', 'ws')}/api/ws`, {
        headers: { authorization: `Bearer ${key}` },
      });
      await new Promise((resolve) => socket.once('open', resolve));
      return socket;
    };
    const next = (socket: WebSocket): Promise<Record<string, unknown>> =>
      new Promise((resolve) => {
        socket.once('message', (data) =>
          resolve(JSON.parse(Buffer.from(data as Buffer).toString()) as Record<string, unknown>),
        );
      });
    const [svc, other] = [await connect('key-a'), await connect('key-b')];
    const frame = next(svc);
    const reply = post(gateway, message());
    const { id } = (await frame) as { id: string };
    svc.send(JSON.stringify({ type: 'answer', id, reply: { type: 'stream' } }));
    expect(await reply).toMatchObject({ stream: { id, finish: false } });
    const refused = next(other);
    other.send(JSON.stringify({ type: 'stream', id, feed: { content: 'no' } }));
    expect(await refused).toEqual({ type: 'error', id, code: 'NOT_FOUND' });
    svc.send(JSON.stringify({ type: 'stream', id, feed: { content: 'yes', finish: true } }));
    await expect
      .poll(() => poll(gateway, id))
      .toMatchObject({ stream: { content: 'yes', finish: true } });
    for (const socket of [svc, other]) socket.close();
  });
});
