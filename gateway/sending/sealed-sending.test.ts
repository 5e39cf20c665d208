import type { ServerResponse } from 'node:http';
import { expect, it } from 'vitest';
import { json, startGateway, startTarget } from '../testing/harness.ts';
import type { OutgoingMessage } from '../../common/domain/outgoing.ts';
import type { BotConfig } from '../types.ts';

const text = (content: string) => ({ msgtype: 'text', text: { content } }) as const;

const KEY = '0123456789abcdef';
/** Made with Python's json.dumps, hashlib and OpenSSL, from the program in the deployment guide §5.2. */
const guide = {
  content: '隧道 "ok"\n\u007f😀 \\ /',
  at: 1_700_000_000_000,
  body: `{"encrypted": "d81T+sO+JiK7lZT6F2a4kROeeZNbZ0474UUWQrsiGFzWnfzl28pd0kIWo0vLng9ItcMB3siuSuzMfIDG+8NOTijisDX/88IPvof/IBb4v1PIl7HsNY1BY5w+Wf4nc2dTNw1C8RNdLWuotIB829pXgyCJ1fne7ZBzcvyVqK5QKtwZEdxcjTz5pLw2YkYPtUHPQJOeDrcQTHzALGse84yOFmpq+TP63T+rVac9EwDZUUiA5uh96bcB49An/ZUaxhKxJA8iqlPp/SsU2B0OEUW3EA=="}`,
};

const sealed = (webhook: string): BotConfig => ({
  id: 'private',
  kind: 'sealed',
  receiveId: '',
  target: null,
  webhook,
  encodingAesKey: KEY,
});

async function start(answer: (response: ServerResponse) => void) {
  const relay = await startTarget(answer);
  const gateway = await startGateway({ bots: [sealed(relay.url)] }, { now: () => guide.at });
  return { relay, gateway, send: (content: string) => gateway.send('private', text(content)) };
}

it('posts the envelope of the guide to the byte', async () => {
  const { relay, send } = await start((response) => response.writeHead(204).end());
  expect(await send(guide.content)).toMatchObject({ outcome: 'delivered', errcode: 0 });
  expect(relay.heard.map(({ body }) => body)).toEqual([guide.body]);
  expect(relay.heard[0]?.headers['content-type']).toBe('application/json');
});

it.each<[string, (response: ServerResponse) => void, object]>([
  ['words', (response) => response.end('done'), { outcome: 'delivered' }],
  [
    'an errcode',
    (response) => json(response, { errcode: 93000, errmsg: 'gone' }),
    { outcome: 'refused', errcode: 93000 },
  ],
  [
    'a failure',
    (response) => response.writeHead(502).end(),
    { outcome: 'unknown', error: { code: 'WECOM_ANSWER_INVALID', params: { status: 502 } } },
  ],
])('takes %s for what it is', async (_, answer, result) => {
  const { send } = await start(answer);
  expect(await send('x')).toMatchObject(result);
});

it('refuses what the envelope cannot hold, before it is stored', async () => {
  const { gateway, relay } = await start((response) => response.end());
  const mentions = { content: 'x', mentioned_list: ['@all'] };
  for (const [message, error] of [
    [{ msgtype: 'markdown', markdown: { content: '# x' } }, { params: { field: 'msgtype' } }],
    [{ msgtype: 'text', text: mentions }, { params: { field: 'text.mentioned_list' } }],
    [text(''), { code: 'MESSAGE_EMPTY' }],
  ] as const) {
    await expect(gateway.send('private', message as OutgoingMessage)).rejects.toMatchObject(error);
  }
  expect(gateway.listMessages({ limit: 1 }).rows).toEqual([]);
  expect(relay.heard).toEqual([]);
});

it('needs an address and a key', async () => {
  const { webhook: _webhook, ...still } = sealed('http://127.0.0.1:9/');
  const { encodingAesKey: _key, ...open } = sealed('http://127.0.0.1:9/');
  const gateway = await startGateway({
    bots: [
      { ...still, id: 'still' },
      { ...open, id: 'open' },
    ],
  });
  await expect(gateway.send('still', text('x'))).rejects.toMatchObject({ code: 'WEBHOOK_MISSING' });
  await expect(gateway.send('open', text('x'))).rejects.toMatchObject({ code: 'AES_KEY_INVALID' });
});
