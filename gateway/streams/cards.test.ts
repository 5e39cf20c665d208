import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { json, rowWhere, startGateway, startTarget } from '../testing/harness.ts';
import { feed, idOf, message, poll, post, smartBot, startStreaming } from '../testing/smart-bot.ts';

const notice = {
  card_type: 'text_notice',
  main_title: { title: 'leave' },
  card_action: { type: 1, url: 'https://a.example' },
} as const;

describe('cards of smart bots', () => {
  const event = (eventtype: string, fields: object): string =>
    message({ msgtype: 'event', event: { eventtype, [eventtype]: fields }, text: undefined });

  it('welcomes with a card, replaces the clicked one, answers feedback with nothing', async () => {
    let reply: object = { type: 'card', card: notice, feedbackId: 'f' };
    const service = await startTarget((response) => json(response, { reply }));
    const gateway = await startGateway({
      bots: [smartBot],
      targets: [{ id: 'svc', url: service.url }],
    });
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
        bots: [smartBot],
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
    const service = await startStreaming();
    const gateway = await startGateway({
      bots: [smartBot],
      targets: [{ id: 'svc', url: service.url }],
    });
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
    const gateway = await startGateway({
      bots: [smartBot],
      targets: [{ id: 'svc', url: service.url }],
    });
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
    const gateway = await startGateway({
      bots: [smartBot],
      targets: [{ id: 'svc', url: service.url }],
    });
    expect(await post(gateway, message())).toMatchObject({ stream: { content: 'turn 1' } });
    expect(await poll(gateway, 'own')).toMatchObject({ stream: { content: 'turn 2' } });
    expect(await poll(gateway, 'own')).toMatchObject({ stream: { content: 'turn 3' } });
  });
});
