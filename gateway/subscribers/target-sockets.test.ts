import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import {
  answered,
  json,
  rowWhere,
  SEND_KEY,
  startGateway,
  startTarget,
  testConfig,
} from '../testing/harness.ts';
import { appBot, newKeys, openReply, signCallback, textMessage } from '../testing/wecom-client.ts';
import type { Gateway } from '../types.ts';

const keys = newKeys('ww1');
const path = '/wecom/callback/app';
const bots = [appBot(keys, { target: 'svc' })];
const KEY = 'cwk_key-of-the-target-svc';
const apiKeys = [
  ...testConfig({}).apiKeys,
  { id: 'svc', hash: createHash('sha256').update(KEY).digest('hex'), scopes: [], target: 'svc' },
];
const start = (targets = [{ id: 'svc', url: '' }]): Promise<Gateway> =>
  startGateway({ bots, targets, apiKeys });

interface Frame {
  readonly type: string;
  readonly id: string;
  readonly message?: { content: { content: string } };
  readonly body?: unknown;
}

/** A subscriber of the target; `answer` gets each frame. */
async function subscribe(
  gateway: Gateway,
  answer: (frame: Frame, socket: WebSocket) => void,
): Promise<{ socket: WebSocket; frames: Frame[] }> {
  const socket = new WebSocket(`${gateway.address.replace('http', 'ws')}/api/ws`, {
    headers: { authorization: `Bearer ${KEY}` },
  });
  onTestFinished(() => socket.terminate());
  const frames: Frame[] = [];
  socket.on('message', (data: Buffer) => {
    const frame = JSON.parse(data.toString()) as Frame;
    frames.push(frame);
    answer(frame, socket);
  });
  const before = gateway.targetHealth().get('svc')?.subscribers ?? 0;
  await once(socket, 'open');
  await expect.poll(() => gateway.targetHealth().get('svc')?.subscribers).toBe(before + 1);
  return { socket, frames };
}
const send = (socket: WebSocket, frame: object): void => socket.send(JSON.stringify(frame));

async function callback(gateway: Gateway, text: string, from = 'zhangsan') {
  const { target, body } = signCallback(keys, { path, plaintext: textMessage(text, { from }) });
  return answered(gateway, target, { body });
}

describe('a subscriber of a target', () => {
  it('gets its messages, and its answer frame is the passive reply', async () => {
    const gateway = await start();
    const { frames } = await subscribe(gateway, ({ id, message }, socket) =>
      send(socket, {
        type: 'answer',
        id,
        reply: { type: 'text', content: `you said ${message?.content.content ?? ''}` },
      }),
    );
    const answer = await callback(gateway, 'hello');
    expect(openReply(keys, answer.body)).toContain('you said hello');
    const row = await rowWhere(gateway, (row) => row.outcome === 'replied');
    expect(frames).toMatchObject([{ type: 'message', id: row.id, message: { id: row.id } }]);
  });

  it('takes a message without a reply by ack, refuses it for good by nack', async () => {
    const gateway = await start();
    await subscribe(gateway, ({ id, message }, socket) => {
      const taken = message?.content.content === 'yes';
      send(socket, taken ? { type: 'ack', id } : { type: 'nack', id, retry: false });
    });
    expect((await callback(gateway, 'yes')).body).toBe('');
    await rowWhere(gateway, (row) => row.outcome === 'accepted');
    await callback(gateway, 'no');
    const row = await rowWhere(gateway, (row) => row.outcome === 'failed');
    expect(row.error).toEqual({
      code: 'TARGET_REFUSED',
      params: { target: 'svc', status: 'nack' },
    });
  });

  it('that dies before its ack leaves the message to the next one', async () => {
    const gateway = await start();
    const first = await subscribe(gateway, (_frame, socket) => socket.terminate());
    const second = await subscribe(gateway, ({ id }, socket) =>
      send(socket, { type: 'answer', id, reply: { type: 'text', content: 'from the second' } }),
    );
    const answer = await callback(gateway, 'x');
    expect(openReply(keys, answer.body)).toContain('from the second');
    expect(first.frames.map(({ id }) => id)).toEqual(second.frames.map(({ id }) => id));
  });

  it('is missed until it comes: the message waits in the store', async () => {
    const gateway = await start();
    expect((await callback(gateway, 'x')).status).toBe(200);
    expect((await rowWhere(gateway, (row) => row.error !== null)).error).toEqual({
      code: 'TARGET_NOT_SUBSCRIBED',
      params: { target: 'svc' },
    });
    expect(gateway.targetHealth().get('svc')?.state).toBe('down');
    await subscribe(gateway, ({ id }, socket) => send(socket, { type: 'ack', id }));
    await rowWhere(gateway, (row) => row.outcome === 'accepted');
  });

  it('takes turns with the others', async () => {
    const gateway = await start();
    const ack = ({ id }: Frame, socket: WebSocket): void => send(socket, { type: 'ack', id });
    const subscribers = [await subscribe(gateway, ack), await subscribe(gateway, ack)];
    for (let count = 0; count < 6; count += 1) await callback(gateway, 'x');
    expect(subscribers.map(({ frames }) => frames.length)).toEqual([3, 3]);
  });

  it('works on messages of different conversations at once and of one in order', async () => {
    const gateway = await start();
    const { socket, frames } = await subscribe(gateway, () => undefined);
    const answers = ['1', '2'].map((text) => callback(gateway, text, 'zhangsan'));
    await expect.poll(() => frames.length).toBe(1);
    const other = callback(gateway, '3', 'lisi');
    await expect.poll(() => frames.length).toBe(2);
    expect(frames[1]?.message?.content.content).toBe('3');
    socket.on('message', (data: Buffer) => {
      send(socket, { type: 'ack', id: (JSON.parse(data.toString()) as Frame).id });
    });
    for (const { id } of frames) send(socket, { type: 'ack', id });
    await Promise.all([...answers, other]);
    expect(frames).toHaveLength(3);
  });

  it('that has all it takes at once gets the rest as it answers, and is not blamed for it', async () => {
    const gateway = await start();
    const { socket, frames } = await subscribe(gateway, () => undefined);
    const answers = Array.from({ length: 100 }, (_, n) => callback(gateway, 'x', `user-${n}`));
    await expect.poll(() => frames.length).toBe(64);
    expect(gateway.targetHealth().get('svc')?.state).toBe('up');
    socket.on('message', (data: Buffer) => {
      send(socket, { type: 'ack', id: (JSON.parse(data.toString()) as Frame).id });
    });
    for (const { id } of frames.slice(0, 64)) send(socket, { type: 'ack', id });
    await Promise.all(answers);
    expect(frames).toHaveLength(100);
    const outcomes = (): unknown[] =>
      gateway.listMessages({ limit: 200 }).rows.map(({ outcome }) => outcome);
    await expect.poll(outcomes).toEqual(Array.from({ length: 100 }, () => 'accepted'));
  });

  it('is missed at once by what waits for it', async () => {
    const gateway = await start();
    const { socket, frames } = await subscribe(gateway, () => undefined);
    const answers = Array.from({ length: 70 }, (_, n) => callback(gateway, 'x', `user-${n}`));
    await expect.poll(() => frames.length).toBe(64);
    socket.terminate();
    await Promise.all(answers);
    const codes = (): unknown[] =>
      gateway.listMessages({ limit: 200 }).rows.map(({ error }) => error?.code);
    await expect.poll(codes).toEqual(Array.from({ length: 70 }, () => 'TARGET_NOT_SUBSCRIBED'));
  });

  it('has a message once at a time: a replay of what it works on waits for its answer', async () => {
    const gateway = await start();
    const { socket, frames } = await subscribe(gateway, () => undefined);
    const first = callback(gateway, 'x');
    await expect.poll(() => frames.length).toBe(1);
    const id = frames[0]?.id ?? '';
    const replay = await gateway.replays.start({
      messages: { ids: [id] },
      destination: { kind: 'target', target: 'svc' },
      perSecond: 20,
    });
    const other = callback(gateway, 'another', 'lisi');
    await expect.poll(() => frames.length).toBe(2);
    send(socket, { type: 'ack', id: frames[1]?.id });
    await other;
    expect(frames.map((frame) => frame.message?.content.content)).toEqual(['x', 'another']);
    send(socket, { type: 'answer', id, reply: { type: 'text', content: 'first' } });
    expect(openReply(keys, (await first).body)).toContain('first');
    await expect.poll(() => frames.length).toBe(3);
    send(socket, { type: 'ack', id });
    await expect
      .poll(() => gateway.replays.get(replay.id))
      .toMatchObject({
        state: 'done',
        taken: 1,
      });
  });

  it('is told of a frame that cannot be read, and goes on', async () => {
    const gateway = await start();
    const { socket, frames } = await subscribe(gateway, (frame, from) => {
      if (frame.type === 'message') send(from, { type: 'ack', id: frame.id });
    });
    socket.send('not json');
    send(socket, { type: 'answer' });
    await expect.poll(() => frames.length).toBe(2);
    expect(frames).toMatchObject([{ type: 'error', code: 'BAD_INPUT' }, { type: 'error' }]);
    await callback(gateway, 'x');
    await rowWhere(gateway, (row) => row.outcome === 'accepted');
  });
});

describe('POST /api/targets/{id}/messages', () => {
  const post = (gateway: Gateway, id: string, body: string, key = SEND_KEY) =>
    answered(gateway, `/api/targets/${id}/messages`, {
      body,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    });

  it('goes to a subscriber, and its answer comes back', async () => {
    const gateway = await start();
    const { frames } = await subscribe(gateway, ({ id, body }, socket) =>
      send(socket, { type: 'answer', id, body: { echo: body } }),
    );
    const answer = await post(gateway, 'svc', '{"question":["价格",1]}');
    expect([answer.status, JSON.parse(answer.body)]).toEqual([
      200,
      { echo: { question: ['价格', 1] } },
    ]);
    expect(frames).toMatchObject([{ type: 'request', body: { question: ['价格', 1] } }]);
  });

  it.each<[string, string, string, number]>([
    ['no subscriber', 'svc', SEND_KEY, 502],
    ['no such target', 'other', SEND_KEY, 404],
    ['an HTTP target', 'web', SEND_KEY, 409],
    ['the key of a target', 'svc', KEY, 403],
    ['no key that is known', 'svc', 'cwk_nobody', 401],
  ])('%s', async (_, id, key, status) => {
    const service = await startTarget((response) => json(response, {}));
    const gateway = await start([
      { id: 'svc', url: '' },
      { id: 'web', url: service.url },
    ]);
    expect((await post(gateway, id, '{}', key)).status).toBe(status);
  });

  it('gives up when the subscriber does not answer, and passes a refusal on', async () => {
    const gateway = await start([{ id: 'svc', url: '', ...{ timeoutMs: 100 } }]);
    const { socket } = await subscribe(gateway, () => undefined);
    expect((await post(gateway, 'svc', '1')).status).toBe(504);
    socket.on('message', (data: Buffer) => {
      send(socket, { type: 'nack', id: (JSON.parse(data.toString()) as Frame).id });
    });
    expect((await post(gateway, 'svc', '1')).status).toBe(502);
  });
});
