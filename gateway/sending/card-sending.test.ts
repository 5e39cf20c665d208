import { expect, it } from 'vitest';
import { answered, SEND_KEY, startGateway } from '../testing/harness.ts';
import type { BotConfig } from '../types.ts';

const bots: BotConfig[] = [
  {
    id: 'alerts',
    kind: 'robot',
    receiveId: '',
    target: null,
    webhook: 'https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=k',
  },
  {
    id: 'hr',
    kind: 'app',
    receiveId: 'ww1',
    target: null,
    corpId: 'ww1',
    corpSecret: 's',
    agentId: 1,
  },
];
const action = { type: 1, url: 'https://a.example' };
const buttons = Array.from({ length: 7 }, (_, i) => ({ text: 'b', key: `k${i}` }));

it.each([
  [
    'alerts',
    { card_type: 'text_notice', main_title: { title: 't' } },
    'template_card.card_action',
    /./,
  ],
  [
    'alerts',
    { card_type: 'button_interaction', task_id: 't', button_list: [] },
    'template_card.card_type',
    /./,
  ],
  [
    'hr',
    { card_type: 'button_interaction', task_id: 't', button_list: buttons },
    'template_card.button_list',
    /^at most 6$/,
  ],
  [
    'hr',
    { card_type: 'text_notice', sub_title_text: 's', card_action: action, task_id: 'a b' },
    'template_card.task_id',
    /^1 to 128/,
  ],
])(
  '%s: a card that WeCom would refuse takes no place in the queue: %j',
  async (bot, card, field, reason) => {
    const gateway = await startGateway({ bots });
    const answer = await answered(gateway, `/api/bots/${bot}/messages`, {
      method: 'POST',
      headers: { authorization: `Bearer ${SEND_KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify({ touser: 'u', msgtype: 'template_card', template_card: card }),
    });
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body)).toEqual({
      error: {
        code: 'BAD_INPUT',
        params: { field, reason: expect.stringMatching(reason) as string },
      },
    });
    expect(gateway.outbox.list({ limit: 10 }).total).toBe(0);
  },
);
