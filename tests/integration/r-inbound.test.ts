import { expect } from 'vitest';
import { startSimulator } from '../../practice/simulator/index.ts';
import { json, rowWhere, startGateway, startTarget } from '../../gateway/testing/harness.ts';
import { appBot, newKeys, signCallback, textMessage } from '../../gateway/testing/wecom-client.ts';
import { promise } from '../support/report.ts';
import { heardBy, keys, load, path, post, sealed, settled } from './support/inbound.ts';

promise(
  'R1',
  {
    against: '4,000 messages from 20 senders over four targets',
    by: 'parallel requests',
    promise: 'each is delivered once; none is missing; no target starves',
  },
  async (figures) => {
    const services = await Promise.all(
      Array.from({ length: 4 }, () => startTarget((response) => json(response, {}))),
    );
    const targets = services.map(({ url }, n) => ({ id: `t${n}`, url }));
    const gateway = await startGateway({
      bots: [appBot(keys)],
      targets,
      routes: [
        {
          id: 'all',
          name: '',
          enabled: true,
          match: {
            ...{ bots: [], types: [], events: [], keywords: [], pattern: null },
            ...{ senders: [], chats: [] },
          },
          targets: targets.map(({ id }) => ({ id })),
          balance: 'round_robin',
          hashBy: 'chat',
        },
      ],
    });
    let count = 0;
    const send = async (sender: number): Promise<string[]> => {
      const mine: string[] = [];
      while ((count += 1) <= 4_000) {
        const plaintext = textMessage(`message ${count}`, { from: `user-${sender}` });
        expect(await post(gateway, sealed(plaintext))).toMatchObject({ status: 200 });
        mine.push(plaintext);
      }
      return mine;
    };
    const sent = (await Promise.all(Array.from({ length: 20 }, (_, n) => send(n)))).flat();
    await settled(gateway);
    const heard = services.flatMap(heardBy);
    const least = Math.min(...services.map((service) => service.heard.length));
    Object.assign(figures, {
      sent: sent.length,
      delivered: heard.length,
      'least of a target': least,
    });
    expect(heard.toSorted()).toEqual(sent.toSorted());
    expect(least).toBeGreaterThan(500);
  },
  180_000,
);

promise(
  'R7',
  {
    against: 'targets that take 0 to 10 s',
    by: 'a service that sleeps, and WeCom’s patience of 5 s',
    promise:
      'always 200 within 4.5 s, no retry; a late answer arrives once, a timely one passively',
  },
  async (figures) => {
    const delays = [0, 1_000, 3_000, 4_300, 5_500, 7_000, 10_000];
    const service = await startTarget((response, { body }) => {
      const { content } = JSON.parse(body) as { content: { content: string } };
      const reply = { type: 'text', content: `after ${content.content}` };
      setTimeout(() => json(response, { reply }), Number(content.content));
    });
    const wecom = await startSimulator({ listen: { host: '127.0.0.1', port: 0 }, robots: [] });
    try {
      const smart = newKeys('');
      const bot = { id: 'smart', kind: 'aibot', target: 'svc', ...smart } as const;
      const gateway = await startGateway({
        bots: [bot],
        targets: [{ id: 'svc', url: service.url }],
      });
      wecom.setBot({
        id: 'smart',
        kind: 'aibot',
        callback: `${gateway.address}/wecom/callback/smart`,
        token: smart.token,
        encodingAESKey: smart.encodingAesKey,
        receiveId: '',
      });
      const records = await Promise.all(
        delays.map((ms) => wecom.post({ bot: 'smart', text: String(ms), from: `user-${ms}` })),
      );
      const late = delays.filter((ms) => ms > 4_000);
      await expect.poll(() => wecom.messages().length).toBeGreaterThanOrEqual(late.length);
      await rowWhere(gateway, ({ from, outcome }) => from === 'user-10000' && outcome === 'late');
      const passive = records.flatMap(({ reply }) =>
        reply === null
          ? []
          : [(JSON.parse(reply) as { stream: { content: string } }).stream.content],
      );
      const pushed = wecom.messages().map(({ message }) => JSON.stringify(message));
      const slowest = Math.max(...records.map(({ durationMs }) => durationMs));
      Object.assign(figures, {
        sent: delays.length,
        'slowest answer ms': slowest,
        passive: passive.length,
        late: pushed.length,
        retries: records.reduce((sum, { attempts }) => sum + attempts.length - 1, 0),
      });
      expect(records.every(({ status }) => status === 200)).toBe(true);
      expect(slowest).toBeLessThan(4_500);
      expect(figures['retries']).toBe(0);
      expect(passive).toEqual(delays.filter((ms) => ms < 4_000).map((ms) => `after ${ms}`));
      for (const ms of late) {
        expect(pushed.filter((message) => message.includes(`"after ${ms}"`))).toHaveLength(1);
      }
      expect(pushed).toHaveLength(late.length);
      expect(service.heard).toHaveLength(delays.length);
    } finally {
      await wecom.close();
    }
  },
);

promise(
  'R13',
  {
    against: 'replaying a window of time',
    by: 'the management API',
    promise: 'exactly the messages of the window, each once, under their own ids',
  },
  async (figures) => {
    let time = Date.now();
    const service = await startTarget((response) => json(response, {}));
    const gateway = await startGateway(
      {
        bots: [appBot(keys, { target: 'svc' })],
        targets: [{ id: 'svc', url: service.url }],
        callbackMaxAgeMs: 0,
      },
      { now: () => time },
    );
    const begin = time;
    for (let n = 0; n < 300; n += 1) {
      time = begin + n * 1_000;
      expect(await post(gateway, sealed(textMessage(`message ${n}`)))).toMatchObject({
        status: 200,
      });
    }
    await settled(gateway);
    const ids = service.heard.map(({ headers }) => headers['webhook-id']);
    service.heard.length = 0;
    time += 1_000;
    const { id, total } = await gateway.replays.start({
      messages: { from: begin + 100_000, to: begin + 200_000 },
      destination: { kind: 'original' },
      perSecond: 1000,
    });
    await expect.poll(() => gateway.replays.get(id).state).toBe('done');
    const replayed = service.heard.map(({ headers }) => headers['webhook-id']);
    Object.assign(figures, { sent: 300, selected: total ?? -1, replayed: replayed.length });
    expect(replayed).toEqual(ids.slice(100, 200));
  },
  120_000,
);

promise(
  'R15',
  {
    against: 'new keys while callbacks come in',
    by: 'callbacks under both pairs before, during and after',
    promise: 'no gap: both pairs are taken until the old one is retired, then it is not',
  },
  async (figures) => {
    const next = newKeys('ww1');
    const bot = (current: typeof keys, previous?: typeof keys) =>
      appBot(
        current,
        previous === undefined
          ? {}
          : { previousToken: previous.token, previousEncodingAesKey: previous.encodingAesKey },
      );
    const config = (one: ReturnType<typeof bot>) => ({
      bots: [one],
      targets: [],
      defaultBot: null,
      apiKeys: [],
      callbackMaxAgeMs: 300_000,
      retentionMs: 86_400_000,
    });
    const gateway = await startGateway(config(bot(keys)));
    const status = async (pair: typeof keys): Promise<unknown> => {
      const answer = await post(gateway, signCallback(pair, { path, plaintext: textMessage('x') }));
      return answer === 'reset' ? answer : answer.status;
    };
    expect([await status(keys), await status(next)]).toEqual([200, 403]);
    gateway.reconfigure(config(bot(next, keys)));
    expect([await status(keys), await status(next), await status(keys)]).toEqual([200, 200, 200]);
    const hits = gateway.credentialHits().get('app');
    gateway.reconfigure(config(bot(next)));
    expect([await status(keys), await status(next)]).toEqual([403, 200]);
    Object.assign(figures, {
      'under the new pair': hits?.current.count ?? 0,
      'under the old pair': hits?.previous.count ?? 0,
    });
    expect(hits).toMatchObject({ current: { count: 1 }, previous: { count: 2 } });
  },
);

promise(
  'R2',
  {
    against: 'dead letters',
    by: 'a target that refuses, then takes',
    promise: 'redriving works twice, and loses none',
  },
  async (figures) => {
    let status = 400;
    const service = await startTarget((response) => json(response, {}, status));
    const gateway = await startGateway({
      bots: [appBot(keys, { target: 'svc' })],
      targets: [{ id: 'svc', url: service.url }],
    });
    let count = 0;
    const { acked } = await load(gateway, { clients: 4, stop: () => (count += 1) > 50 });
    await settled(gateway);
    const first = await gateway.redrive({});
    await settled(gateway);
    status = 200;
    const second = await gateway.redrive({});
    await settled(gateway);
    const outcomes = gateway.listMessages({ limit: 200 }).rows.map(({ outcome }) => outcome);
    Object.assign(figures, { sent: acked.length, first, second, calls: service.heard.length });
    expect([first, second]).toEqual([acked.length, acked.length]);
    expect(new Set(outcomes)).toEqual(new Set(['accepted']));
    expect(service.heard).toHaveLength(acked.length * 3);
  },
);
