import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { BotKind } from '../../common/domain/bot.ts';
import { parseMessage } from './message.ts';
import { aibotEvents, aibotMessages } from './testdata/aibot-callbacks.ts';
import { appEvents, appMessages } from './testdata/app-callbacks.ts';
import { approvalEvents, contactEvents } from './testdata/contact-approval-callbacks.ts';
import { failureOf, outcomeOf } from './testdata/failure.ts';
import { vectors } from './testdata/vectors.ts';
import type { ParsedMessage, WireFormat } from './types.ts';

function parse(kind: BotKind, format: WireFormat, text: string): ParsedMessage {
  return parseMessage(kind, format, Buffer.from(text));
}
const hashed = (text: string): string => `h:${createHash('sha256').update(text).digest('hex')}`;

const appHead =
  '<ToUserName><![CDATA[ww1]]></ToUserName><FromUserName><![CDATA[zhangsan]]></FromUserName>' +
  '<CreateTime>1700000000</CreateTime>';
const appFrom = {
  dialect: 'app',
  agentId: '1',
  createTime: 1_700_000_000,
  from: { userId: 'zhangsan', corpId: 'ww1' },
  chat: { id: 'zhangsan', type: 'single' },
  responseUrl: null,
  streamId: null,
};

test.each(appMessages)('app message $name', ({ name, xml, content }) => {
  const text = `<xml>${appHead}<MsgType><![CDATA[${name}]]></MsgType>${xml}<MsgId>4561255354251345929</MsgId><AgentID>1</AgentID></xml>`;
  expect(parse('app', 'xml', text)).toEqual({
    ...appFrom,
    type: name,
    event: null,
    msgId: '4561255354251345929',
    content,
    raw: { format: 'xml', text },
    dedupKey: 'm:4561255354251345929',
  });
});

test.each([...appEvents, ...contactEvents, ...approvalEvents])('app event $name', (callback) => {
  const text = `<xml>${appHead}<MsgType>event</MsgType><AgentID>1</AgentID><Event>${callback.name}</Event>${callback.xml}</xml>`;
  expect(parse('app', 'xml', text)).toEqual({
    ...appFrom,
    type: 'event',
    event: callback.name,
    msgId: null,
    content: callback.content,
    raw: { format: 'xml', text },
    dedupKey: hashed(text),
  });
});

test('an app in JSON mode gives the same, with its 64-bit id whole', () => {
  const text =
    '{"ToUserName":"ww1","FromUserName":"zhangsan","CreateTime":1700000000,"MsgType":"text",' +
    '"Content":"hello","MsgId":4561255354251345929,"AgentID":218}';
  expect(parse('app', 'json', text)).toEqual({
    ...appFrom,
    agentId: '218',
    type: 'text',
    event: null,
    msgId: '4561255354251345929',
    content: { content: 'hello' },
    raw: { format: 'json', text },
    dedupKey: 'm:4561255354251345929',
  });
});

const aibotHead = {
  msgid: 'CAIQ16HMjQYY/NGagIOAgAMgq4KM0AI=',
  aibotid: 'AIBOTID',
  chatid: 'CHATID',
  chattype: 'group',
  from: { userid: 'USERID', corpid: 'ww1' },
  response_url: 'https://qyapi.weixin.qq.com/cgi-bin/aibot/response?response_code=RC',
};
const aibotFrom = {
  dialect: 'aibot',
  agentId: 'AIBOTID',
  msgId: aibotHead.msgid,
  from: { userId: 'USERID', corpId: 'ww1' },
  chat: { id: 'CHATID', type: 'group' },
  responseUrl: aibotHead.response_url,
  dedupKey: `m:${aibotHead.msgid}`,
};

test.each(aibotMessages)('smart bot message $name', ({ name, fields, content }) => {
  const text = JSON.stringify({ ...aibotHead, msgtype: name, ...fields });
  expect(parse('aibot', 'json', text)).toEqual({
    ...aibotFrom,
    type: name,
    event: null,
    createTime: null,
    streamId: name === 'stream' ? 'S1' : null,
    content,
    raw: { format: 'json', text },
  });
});

test.each(aibotEvents)('smart bot event $name', ({ name, fields, content }) => {
  const event = { eventtype: name, ...fields };
  const text = JSON.stringify({
    ...aibotHead,
    create_time: 1_700_000_000,
    msgtype: 'event',
    event,
  });
  expect(parse('aibot', 'json', text)).toEqual({
    ...aibotFrom,
    type: 'event',
    event: name,
    createTime: 1_700_000_000,
    streamId: null,
    content,
    raw: { format: 'json', text },
  });
});

test('a smart bot in a single chat', () => {
  const text =
    '{"msgid":"1","chattype":"single","from":{"userid":"U"},"msgtype":"text","text":{"content":"x"}}';
  expect(parse('aibot', 'json', text)).toMatchObject({
    from: { userId: 'U', corpId: null },
    chat: { id: 'U', type: 'single' },
    responseUrl: null,
  });
});

test('every vector but the one that is deliberately no JSON', () => {
  const refused = vectors
    .filter(({ expectedPlaintext: text }) => /^[<{]/.test(text))
    .filter(({ receiveid, expectedPlaintext: text }) => {
      const format = text.startsWith('<') ? 'xml' : 'json';
      try {
        return parse(receiveid === '' ? 'aibot' : 'app', format, text).type !== 'text';
      } catch {
        return true;
      }
    });
  expect(refused.map(({ id }) => id)).toEqual(['tencent-sample-json-php']);
});

describe('what is unusual passes', () => {
  test('no type, no sender, nothing at all', () => {
    const text = '<xml></xml>';
    expect(parse('app', 'xml', text)).toEqual({
      dialect: 'app',
      type: 'unknown',
      event: null,
      agentId: null,
      msgId: null,
      createTime: null,
      from: { userId: '', corpId: null },
      chat: { id: '', type: 'single' },
      content: {},
      raw: { format: 'xml', text },
      dedupKey: hashed(text),
      responseUrl: null,
      streamId: null,
    });
    expect(parse('aibot', 'json', '{}')).toMatchObject({ type: 'unknown', content: {} });
  });

  test('a time that is none', () => {
    expect(parse('app', 'xml', '<xml><CreateTime>soon</CreateTime></xml>').createTime).toBeNull();
    expect(parse('aibot', 'json', '{"create_time":1.5}').createTime).toBeNull();
  });

  test('a sealed relay may pass either dialect', () => {
    const guide = '{"msgtype":"text","text":{"content":"x"},"timestamp":"1","signature":"s"}';
    expect(parse('sealed', 'json', guide)).toMatchObject({
      dialect: 'sealed',
      type: 'text',
      content: { content: 'x' },
    });
    expect(parse('sealed', 'json', '{"MsgType":"text","Content":"x"}')).toMatchObject({
      type: 'text',
      content: { content: 'x' },
    });
  });

  test('names of Object.prototype are names', () => {
    const text = '{"msgtype":"constructor","toString":"a","__proto__":{"polluted":1}}';
    const message = parse('aibot', 'json', text);
    expect(message.content).toEqual({ toString: 'a' });
    expect(Object.hasOwn(message.content, 'polluted')).toBe(false);
  });

  test('JSON of any depth', () => {
    const text = `{"msgtype":"x","x":{"a":${'['.repeat(5000)}${']'.repeat(5000)}}}`;
    expect(JSON.stringify(parse('aibot', 'json', text).content).length).toBeLessThan(200);
  });
});

test.each([
  ['xml', ''],
  ['xml', 'hello'],
  ['xml', '{"MsgType":"text"}'],
  ['xml', '<xml><Content>cut o'],
  [
    'xml',
    '<!DOCTYPE xml [<!ENTITY e SYSTEM "file:///etc/passwd">]><xml><Content>&e;</Content></xml>',
  ],
  ['json', ''],
  ['json', '<xml></xml>'],
  ['json', '[]'],
  ['json', '"text"'],
  ['json', '{"msgtype":'],
] as const)('%s %j is PLAINTEXT_INVALID', (format, text) => {
  for (const kind of ['app', 'aibot', 'sealed', 'robot'] as const) {
    expect(failureOf(() => parse(kind, format, text)).code).toBe('PLAINTEXT_INVALID');
  }
});

test('different plaintexts have different keys, equal ones the same', () => {
  const event = (name: string): string =>
    parse('app', 'xml', `<xml>${appHead}<Event>${name}</Event></xml>`).dedupKey;
  expect(event('a')).toBe(event('a'));
  expect(event('a')).not.toBe(event('b'));
});

test('any plaintext gives a message or an AppError', () => {
  const kind = fc.constantFrom<BotKind>('app', 'aibot', 'sealed', 'robot');
  const format = fc.constantFrom<WireFormat>('xml', 'json');
  const piece = fc.constantFrom(
    ...[
      '<xml>',
      '</xml>',
      '<MsgType>',
      '</MsgType>',
      '<a>',
      '</a>',
      '<![CDATA[',
      ']]>',
      '<!D',
      '&#1;',
    ],
    ...[
      '{"msgtype":"event","event":',
      '{"from":',
      '{',
      '}',
      '[',
      ']',
      '"text"',
      ':',
      ',',
      '1',
      'null',
    ],
  );
  const plaintext = fc.oneof(
    fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)),
    fc.array(piece, { maxLength: 20 }).map((pieces) => Buffer.from(pieces.join(''))),
    fc.jsonValue().map((value) => Buffer.from(JSON.stringify(value))),
    fc
      .record({ msgtype: fc.jsonValue(), event: fc.jsonValue(), from: fc.jsonValue() })
      .map((value) => Buffer.from(JSON.stringify(value))),
  );
  fc.assert(
    fc.property(kind, format, plaintext, (of, as, bytes) => {
      expect(outcomeOf(() => parseMessage(of, as, bytes))).toMatch(/accepted|refused/);
    }),
    { numRuns: 2000 },
  );
});
