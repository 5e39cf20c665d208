import { XMLParser, XMLValidator } from 'fast-xml-parser';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aibotEventNames, aibotMessageTypes, buildAibotMessage } from './aibot-messages.ts';
import { appEvents } from './app-events.ts';
import { appMessageTypes, buildAppMessage } from './app-messages.ts';
import { CallbackInput } from './callback-input.ts';
import { readElement, writeXml } from './xml.ts';

const around = {
  now: 1_700_000_000_500,
  newId: '7234567890123456789',
  address: 'http://127.0.0.1:1',
  responseUrl: 'http://127.0.0.1:1/r',
};
const app = { receiveId: 'ww0123456789abcdef', agentId: '1000002' };
const input = (part: object): CallbackInput => CallbackInput.parse({ bot: 'practice', ...part });
const parser = new XMLParser({ parseTagValue: false, trimValues: false });

function appXml(part: object): Record<string, unknown> {
  const text = buildAppMessage(app, input(part), around);
  expect(XMLValidator.validate(text)).toBe(true);
  return (parser.parse(text) as { xml: Record<string, unknown> }).xml;
}

describe('app messages', () => {
  it('keeps all 64 bits of the MsgId, as bare digits', () => {
    const text = buildAppMessage(app, input({ text: '你好' }), around);
    expect(text).toContain('<MsgId>7234567890123456789</MsgId>');
    expect(text).toContain('<Content><![CDATA[你好]]></Content>');
  });

  it.each(appMessageTypes)('%s has the common fields', (type) => {
    expect(appXml({ type })).toMatchObject({
      ToUserName: app.receiveId,
      FromUserName: 'WangXiaoming',
      CreateTime: '1700000000',
      MsgType: type,
      MsgId: around.newId,
      AgentID: app.agentId,
    });
  });

  it.each([...appEvents.keys(), 'not_known_yet', 'constructor'])('event %s', (event) => {
    const xml = appXml({ type: 'event', event });
    expect(xml).toMatchObject({ MsgType: 'event', Event: event, CreateTime: '1700000000' });
    expect(xml).not.toHaveProperty('MsgId');
  });

  it('repeats the elements of an approval without a wrapping list', () => {
    const xml = appXml({ type: 'event', event: 'sys_approval_change' });
    expect((xml['ApprovalInfo'] as { SpRecord: unknown[] }).SpRecord).toHaveLength(2);
    expect(xml['FromUserName']).toBe('sys');
  });

  it('takes id, time, sender and key from the input, so that a callback can be repeated', () => {
    const part = { msgId: '42', createTime: 7, from: 'LiLei', text: 'x' };
    const again = buildAppMessage(app, input(part), { ...around, newId: '1' });
    expect(buildAppMessage(app, input(part), around)).toBe(again);
    expect(appXml({ type: 'event', event: 'click', eventKey: 'k' })).toMatchObject({
      EventKey: 'k',
    });
  });
});

describe('smart-bot messages', () => {
  const json = (part: object): Record<string, unknown> =>
    JSON.parse(buildAibotMessage(input(part), around)) as Record<string, unknown>;

  it.each([...aibotMessageTypes, 'not_known_yet'])('%s carries its own part', (type) => {
    expect(json({ type })).toMatchObject({ msgtype: type, chattype: 'single', [type]: {} });
  });

  it.each([...aibotEventNames, 'not_known_yet'])('event %s', (event) => {
    expect(json({ type: 'event', event })).toMatchObject({
      msgtype: 'event',
      create_time: 1_700_000_000,
      event: { eventtype: event, [event]: {} },
    });
  });

  it('names the bot in a group and keeps the mention in the text', () => {
    expect(json({ text: 'hi', chat: 'G1' })).toMatchObject({
      chatid: 'G1',
      chattype: 'group',
      text: { content: '@practice hi' },
      response_url: around.responseUrl,
    });
  });
});

describe('xml', () => {
  it('reads back any text that it wrote, CDATA ends included', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.constantFrom(']]>', 'a]]>b', ']]', '<xml>')), (text) => {
        expect(readElement(writeXml({ Content: text }), 'Content')).toBe(text.trim());
      }),
    );
  });

  it('reads entities and bare text', () => {
    expect(readElement('<xml><Nonce>a&lt;b&amp;c</Nonce></xml>', 'Nonce')).toBe('a<b&c');
    expect(readElement('<xml><A>1</A></xml>', 'B')).toBeNull();
  });
});
