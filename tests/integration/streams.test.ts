import { expect, it } from 'vitest';
import { startSimulator } from '../../practice/simulator/index.ts';
import { json, startGateway, startTarget } from '../../gateway/testing/harness.ts';
import { newKeys } from '../../gateway/testing/wecom-client.ts';

const keys = newKeys('');

it('shows a stream in WeCom as it grows, to its end', async () => {
  const service = await startTarget((response) =>
    json(response, { reply: { type: 'stream', content: '…' } }),
  );
  const wecom = await startSimulator({
    listen: { host: '127.0.0.1', port: 0 },
    robots: [],
    patience: { pollMs: 20 },
  });
  try {
    const bot = { id: 'smart', kind: 'aibot', target: 'svc', ...keys } as const;
    const gateway = await startGateway({ bots: [bot], targets: [{ id: 'svc', url: service.url }] });
    wecom.setBot({
      id: 'smart',
      kind: 'aibot',
      callback: `${gateway.address}/wecom/callback/smart`,
      token: keys.token,
      encodingAESKey: keys.encodingAesKey,
      receiveId: '',
    });
    const record = await wecom.post({ bot: 'smart', text: 'tell me' });
    const id = record.stream?.id ?? '';
    const shown = (): unknown => JSON.parse(record.stream?.latest ?? 'null');
    expect(shown()).toMatchObject({ stream: { id, finish: false, content: '…' } });
    for (const content of ['Once', 'Once upon', 'Once upon a time']) {
      await gateway.feedStream(id, { content, finish: false });
      await expect.poll(shown).toMatchObject({ stream: { content, finish: false } });
    }
    await gateway.feedStream(id, { append: '.', finish: true });
    await expect.poll(() => record.stream?.finished).toBe(true);
    expect(shown()).toMatchObject({ stream: { content: 'Once upon a time.', finish: true } });
    const asked = record.stream?.polls ?? 0;
    expect(asked).toBeGreaterThanOrEqual(4);
    // It is asked no more, and no question was taken for a message.
    expect(gateway.listMessages({ limit: 10 }).rows).toHaveLength(1);
    expect(service.heard).toHaveLength(1);
  } finally {
    await wecom.close();
  }
});
