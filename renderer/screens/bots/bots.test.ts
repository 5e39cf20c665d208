import { suggestId } from '../../app/ids.ts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  BotId,
  BotInput,
  BotKind,
  TargetInput,
  type BotView,
  type TargetView,
} from '../../../common/domain/bot.ts';
import { scenario } from '../../testing/scenarios.ts';
import { checkForm } from './check.ts';
import { chooseTarget, emptyForm, formOf, saveOf, type BotForm } from './form.ts';
import { generateEncodingAesKey, generateSigningSecret } from '../../app/generate.ts';
import { readiness } from './readiness.ts';

const example = scenario('online', 0);
const exampleOf = <T>(list: readonly T[]): T => {
  const [first] = list;
  if (first === undefined) throw new Error('the example has none');
  return first;
};
const target: TargetView = {
  ...exampleOf(example.targets),
  id: 'orders',
  url: 'http://10.0.0.1/wecom',
  healthy: true,
};
const targets = [target];
const bot: BotView = {
  ...exampleOf(example.bots),
  id: 'orders',
  kind: 'app',
  name: 'Orders',
  receiveId: 'ww1',
  target: 'orders',
  isDefault: true,
};
const context = { stored: null, bots: [bot], targets };
const edit = { ...context, stored: bot };
const newApp: BotForm = {
  ...emptyForm('app'),
  id: 'crm',
  name: 'CRM',
  token: 'abc123',
  encodingAesKey: generateEncodingAesKey(),
  receiveId: 'ww1',
};

const plainSending = {
  corpId: null,
  agentId: null,
  egress: 'auto',
  overflow: [],
  lateReply: null,
  apiBase: null,
  fetchMedia: false,
};

describe('sending', () => {
  const sending = { ...newApp, corpSecret: ' s3cret ', agentId: '1000002' };
  test('an app sends with its CorpID, secret and AgentId, or does not at all', () => {
    expect(checkForm(sending, context)).toEqual({});
    expect(saveOf(sending, targets).bot).toMatchObject({
      corpId: 'ww1',
      corpSecret: 's3cret',
      agentId: 1_000_002,
    });
    expect(checkForm({ ...sending, agentId: '' }, context)).toEqual({ agentId: 'agentIdMissing' });
    expect(checkForm({ ...sending, corpSecret: '' }, context)).toEqual({
      corpSecret: 'corpSecretMissing',
    });
    const wrong = { ...sending, agentId: '1.5', corpSecret: 'a b', apiBase: 'ftp://x' };
    expect(checkForm(wrong, context)).toEqual({
      agentId: 'agentId',
      corpSecret: 'corpSecret',
      apiBase: 'apiBase',
    });
  });
  test('what only one kind has is taken away with the kind', () => {
    const form = { ...sending, overflow: ['spare'], lateReply: 'robot:spare', fetchMedia: true };
    expect(saveOf(form, targets).bot).toMatchObject({ overflow: [], lateReply: 'robot:spare' });
    expect(saveOf({ ...form, kind: 'robot' }, targets).bot).toMatchObject({
      overflow: ['spare'],
      lateReply: null,
      agentId: null,
    });
    expect(saveOf({ ...form, kind: 'robot' }, targets).bot).not.toHaveProperty('corpSecret');
    expect(saveOf({ ...form, kind: 'aibot' }, targets).bot).toMatchObject({ fetchMedia: true });
    expect(saveOf({ ...form, lateReply: 'nonsense' }, targets).bot.lateReply).toBeNull();
  });
});

describe('saving', () => {
  test('a stored bot comes out as it went in, its secrets and its target untouched', () => {
    expect(checkForm(formOf(bot, targets), edit)).toEqual({});
    expect(saveOf(formOf(bot, targets), targets)).toEqual({
      target: null,
      bot: {
        id: 'orders',
        kind: 'app',
        name: 'Orders',
        receiveId: 'ww1',
        ...plainSending,
        corpId: 'ww1',
        agentId: 1_000_002,
        target: 'orders',
        isDefault: true,
      },
    });
  });

  test('a new service gets the name of the bot, or the next that is free, and is saved first', () => {
    const toNew = {
      ...chooseTarget(newApp, { to: 'new' }, targets),
      targetUrl: ' http://10.0.0.9/ ',
    };
    expect(saveOf(toNew, targets)).toMatchObject({
      target: { id: 'crm', url: 'http://10.0.0.9/' },
      bot: { id: 'crm', target: 'crm', token: 'abc123' },
    });
    expect(saveOf({ ...toNew, id: 'orders' }, targets).bot.target).toBe('orders-2');
  });

  test('a known service is saved only where it changed; its secret can be set and taken away', () => {
    const form = formOf(bot, targets);
    expect(saveOf({ ...form, targetUrl: 'http://10.0.0.2/' }, targets).target).toEqual({
      id: 'orders',
      url: 'http://10.0.0.2/',
    });
    expect(saveOf({ ...form, dropTargetSecret: true }, targets).target?.secret).toBe('');
    const secret = generateSigningSecret();
    expect(saveOf({ ...form, targetSecret: secret }, targets).target?.secret).toBe(secret);
  });

  test('fields that a kind does not have are not sent', () => {
    const all = { ...newApp, webhook: 'https://a.example/?key=1', isDefault: true };
    const toNew = { ...chooseTarget(all, { to: 'new' }, targets), targetUrl: 'http://a.example' };
    expect(saveOf({ ...toNew, kind: 'robot' }, targets)).toEqual({
      target: null,
      bot: {
        id: 'crm',
        kind: 'robot',
        name: 'CRM',
        receiveId: '',
        webhook: 'https://a.example/?key=1',
        ...plainSending,
        target: null,
        isDefault: false,
      },
    });
    expect(saveOf({ ...all, kind: 'aibot' }, targets).bot.receiveId).toBe('');
    expect(saveOf({ ...all, kind: 'robot' }, targets).bot.encodingAesKey).toBeUndefined();
  });

  test('whatever is typed, what passes the check is what the contract takes', () => {
    const typed = fc.oneof(
      fc.string({ maxLength: 12 }),
      fc.constantFrom('abc', 'https://a.example/x', 'whsec_'),
    );
    const form = fc
      .record({
        kind: fc.constantFrom(...BotKind.options),
        id: typed,
        name: typed,
        token: typed,
        webhook: typed,
        receiveId: typed,
        targetUrl: typed,
        targetSecret: typed,
      })
      .chain((some) =>
        fc
          .constantFrom<BotForm['target']>({ to: 'inbox' }, { to: 'new' })
          .map((target) => ({ ...newApp, ...some, target })),
      );
    fc.assert(
      fc.property(form, (value) => {
        if (Object.keys(checkForm(value, context)).length > 0) return;
        const save = saveOf(value, targets);
        expect(BotInput.parse(save.bot)).toEqual(save.bot);
        if (save.target !== null) expect(TargetInput.parse(save.target)).toEqual(save.target);
      }),
      { numRuns: 500 },
    );
  });
});

describe('checking', () => {
  test('an empty form says what each kind needs', () => {
    expect(checkForm(emptyForm('app'), context)).toEqual({
      id: 'required',
      token: 'required',
      encodingAesKey: 'required',
      receiveId: 'required',
    });
    expect(checkForm(emptyForm('aibot'), context)).toEqual({
      id: 'required',
      token: 'required',
      encodingAesKey: 'required',
    });
    expect(checkForm(emptyForm('sealed'), context)).toEqual({ id: 'required', token: 'required' });
    expect(checkForm(emptyForm('robot'), context)).toEqual({ id: 'required', webhook: 'required' });
  });

  test('what is wrong is named at its field', () => {
    const wrong = {
      ...chooseTarget(newApp, { to: 'new' }, targets),
      id: 'Orders!',
      name: 'x'.repeat(65),
      token: 'a b',
      encodingAesKey: 'short',
      receiveId: 'ww 1',
      targetUrl: 'ftp://a.example',
      targetSecret: 'whsec_AAAA',
    };
    expect(checkForm(wrong, context)).toEqual({
      id: 'id',
      name: 'name',
      token: 'token',
      encodingAesKey: 'encodingAesKey',
      receiveId: 'receiveId',
      targetUrl: 'targetUrl',
      targetSecret: 'targetSecret',
    });
    expect(checkForm({ ...newApp, id: 'orders' }, context)).toEqual({ id: 'idTaken' });
    expect(checkForm({ ...emptyForm('robot'), id: 'r', webhook: 'qyapi' }, context)).toEqual({
      webhook: 'webhook',
    });
  });
});

describe('ids', () => {
  test('are made of the name, or of the kind where it has no letters of ours', () => {
    expect(suggestId('Order Desk (EU)', 'app', [])).toBe('order-desk-eu');
    expect(suggestId('运维告警群', 'robot', [])).toBe('robot');
    expect(suggestId('运维告警群', 'robot', [{ id: 'robot' }, { id: 'robot-2' }])).toBe('robot-3');
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        fc.array(fc.constantFrom<string>('a', 'app', 'app-2')),
        (name, ids) => {
          const taken = ids.map((id) => ({ id }));
          const id = suggestId(name, 'app', taken);
          expect(BotId.safeParse(id).success && !ids.includes(id)).toBe(true);
        },
      ),
    );
  });
});

test('readiness names the first thing that stands in the way', () => {
  const off = { set: false } as const;
  expect(readiness(bot, targets)).toEqual({ state: 'ready' });
  expect(readiness(bot, [{ ...target, healthy: false }])).toEqual({ state: 'targetDown' });
  expect(readiness({ ...bot, target: null }, targets)).toEqual({ state: 'inboxOnly' });
  expect(readiness({ ...bot, token: off }, targets)).toEqual({ state: 'lacks', what: 'token' });
  expect(readiness({ ...bot, encodingAesKey: off }, targets)).toEqual({
    state: 'lacks',
    what: 'encodingAesKey',
  });
  expect(readiness({ ...bot, receiveId: '' }, targets)).toEqual({
    state: 'lacks',
    what: 'receiveId',
  });
  expect(readiness({ ...bot, kind: 'sealed', encodingAesKey: off }, targets)).toEqual({
    state: 'ready',
  });
  expect(readiness({ ...bot, kind: 'robot' }, targets)).toEqual({
    state: 'lacks',
    what: 'webhook',
  });
});
