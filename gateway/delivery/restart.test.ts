import { describe, expect, it } from 'vitest';
import { unusedPort } from '../../tests/support/port.ts';
import {
  answered,
  json,
  rowWhere,
  startGateway,
  startTarget,
  tempDir,
  testConfig,
} from '../testing/harness.ts';
import { appBot, newKeys, openReply, signCallback, textMessage } from '../testing/wecom-client.ts';

const keys = newKeys('ww1');
const path = '/wecom/callback/app';
const bots = [appBot(keys, { target: 'svc' })];

describe('a restart', () => {
  it('delivers what was pending, under the same id', async () => {
    const dataDir = await tempDir();
    // Nobody listens on it until the second gateway runs.
    const port = await unusedPort();
    const targets = [{ id: 'svc', url: `http://127.0.0.1:${port}/` }];
    const first = await startGateway({ bots, targets }, { dataDir });
    const { target, body } = signCallback(keys, { path, plaintext: textMessage('x') });
    expect((await answered(first, target, { body })).status).toBe(200);
    const row = await rowWhere(first, (row) => row.error !== null);
    expect(row).toMatchObject({ outcome: 'pending', error: { code: 'TARGET_UNREACHABLE' } });
    await first.close(0);

    const service = await startTarget((response) => json(response, {}));
    const moved = [{ id: 'svc', url: service.url }];
    const second = await startGateway({ bots, targets: moved }, { dataDir });
    await rowWhere(second, (row) => row.outcome === 'accepted');
    expect(service.heard[0]?.headers['webhook-id']).toBe(row.id);
  });

  it('closes while a target hangs, and delivers again afterwards', async () => {
    const dataDir = await tempDir();
    let heard = (): void => undefined;
    const called = new Promise<void>((resolve) => {
      heard = resolve;
    });
    const hanging = await startTarget(() => heard());
    const first = await startGateway(
      { bots, targets: [{ id: 'svc', url: hanging.url }] },
      { dataDir },
    );
    const { target, body } = signCallback(keys, { path, plaintext: textMessage('x') });
    const pending = answered(first, target, { body }).catch(() => null);
    await called;
    await first.close(0);
    await pending;
    const service = await startTarget((response) => json(response, {}));
    const second = await startGateway(
      { bots, targets: [{ id: 'svc', url: service.url }] },
      { dataDir },
    );
    const row = await rowWhere(second, (row) => row.outcome === 'accepted');
    expect(service.heard[0]?.headers['webhook-id']).toBe(row.id);
  });
});

describe('closing', () => {
  it('first answers what is in flight', async () => {
    let finish = (): void => undefined;
    let called = (): void => undefined;
    const arrived = new Promise<void>((resolve) => {
      called = resolve;
    });
    const service = await startTarget((response) => {
      finish = () => json(response, { reply: { type: 'text', content: 'in time' } });
      called();
    });
    const dataDir = await tempDir();
    const config = { bots, targets: [{ id: 'svc', url: service.url }] };
    const gateway = await startGateway(config, { dataDir });
    const { target, body } = signCallback(keys, { path, plaintext: textMessage('x') });
    const answer = answered(gateway, target, { body });
    await arrived;
    const closed = gateway.close();
    finish();
    expect(openReply(keys, (await answer).body)).toContain('in time');
    await closed;
    const again = await startGateway(config, { dataDir });
    expect(again.listMessages({ limit: 9 }).rows).toMatchObject([{ outcome: 'replied' }]);
  });
});

describe('reconfigure', () => {
  it('sends new messages to the new target while the old one finishes', async () => {
    let finish = (): void => undefined;
    let called = (): void => undefined;
    const arrived = new Promise<void>((resolve) => {
      called = resolve;
    });
    const old = await startTarget((response) => {
      finish = () => json(response, { reply: { type: 'text', content: 'old' } });
      called();
    });
    const fresh = await startTarget((response) =>
      json(response, { reply: { type: 'text', content: 'new' } }),
    );
    const gateway = await startGateway({ bots, targets: [{ id: 'svc', url: old.url }] });
    const before = signCallback(keys, { path, plaintext: textMessage('1') });
    const first = answered(gateway, before.target, { body: before.body });
    await arrived;
    gateway.reconfigure(testConfig({ bots, targets: [{ id: 'svc', url: fresh.url }] }));
    const after = signCallback(keys, { path, plaintext: textMessage('2', { from: 'lisi' }) });
    const second = await answered(gateway, after.target, { body: after.body });
    expect(openReply(keys, second.body)).toContain('new');
    finish();
    expect(openReply(keys, (await first).body)).toContain('old');
  });
});
