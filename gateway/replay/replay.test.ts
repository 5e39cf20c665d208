import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import type { ReplayView } from '../../common/domain/replay.ts';
import type { Gateway } from '../types.ts';
import {
  answered,
  json,
  rowWhere,
  startGateway,
  startTarget,
  testConfig,
} from '../testing/harness.ts';
import { appBot, newKeys, signCallback, textMessage } from '../testing/wecom-client.ts';

const keys = newKeys('ww1');
const path = '/wecom/callback/app';

async function post(gateway: Gateway, content: string, from = 'zhangsan'): Promise<string> {
  const plaintext = textMessage(content, { from });
  const { target, body } = signCallback(keys, { path, plaintext });
  expect((await answered(gateway, target, { body })).status).toBe(200);
  const { id } = await rowWhere(
    gateway,
    (row) => gateway.getMessage(row.id).raw === plaintext && row.outcome !== 'pending',
  );
  return id;
}

const finished = (gateway: Gateway, { id }: ReplayView): Promise<ReplayView> =>
  new Promise((resolve) => {
    const look = (view: ReplayView): void => {
      if (view.id !== id || view.state === 'running') return;
      stop();
      resolve(view);
    };
    const stop = gateway.replays.onChange(look);
    look(gateway.replays.get(id));
  });

const idsOf = (heard: readonly { headers: Record<string, unknown> }[]): string[] =>
  heard.map(({ headers }) => String(headers['webhook-id']));

describe('dead letters', () => {
  it('are listed, redriven one or many, as often as needed', async () => {
    let status = 400;
    const service = await startTarget((response) => json(response, {}, status));
    const gateway = await startGateway({
      bots: [appBot(keys, { target: 'svc' })],
      targets: [{ id: 'svc', url: service.url }],
    });
    const ids = [await post(gateway, 'a'), await post(gateway, 'b'), await post(gateway, 'c')];
    const dead = () =>
      gateway.listMessages({ limit: 10, outcome: 'failed' }).rows.map(({ id }) => id);
    expect(dead().toSorted()).toEqual(ids.toSorted());

    expect(await gateway.redrive({ outcome: 'accepted' })).toBe(0);
    expect(dead().toSorted()).toEqual(ids.toSorted());
    const [first = ''] = ids;
    expect(await gateway.redrive({ ids: [first] })).toBe(1);
    await rowWhere(gateway, ({ id, outcome }) => id === first && outcome === 'failed');
    expect(idsOf(service.heard).filter((id) => id === first)).toHaveLength(2);

    status = 200;
    expect(await gateway.redrive({ bot: 'app' })).toBe(3);
    await expect.poll(dead).toEqual([]);
    expect(await gateway.redrive({})).toBe(0);
    expect(idsOf(service.heard.slice(-3)).toSorted()).toEqual(ids.toSorted());
  });
});

describe('a replay', () => {
  it('hands over exactly what was asked for, under the ids that it has, in order, and leaves outcomes alone', async () => {
    const service = await startTarget((response) => json(response, { reply: null }));
    const staging = await startTarget((response) =>
      json(response, { reply: { type: 'text', content: 'ignored' } }),
    );
    const gateway = await startGateway({
      bots: [appBot(keys, { target: 'svc' })],
      targets: [
        { id: 'svc', url: service.url },
        { id: 'staging', url: staging.url },
      ],
    });
    const before = await post(gateway, 'before');
    const from = (await rowWhere(gateway, ({ id }) => id === before)).at + 1;
    await expect.poll(() => Date.now()).toBeGreaterThan(from);
    const wanted: string[] = [];
    for (let n = 0; n < 12; n += 1) wanted.push(await post(gateway, `message ${n}`));
    await post(gateway, 'of somebody else', 'lisi');
    const rows = gateway.listMessages({ limit: 100 }).rows;

    const started = await gateway.replays.start({
      messages: { from, user: 'ZhangSan', type: 'text', bot: 'app' },
      destination: { kind: 'target', target: 'staging' },
      perSecond: 1000,
    });
    expect(started).toMatchObject({ state: 'running', total: 12 });
    const end = await finished(gateway, started);
    expect(end).toMatchObject({ state: 'done', taken: 12, failed: 0, skipped: 0 });
    expect(idsOf(staging.heard)).toEqual(wanted);
    expect(gateway.listMessages({ limit: 100 }).rows).toEqual(rows);

    const again = await gateway.replays.start({
      messages: { ids: wanted.slice(0, 2) },
      destination: { kind: 'original' },
      perSecond: 1000,
    });
    await finished(gateway, again);
    expect(idsOf(service.heard.slice(-2))).toEqual(wanted.slice(0, 2));
    expect(gateway.replays.list().map(({ id }) => id)).toEqual([again.id, started.id]);
  });

  it('counts what a target had in hand when it was cancelled, and begins nothing more', async () => {
    const silent = await startTarget(() => undefined);
    const held: ServerResponse[] = [];
    const slow = await startTarget((response) => void held.push(response));
    const gateway = await startGateway({
      bots: [appBot(keys)],
      targets: [
        { id: 'slow', url: slow.url },
        { id: 'silent', url: silent.url },
      ],
    });
    await post(gateway, 'one');
    await post(gateway, 'two');
    const to = (id: string) =>
      gateway.replays.start({
        messages: {},
        destination: { kind: 'target', target: id },
        perSecond: 100,
      });
    const started = await to('slow');
    await expect.poll(() => held.length).toBe(1);
    const cancelled = gateway.replays.cancel(started.id);
    for (const response of held) json(response, {});
    await cancelled;
    expect(gateway.replays.get(started.id)).toMatchObject({ state: 'cancelled', taken: 1 });
    expect(slow.heard).toHaveLength(1);

    const unanswered = await to('silent');
    await expect.poll(() => silent.heard.length).toBe(1);
    await gateway.replays.cancel(unanswered.id);
    const end = gateway.replays.get(unanswered.id);
    expect(end).toMatchObject({ state: 'cancelled', taken: 0, failed: 0 });
  });

  it('counts what is not taken, keeps to its rate, and can be cancelled', async () => {
    const service = await startTarget((response) => json(response, {}));
    const broken = await startTarget((response) => json(response, {}, 500));
    const gateway = await startGateway({
      bots: [appBot(keys, { target: 'svc' })],
      targets: [
        { id: 'svc', url: service.url },
        { id: 'broken', url: broken.url },
      ],
    });
    for (let n = 0; n < 5; n += 1) await post(gateway, `message ${n}`);
    const started = await gateway.replays.start({
      messages: {},
      destination: { kind: 'target', target: 'broken' },
      perSecond: 1,
    });
    await expect.poll(() => gateway.replays.get(started.id).failed).toBeGreaterThan(0);
    await gateway.replays.cancel(started.id);
    const end = await finished(gateway, started);
    expect(end).toMatchObject({ state: 'cancelled', taken: 0, error: { code: 'TARGET_REFUSED' } });
    expect(broken.heard.length).toBeLessThan(5);
    expect(() => gateway.replays.get('none')).toThrow('NOT_FOUND');
    await expect(
      gateway.replays.start({
        messages: {},
        destination: { kind: 'target', target: 'none' },
        perSecond: 1,
      }),
    ).rejects.toThrow('NOT_FOUND');
  });

  it('can be a fresh callback that another gateway takes', async () => {
    const gateway = await startGateway({ bots: [appBot(keys)] });
    const id = await post(gateway, '你好 <![CDATA[');
    const other = await startGateway({ bots: [appBot(keys, { id: 'copy' })] });
    const end = await finished(
      gateway,
      await gateway.replays.start({
        messages: {},
        destination: { kind: 'callback', url: `${other.address}/wecom/callback/copy` },
        perSecond: 100,
      }),
    );
    expect(end).toMatchObject({ state: 'done', taken: 1 });
    const [row] = other.listMessages({ limit: 1 }).rows;
    expect(other.getMessage(row?.id ?? '').raw).toBe(gateway.getMessage(id).raw);
    for (const url of ['http://169.254.169.254/latest', 'http://[fe80::1]/']) {
      await expect(
        gateway.replays.start({
          messages: {},
          destination: { kind: 'callback', url },
          perSecond: 1,
        }),
      ).rejects.toThrow('BAD_INPUT');
    }
  });

  it('runs four at a time, however many are asked for in one moment', async () => {
    const service = await startTarget(() => undefined);
    const gateway = await startGateway({
      bots: [appBot(keys)],
      targets: [{ id: 'svc', url: service.url }],
    });
    await post(gateway, 'x');
    const destination = { kind: 'target', target: 'svc' } as const;
    const starts = await Promise.allSettled(
      Array.from({ length: 10 }, () =>
        gateway.replays.start({ messages: {}, destination, perSecond: 20 }),
      ),
    );
    const codes = starts.flatMap((start) =>
      start.status === 'rejected' ? [(start.reason as { code: unknown }).code] : [],
    );
    expect(codes).toEqual(Array.from({ length: 6 }, () => 'BUSY'));
    expect(gateway.replays.list()).toHaveLength(4);
  });

  it('is asked for with an administrator’s key', async () => {
    const hash = createHash('sha256').update('admin-key').digest('hex');
    const gateway = await startGateway({
      bots: [appBot(keys)],
      apiKeys: [{ id: 'root', hash, scopes: ['admin'] }],
    });
    const ask = (key: string, target: string, body: object) =>
      answered(gateway, target, {
        method: 'POST',
        body: JSON.stringify(body),
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      });
    expect((await ask('wrong', '/api/replays', {})).status).toBe(401);
    expect((await ask('admin-key', '/api/replays', {})).status).toBe(400);
    const request = { messages: {}, destination: { kind: 'original' } };
    const started = await ask('admin-key', '/api/replays', request);
    expect(started.status).toBe(202);
    expect(started.headers['location']).toMatch(/^\/api\/replays\//);
    const redriven = await ask('admin-key', '/api/messages/redrive', { ids: ['x'] });
    expect(JSON.parse(redriven.body)).toEqual({ messages: 0 });
  });
});

it('counts the callbacks under each pair of keys, anew after a change', async () => {
  const next = newKeys('ww1');
  const bot = appBot(next, {
    previousToken: keys.token,
    previousEncodingAesKey: keys.encodingAesKey,
  });
  const gateway = await startGateway({ bots: [bot] });
  await post(gateway, 'old pair');
  expect(gateway.credentialHits().get('app')).toMatchObject({
    current: { count: 0, lastAt: null },
    previous: { count: 1 },
  });
  const { target, body } = signCallback(next, { path, plaintext: textMessage('new pair') });
  expect((await answered(gateway, target, { body })).status).toBe(200);
  expect(gateway.credentialHits().get('app')?.current.count).toBe(1);
  gateway.reconfigure(testConfig({ bots: [appBot(next)] }));
  expect(gateway.credentialHits().get('app')).toBeUndefined();
  expect((await answered(gateway, ...oldCallback())).status).toBe(403);

  function oldCallback(): [string, { body: string }] {
    const old = signCallback(keys, { path, plaintext: textMessage('retired') });
    return [old.target, { body: old.body }];
  }
});
