import type { ServerResponse } from 'node:http';
import { WebSocket } from 'ws';
import { createHash } from 'node:crypto';
import { decrypt } from '@wecom/crypto';
import { describe, expect, it } from 'vitest';
import type { Gateway } from '../types.ts';
import {
  answered,
  json,
  rowWhere,
  SEND_KEY,
  startGateway,
  startTarget,
  tempDir,
} from '../testing/harness.ts';
import { newKeys, signCallback } from '../testing/wecom-client.ts';
import { readFeeds } from './feed-reader.ts';

const keys = newKeys('');
const bot = { id: 'smart', kind: 'aibot', target: 'svc', ...keys } as const;

const notice = {
  card_type: 'text_notice',
  main_title: { title: 'leave' },
  card_action: { type: 1, url: 'https://a.example' },
} as const;

let serial = 0;
function message(more: object = {}): string {
  serial += 1;
  return JSON.stringify({
    msgid: `m${serial}`,
    aibotid: 'A',
    chattype: 'single',
    from: { userid: 'zhangsan' },
    msgtype: 'text',
    text: { content: 'hello' },
    ...more,
  });
}

/** Posts a callback and gives the reply's plaintext, null for an empty answer. */
async function post(gateway: Gateway, plaintext: string): Promise<Record<string, unknown> | null> {
  const path = '/wecom/callback/smart';
  const { target, body } = signCallback(keys, { path, plaintext, format: 'json' });
  const answer = await answered(gateway, target, { body });
  expect(answer.status).toBe(200);
  if (answer.body === '') return null;
  const { encrypt } = JSON.parse(answer.body) as { encrypt: string };
  return JSON.parse(decrypt(keys.encodingAesKey, encrypt).message) as Record<string, unknown>;
}

const poll = (gateway: Gateway, id: string, msgid = 'poll') =>
  post(gateway, message({ msgid, msgtype: 'stream', stream: { id }, text: undefined }));

async function feed(gateway: Gateway, id: string, body: object, status = 200): Promise<unknown> {
  const answer = await answered(gateway, `/api/streams/${id}`, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { authorization: `Bearer ${SEND_KEY}`, 'content-type': 'application/json' },
  });
  expect(answer.status).toBe(status);
  return JSON.parse(answer.body);
}

const streaming = (more: object = {}) =>
  startTarget((response) => json(response, { reply: { type: 'stream', ...more } }));

const idOf = (reply: Record<string, unknown> | null): string =>
  String((reply?.['stream'] as { id: string } | undefined)?.id);

const png = Buffer.from('89504e470d0a1a0a0000', 'hex');

describe('a stream that a service feeds', () => {
  it('grows with each poll, ends with pictures, and takes nothing more', async () => {
    const service = await streaming({ content: 'one', feedbackId: 'f1' });
    const gateway = await startGateway({ bots: [bot], targets: [{ id: 'svc', url: service.url }] });
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
    const service = await streaming();
    const gateway = await startGateway({ bots: [bot], targets: [{ id: 'svc', url: service.url }] });
    const id = idOf(await post(gateway, message()));
    const view = await feed(gateway, id, { content: '字'.repeat(8_000) });
    expect(view).toMatchObject({ bytes: 20_478, truncated: true });
    const { stream } = (await poll(gateway, id)) as { stream: { content: string } };
    expect(stream.content).toBe('字'.repeat(6_826));
  });

  it('shows its card once, with the first reply or a later one', async () => {
    const card = { ...notice, task_id: 't' };
    const service = await streaming({ card });
    const gateway = await startGateway({ bots: [bot], targets: [{ id: 'svc', url: service.url }] });
    const first = await post(gateway, message());
    expect(first).toMatchObject({ msgtype: 'stream_with_template_card', template_card: card });
    const id = idOf(first);
    expect(await poll(gateway, id)).toMatchObject({ msgtype: 'stream' });

    const plain = await streaming();
    gateway.reconfigure({
      bots: [bot],
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
    const service = await streaming({ content: 'so far' });
    const dataDir = await tempDir();
    const config = {
      bots: [bot],
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
      bots: [bot],
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

describe('an answer that is still being written', () => {
  const start = async (begin: (response: ServerResponse) => void) => {
    const service = await startTarget(begin);
    return startGateway({ bots: [bot], targets: [{ id: 'svc', url: service.url }] });
  };

  it('becomes the stream, chunk by chunk', async () => {
    let response: ServerResponse | undefined;
    const gateway = await start((started) => {
      response = started;
      started.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    });
    const id = idOf(await post(gateway, message()));
    response?.write('data: Hel\n\ndata: "lo\\n"\n\n');
    await expect.poll(() => poll(gateway, id)).toMatchObject({ stream: { content: 'Hello\n' } });
    response?.write(': comment\nevent: x\ndata: {"content":"all"}\n\n');
    await expect.poll(() => poll(gateway, id)).toMatchObject({ stream: { content: 'all' } });
    response?.end('data: [DONE]\n\n');
    await expect.poll(() => poll(gateway, id)).toMatchObject({ stream: { finish: true } });
  });

  it('ends with what came when it breaks off', async () => {
    let response: ServerResponse | undefined;
    const gateway = await start((started) => {
      response = started;
      started.writeHead(200, { 'content-type': 'application/x-ndjson' });
      started.write('{"append":"half"}\n');
    });
    const id = idOf(await post(gateway, message()));
    await expect.poll(() => poll(gateway, id)).toMatchObject({ stream: { content: 'half' } });
    response?.destroy();
    await expect
      .poll(() => poll(gateway, id))
      .toMatchObject({ stream: { content: 'half', finish: true } });
  });

  it('is one whole text where no stream can be shown', async () => {
    const gateway = await start((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end('data: wel\n\ndata: come\n\n');
    });
    const welcome = message({
      msgtype: 'event',
      event: { eventtype: 'enter_chat', enter_chat: {} },
      text: undefined,
    });
    expect(await post(gateway, welcome)).toEqual({
      msgtype: 'text',
      text: { content: 'welcome' },
    });
  });

  it('is read the same however it is cut into chunks', async () => {
    const text = Buffer.from('data: 字a\r\n\r\ndata: {"append":"é"}\r\ndata:\r\n\r\ndata: z');
    for (let size = 1; size < text.length; size += 1) {
      const chunks = Array.from({ length: Math.ceil(text.length / size) }, (_, index) =>
        text.subarray(index * size, (index + 1) * size),
      );
      const body = (async function* () {
        yield* chunks;
      })();
      const feeds: unknown[] = [];
      for await (const given of readFeeds(body, 'sse')) feeds.push(given);
      expect(feeds).toEqual([
        { append: '字a', finish: false },
        { append: 'é', finish: false },
        { append: 'z', finish: false },
        { finish: true },
      ]);
    }
  });
});

describe('cards of smart bots', () => {
  const event = (eventtype: string, fields: object): string =>
    message({ msgtype: 'event', event: { eventtype, [eventtype]: fields }, text: undefined });

  it('welcomes with a card, replaces the clicked one, answers feedback with nothing', async () => {
    let reply: object = { type: 'card', card: notice, feedbackId: 'f' };
    const service = await startTarget((response) => json(response, { reply }));
    const gateway = await startGateway({ bots: [bot], targets: [{ id: 'svc', url: service.url }] });
    expect(await post(gateway, event('enter_chat', {}))).toEqual({
      msgtype: 'template_card',
      template_card: { ...notice, feedback: { id: 'f' } },
    });
    const buttons = { card_type: 'button_interaction', button_list: [{ text: 'b', key: 'k' }] };
    reply = { type: 'update_card', card: buttons, userIds: ['u'] };
    const clicked = event('template_card_event', { event_key: 'k', task_id: 'task-1' });
    expect(await post(gateway, clicked)).toEqual({
      response_type: 'update_template_card',
      userids: ['u'],
      template_card: { ...buttons, task_id: 'task-1' },
    });
    expect(await post(gateway, event('feedback_event', { id: 'f', type: 1 }))).toBeNull();
    expect(service.heard).toHaveLength(3);
  });

  it.each([
    ['card', { card: { ...notice, jump_list: Array(4).fill({ title: 't' }) } }, 'card.jump_list'],
    ['stream', { card: { card_type: 'text_notice' } }, 'card.card_action'],
  ])(
    'does not answer with a %s that WeCom would refuse, and says why',
    async (type, more, field) => {
      const service = await startTarget((response) => json(response, { reply: { type, ...more } }));
      const gateway = await startGateway({
        bots: [bot],
        targets: [{ id: 'svc', url: service.url }],
      });
      expect(await post(gateway, message())).toBeNull();
      const row = await rowWhere(gateway, ({ error }) => error !== null);
      expect(row.error).toMatchObject({
        code: 'TARGET_REPLY_INVALID',
        params: { type, field, reason: expect.any(String) as string },
      });
    },
  );

  it('refuses a stream’s card with its field named', async () => {
    const service = await streaming();
    const gateway = await startGateway({ bots: [bot], targets: [{ id: 'svc', url: service.url }] });
    const id = idOf(await post(gateway, message()));
    const card = { ...notice, action_menu: { action_list: [{ text: 't', key: 'k' }] } };
    expect(await feed(gateway, id, { card, finish: false }, 400)).toMatchObject({
      error: { code: 'BAD_INPUT', params: { field: 'card.task_id' } },
    });
  });

  it('asks the target for a clicked card although the conversation still waits for a message', async () => {
    const held: ServerResponse[] = [];
    const service = await startTarget((response, { body }) => {
      if ((JSON.parse(body) as { event: string | null }).event === null) held.push(response);
      else json(response, { reply: { type: 'update_card', card: notice } });
    });
    const gateway = await startGateway({ bots: [bot], targets: [{ id: 'svc', url: service.url }] });
    const slow = post(gateway, message());
    await expect.poll(() => held.length).toBe(1);
    expect(await post(gateway, event('template_card_event', { task_id: 't' }))).toMatchObject({
      template_card: { task_id: 't' },
    });
    for (const response of held) json(response, {});
    expect(await slow).toBeNull();
    await rowWhere(gateway, ({ isEvent, outcome }) => isEvent && outcome === 'replied');
  });

  it('asks the target for a stream of its own, however often', async () => {
    let turn = 0;
    const service = await startTarget((response) => {
      turn += 1;
      const stream = { id: 'own', finish: turn > 2, content: `turn ${turn}` };
      json(response, { reply: { type: 'raw', body: { msgtype: 'stream', stream } } });
    });
    const gateway = await startGateway({ bots: [bot], targets: [{ id: 'svc', url: service.url }] });
    expect(await post(gateway, message())).toMatchObject({ stream: { content: 'turn 1' } });
    expect(await poll(gateway, 'own')).toMatchObject({ stream: { content: 'turn 2' } });
    expect(await poll(gateway, 'own')).toMatchObject({ stream: { content: 'turn 3' } });
  });
});
