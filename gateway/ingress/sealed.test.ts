import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { answered, call, json, startGateway, startTarget } from '../testing/harness.ts';
import { createNonceMemory } from './nonce-memory.ts';

const token = 'YOURTOKEN';
const path = '/wecom/callback/private';

function headersFor(nonce: string, signedWith = token): Record<string, string> {
  const timestamp = String(Math.floor(Date.now() / 1000));
  const signature = createHash('sha1')
    .update([signedWith, timestamp, nonce].toSorted().join(''))
    .digest('hex');
  return {
    'content-type': 'application/json',
    'x-wecom-signature': signature,
    'x-wecom-timestamp': timestamp,
    'x-wecom-nonce': nonce,
  };
}

it('takes plain JSON under a signed header, and lets no header stand for two bodies', async () => {
  const service = await startTarget((response) => json(response, {}));
  const gateway = await startGateway({
    bots: [{ id: 'private', kind: 'sealed', receiveId: '', token, target: 'svc' }],
    targets: [{ id: 'svc', url: service.url }],
  });
  const body = JSON.stringify({
    msgtype: 'text',
    text: { content: '你好' },
    from: { userid: 'u' },
  });
  const headers = headersFor('n1');
  expect((await answered(gateway, path, { body, headers })).status).toBe(200);
  expect((await answered(gateway, path, { body, headers })).status).toBe(200);
  expect(gateway.listMessages({ limit: 9 }).rows).toMatchObject([
    { outcome: 'accepted', type: 'text' },
  ]);

  const other = JSON.stringify({ msgtype: 'text', text: { content: 'forged' } });
  expect(await call(gateway, path, { body: other, headers })).toBe('reset');
  const forged = headersFor('n2', 'another');
  expect((await answered(gateway, path, { body, headers: forged })).status).toBe(403);
  expect(gateway.listMessages({ limit: 9 }).rows).toHaveLength(1);
});

it('remembers the latest nonces only', () => {
  const memory = createNonceMemory(2);
  expect(memory.fits('a', '1')).toBe(true);
  expect(memory.fits('a', '1')).toBe(true);
  expect(memory.fits('a', '2')).toBe(false);
  expect(memory.fits('b', '1')).toBe(true);
  expect(memory.fits('c', '1')).toBe(true);
  expect(memory.fits('a', '2')).toBe(true);
});
