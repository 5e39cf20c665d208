import { describe, expect, test } from 'vitest';
import { ServiceReply } from '../../common/domain/inbound.ts';
import { AppError } from '../../common/errors/app-error.ts';
import { utf8Length } from '../../common/text/utf8.ts';
import { parseMessage } from './message.ts';
import { renderReply } from './reply.ts';
import type { ParsedMessage } from './types.ts';
import { readXml, type XmlElement } from './xml.ts';

const now = 1_700_000_000_999;
const text: ServiceReply = { type: 'text', content: 'hi' };

function appCallback(type: string, event = ''): ParsedMessage {
  const xml =
    '<xml><ToUserName>ww1</ToUserName><FromUserName>zhangsan</FromUserName>' +
    `<MsgType>${type}</MsgType><Event>${event}</Event></xml>`;
  return parseMessage('app', 'xml', Buffer.from(xml));
}

function aibotCallback(fields: Readonly<Record<string, unknown>>): ParsedMessage {
  return parseMessage('aibot', 'json', Buffer.from(JSON.stringify(fields)));
}

function refusalOf(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    if (error instanceof AppError) return error.toInfo();
    throw error;
  }
  throw new Error('nothing was thrown');
}

/** The fields of a rendered document, nested ones joined by dots. */
function fieldsOf(xml: string): Record<string, string> {
  const root = readXml(xml, 1000);
  if (root === null) throw new Error(`no XML: ${xml}`);
  const walk = (element: XmlElement, path: string): [string, string][] =>
    element.children.length === 0
      ? [[path, element.text]]
      : element.children.flatMap((child) => walk(child, `${path}.${child.name}`));
  return Object.fromEntries(walk(root, '').map(([path, value]) => [path.slice(1), value]));
}

describe('app', () => {
  const head = { ToUserName: 'zhangsan', FromUserName: 'ww1', CreateTime: '1700000000' };
  const cases: readonly (readonly [ServiceReply, string])[] = [
    [text, '<Content><![CDATA[hi]]></Content>'],
    [{ type: 'image', mediaId: 'M' }, '<Image><MediaId><![CDATA[M]]></MediaId></Image>'],
    [{ type: 'voice', mediaId: 'M' }, '<Voice><MediaId><![CDATA[M]]></MediaId></Voice>'],
    [{ type: 'video', mediaId: 'M' }, '<Video><MediaId><![CDATA[M]]></MediaId></Video>'],
    [
      { type: 'video', mediaId: 'M', title: 't', description: 'd' },
      '<Video><MediaId><![CDATA[M]]></MediaId><Title><![CDATA[t]]></Title><Description><![CDATA[d]]></Description></Video>',
    ],
    [
      {
        type: 'news',
        articles: [
          { title: 'a', description: 'b', picUrl: 'http://p', url: 'http://u' },
          { title: 'c', url: 'http://v' },
        ],
      },
      '<ArticleCount>2</ArticleCount><Articles>' +
        '<item><Title><![CDATA[a]]></Title><Description><![CDATA[b]]></Description><PicUrl><![CDATA[http://p]]></PicUrl><Url><![CDATA[http://u]]></Url></item>' +
        '<item><Title><![CDATA[c]]></Title><Url><![CDATA[http://v]]></Url></item></Articles>',
    ],
  ];

  test.each(cases)('%j', (reply, body) => {
    expect(renderReply(reply, appCallback('text'), 'xml', now)).toBe(
      '<xml><ToUserName><![CDATA[zhangsan]]></ToUserName><FromUserName><![CDATA[ww1]]></FromUserName>' +
        `<CreateTime>1700000000</CreateTime><MsgType><![CDATA[${reply.type}]]></MsgType>${body}</xml>`,
    );
  });

  test('text that ends a CDATA section, or that XML cannot hold', () => {
    const content = 'a]]></Content><Content>b & <c>\u0000\uD800 好';
    const rendered = renderReply({ type: 'text', content }, appCallback('text'), 'xml', now);
    expect(fieldsOf(rendered)).toEqual({
      ...head,
      MsgType: 'text',
      Content: 'a]]></Content><Content>b & <c>\uFFFD 好',
    });
  });

  test('text is cut at 2048 bytes between characters', () => {
    const content = `a${'好'.repeat(700)}`;
    const rendered = renderReply({ type: 'text', content }, appCallback('text'), 'xml', now);
    expect(fieldsOf(rendered)['Content']).toBe(`a${'好'.repeat(682)}`);
    const emoji = renderReply(
      { type: 'text', content: '😀'.repeat(600) },
      appCallback('text'),
      'xml',
      now,
    );
    expect(utf8Length(fieldsOf(emoji)['Content'] ?? '')).toBe(2048);
  });

  test.each([
    ...['subscribe', 'enter_agent', 'LOCATION', 'click', 'view', 'view_miniprogram'],
    ...['scancode_waitmsg', 'template_card_menu_event'],
  ])('event %s takes a reply', (event) => {
    expect(fieldsOf(renderReply(text, appCallback('event', event), 'xml', now))).toMatchObject(
      head,
    );
  });

  test.each(['unsubscribe', 'template_card_event', 'change_contact', 'scancode_push', ''])(
    'event %j takes none',
    (event) => {
      expect(refusalOf(() => renderReply(text, appCallback('event', event), 'xml', now))).toEqual({
        code: 'TARGET_REPLY_INVALID',
        params: { type: 'text', to: event === '' ? 'event' : event },
      });
    },
  );

  test('raw XML passes as it is, on card events too', () => {
    const body =
      '<xml><MsgType>update_button</MsgType><Button><ReplaceName>x</ReplaceName></Button></xml>';
    const event = appCallback('event', 'template_card_event');
    expect(renderReply({ type: 'raw', body }, event, 'xml', now)).toBe(body);
  });

  test.each([[''], ['hello'], ['<xml>cut'], [{ msgtype: 'text' }]])('raw %j is refused', (body) => {
    const reply: ServiceReply = { type: 'raw', body };
    expect(refusalOf(() => renderReply(reply, appCallback('text'), 'xml', now))).toEqual({
      code: 'TARGET_REPLY_INVALID',
      params: { type: 'raw', format: 'xml' },
    });
  });

  test('in JSON mode text and raw alone', () => {
    const fields = { ToUserName: 'ww1', FromUserName: 'zhangsan', MsgType: 'text', Content: 'x' };
    const message = parseMessage('app', 'json', Buffer.from(JSON.stringify(fields)));
    expect(JSON.parse(renderReply(text, message, 'json', now))).toEqual({
      ToUserName: 'zhangsan',
      FromUserName: 'ww1',
      CreateTime: 1_700_000_000,
      MsgType: 'text',
      Content: 'hi',
    });
    const image: ServiceReply = { type: 'image', mediaId: 'M' };
    expect(refusalOf(() => renderReply(image, message, 'json', now))).toMatchObject({
      code: 'TARGET_REPLY_INVALID',
    });
    expect(renderReply({ type: 'raw', body: { MsgType: 'x' } }, message, 'json', now)).toBe(
      '{"MsgType":"x"}',
    );
  });
});

describe('smart bot', () => {
  const event = (eventtype: string): ParsedMessage =>
    aibotCallback({ msgtype: 'event', event: { eventtype } });

  test('text on enter_chat', () => {
    expect(renderReply(text, event('enter_chat'), 'json', now)).toBe(
      '{"msgtype":"text","text":{"content":"hi"}}',
    );
  });

  test('text on a message is a stream of its own, finished at once', () => {
    const message = aibotCallback({ msgtype: 'text', text: { content: 'x' } });
    const [first, second] = [1, 2].map(
      () => JSON.parse(renderReply(text, message, 'json', now)) as { stream: { id: string } },
    );
    expect(first).toEqual({
      msgtype: 'stream',
      stream: {
        id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
        finish: true,
        content: 'hi',
      },
    });
    expect(first?.stream.id).not.toBe(second?.stream.id);
  });

  test('text on a refresh poll ends the stream that was asked for', () => {
    const poll = aibotCallback({ msgtype: 'stream', stream: { id: 'S1' } });
    expect(JSON.parse(renderReply(text, poll, 'json', now))).toEqual({
      msgtype: 'stream',
      stream: { id: 'S1', finish: true, content: 'hi' },
    });
  });

  test('text is cut at 20480 bytes between characters', () => {
    const message = aibotCallback({ msgtype: 'text' });
    const reply: ServiceReply = { type: 'text', content: '好'.repeat(7000) };
    const { stream } = JSON.parse(renderReply(reply, message, 'json', now)) as {
      stream: { content: string };
    };
    expect(stream.content).toBe('好'.repeat(6826));
  });

  test.each(['template_card_event', 'feedback_event', 'not_yet_invented'])(
    'event %s takes no text',
    (name) => {
      expect(refusalOf(() => renderReply(text, event(name), 'json', now))).toEqual({
        code: 'TARGET_REPLY_INVALID',
        params: { type: 'text', to: name },
      });
    },
  );

  test.each<ServiceReply>([
    { type: 'image', mediaId: 'M' },
    { type: 'voice', mediaId: 'M' },
    { type: 'video', mediaId: 'M' },
    { type: 'news', articles: [{ title: 't', url: 'u' }] },
    { type: 'raw', body: 'no JSON' },
    { type: 'raw', body: '[]' },
  ])('%j is refused', (reply) => {
    const message = aibotCallback({ msgtype: 'text' });
    expect(refusalOf(() => renderReply(reply, message, 'json', now))).toMatchObject({
      code: 'TARGET_REPLY_INVALID',
      params: { type: reply.type },
    });
  });

  test('raw JSON passes as it is, except where only an empty answer is taken', () => {
    const card = { response_type: 'update_template_card', template_card: { task_id: 't' } };
    const reply: ServiceReply = { type: 'raw', body: card };
    expect(renderReply(reply, event('template_card_event'), 'json', now)).toBe(
      JSON.stringify(card),
    );
    const asText: ServiceReply = { type: 'raw', body: ' {"msgtype" : "x"}' };
    expect(renderReply(asText, event('enter_chat'), 'json', now)).toBe(' {"msgtype" : "x"}');
    expect(refusalOf(() => renderReply(reply, event('feedback_event'), 'json', now))).toMatchObject(
      {
        code: 'TARGET_REPLY_INVALID',
      },
    );
  });
});

test('sealed: text in the form of the guide, and raw', () => {
  const message = parseMessage('sealed', 'json', Buffer.from('{"msgtype":"text"}'));
  expect(renderReply(text, message, 'json', now)).toBe(
    '{"msgtype":"text","text":{"content":"hi"}}',
  );
  expect(renderReply({ type: 'raw', body: { a: 1 } }, message, 'json', now)).toBe('{"a":1}');
  const image: ServiceReply = { type: 'image', mediaId: 'M' };
  expect(refusalOf(() => renderReply(image, message, 'json', now))).toMatchObject({
    code: 'TARGET_REPLY_INVALID',
  });
});

test('every reply a service may give is known here', () => {
  expect(ServiceReply.options.map((option) => option.shape.type.value).toSorted()).toEqual([
    ...['card', 'image', 'news', 'raw', 'stream', 'text', 'update_card', 'video', 'voice'],
  ]);
});
