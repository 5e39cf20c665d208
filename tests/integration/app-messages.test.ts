import { expect, it } from 'vitest';
import type { InboundMessage } from '../../common/domain/inbound.ts';
import {
  appBot,
  arrived,
  configOf,
  poll,
  robotBot,
  startSending,
  startWecom,
  text,
} from '../support/sending.ts';

const to = (content: string, touser = 'zhangsan') => ({ ...text(content), touser });
const quick = { sending: { retryDelaysMs: [20, 20, 20] } };

it('asks for one token for 100 parallel messages, and for one more when all of them find it ended', async () => {
  const wecom = await startWecom([]);
  const gateway = await startSending([appBot(wecom)]);
  const storm = (round: string) =>
    Promise.all(
      Array.from({ length: 100 }, (_, n) => gateway.send('app', to(`${round}${n}`, `user-${n}`))),
    );
  const first = await storm('a');
  expect(new Set(first.map(({ outcome }) => outcome))).toEqual(new Set(['delivered']));
  expect(wecom.calls()['gettoken']).toBe(1);
  wecom.expireTokens();
  const second = await storm('b');
  expect(new Set(second.map(({ outcome }) => outcome))).toEqual(new Set(['delivered']));
  expect(wecom.calls()['gettoken']).toBe(2);
  expect(new Set(arrived(wecom)).size).toBe(200);
  expect(wecom.messages()).toHaveLength(200);
});

it('tries a token that WeCom never takes just once more', async () => {
  const wecom = await startWecom([]);
  const gateway = await startSending([appBot(wecom)]);
  wecom.setFault('token_invalid', true);
  expect(await gateway.send('app', to('x'))).toMatchObject({ outcome: 'refused', errcode: 40014 });
  expect(wecom.calls()).toMatchObject({ gettoken: 2, 'message/send': 2 });
});

it('leaves WeCom alone after a wrong secret, and is ready as soon as it is put right', async () => {
  const wecom = await startWecom([]);
  const gateway = await startSending([appBot(wecom, { corpSecret: 'wrong' })]);
  for (let n = 0; n < 10; n += 1) {
    expect(await gateway.send('app', to('x'))).toMatchObject({
      outcome: 'refused',
      errcode: 40001,
    });
  }
  expect(wecom.calls()).toEqual({ gettoken: 1 });
  expect(gateway.view().problems).toMatchObject([
    { bot: 'app', error: { code: 'WECOM_REFUSED', params: { errcode: 40001 } } },
  ]);
  gateway.reconfigure(configOf([appBot(wecom)]));
  expect((await gateway.send('app', to('x'))).outcome).toBe('delivered');
  expect(gateway.view().problems).toEqual([]);
});

it('names the address that WeCom does not trust', async () => {
  const wecom = await startWecom([]);
  const gateway = await startSending([appBot(wecom)]);
  wecom.setFault('untrusted_ip', true);
  const result = await gateway.send('app', to('x'));
  const error = { code: 'UNTRUSTED_IP', params: { ip: '127.0.0.1', errcode: 60020 } };
  expect(result).toMatchObject({ outcome: 'refused', errcode: 60020, error });
  expect(result.egress.ip).toBe('127.0.0.1');
  expect(result.errmsg).toBe('not allow to access from your ip');
  expect(gateway.view().problems).toMatchObject([{ bot: 'app', error }]);
  expect(gateway.getMessage(result.id).row.error).toEqual(error);
  wecom.setFault('untrusted_ip', false);
  await gateway.outbox.retry(result.id);
  await poll(() => gateway.sendStatus(result.id).state).toBe('delivered');
  expect(gateway.view().problems).toEqual([]);
});

it('reports who did not get it, and recalls', async () => {
  const app = { name: 'app', corpId: 'ww0123', secret: 'app-secret', agentId: 1000002 };
  const wecom = await startWecom([], { apps: [{ ...app, members: ['zhangsan', 'lisi'] }] });
  const gateway = await startSending([appBot(wecom)]);
  const partly = await gateway.send('app', to('x', 'zhangsan|Nobody'));
  expect(partly).toMatchObject({
    outcome: 'delivered',
    invalid: { users: ['nobody'], parties: [] },
  });
  expect(await gateway.send('app', to('x', 'nobody'))).toMatchObject({ errcode: 81013 });
  await gateway.recall(partly.id);
  await expect(gateway.recall(partly.id)).rejects.toMatchObject({ code: 'WECOM_REFUSED' });
});

it('changes a card once, by the code that its answer had', async () => {
  const wecom = await startWecom([]);
  const gateway = await startSending([appBot(wecom)]);
  const button = { text: '同意', key: 'yes' };
  const sent = await gateway.send('app', {
    touser: 'zhangsan',
    msgtype: 'template_card',
    template_card: {
      card_type: 'button_interaction',
      task_id: 't1',
      main_title: { title: '请假' },
      button_list: [button],
    },
  });
  expect(sent.outcome).toBe('delivered');
  const update = { response_code: sent.responseCode, button: { replace_name: '已同意' } };
  wecom.expireTokens();
  expect(await gateway.updateCard('app', update)).toEqual({ invalidUsers: [] });
  await expect(gateway.updateCard('app', update)).rejects.toMatchObject({ code: 'WECOM_REFUSED' });
  expect(wecom.calls()['message/update_template_card']).toBe(3);
});

it('repeats a message whose answer was lost only where WeCom drops the second', async () => {
  const wecom = await startWecom(['robot']);
  const gateway = await startSending([appBot(wecom), robotBot(wecom, 'robot')], quick);
  wecom.setFault('lost_answer', true);
  expect((await gateway.send('app', to('plain'))).outcome).toBe('unknown');
  expect((await gateway.send('robot', text('robot'))).outcome).toBe('unknown');
  const work = gateway.send('app', { ...to('checked'), enable_duplicate_check: 1 });
  await poll(() => wecom.calls()['message/send']).toBeGreaterThan(1);
  wecom.setFault('lost_answer', false);
  expect((await work).outcome).toBe('delivered');
  expect(arrived(wecom).toSorted()).toEqual(['checked', 'plain', 'robot']);
});

it('tries three times more what WeCom was too busy for, then gives up', async () => {
  const wecom = await startWecom(['robot']);
  const gateway = await startSending([robotBot(wecom, 'robot')], quick);
  wecom.setFault('busy', true);
  expect(await gateway.send('robot', text('x'))).toMatchObject({ outcome: 'refused', errcode: -1 });
  expect(wecom.calls()['webhook/send']).toBe(4);
});

it('sends nothing of a bot that insists on the relay while there is none', async () => {
  const wecom = await startWecom(['robot']);
  const gateway = await startSending([robotBot(wecom, 'robot', { egress: 'relay' })], quick);
  const result = await gateway.send('robot', text('x'));
  expect(result).toMatchObject({ outcome: 'failed', error: { code: 'TUNNEL_OFFLINE' } });
  expect(result.egress.via).toBe('relay');
  expect(wecom.calls()).toEqual({});
});

it('sends late answers as each bot’s policy says, each once', async () => {
  const wecom = await startWecom(['robot']);
  const smart = { id: 'smart', kind: 'aibot', receiveId: '', target: null } as const;
  const gateway = await startSending([
    appBot(wecom),
    robotBot(wecom, 'robot'),
    smart,
    { ...smart, id: 'quiet', lateReply: 'none' },
    { ...smart, id: 'group', lateReply: 'robot:robot' },
  ]);
  const message = (bot: string): InboundMessage => ({
    id: `in-${bot}`,
    bot,
    kind: 'app',
    receivedAt: Date.now(),
    type: 'text',
    event: null,
    agentId: null,
    msgId: '1',
    createTime: null,
    from: { userId: 'zhangsan', corpId: null },
    chat: { id: 'zhangsan', type: 'single' },
    content: {},
    raw: { format: 'json', text: '{}' },
  });
  const late = (bot: string) =>
    gateway.sendLate({
      bot,
      message: message(bot),
      reply: { type: 'text', content: `late of ${bot}` },
      responseUrl: null,
    });
  await Promise.all(Array.from({ length: 5 }, () => late('app')));
  await late('group');
  expect(await late('quiet')).toBeNull();
  await expect(late('smart')).rejects.toMatchObject({ code: 'SEND_NOT_SUPPORTED' });
  await poll(() => arrived(wecom).toSorted()).toEqual(['late of app', 'late of group']);
});
