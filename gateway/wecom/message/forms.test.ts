import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { firstIssue } from '../../../common/errors/first-issue.ts';
import type { BotKind } from '../../../common/domain/bot.ts';
import { InboundMessage } from '../../../common/domain/inbound.ts';
import { contactChanges } from '../../../common/domain/message/contact-change.ts';
import { formOf, messageForms, messageSchema } from '../../../common/domain/message/forms.ts';
import { parseMessage } from '../message.ts';
import { aibotEvents, aibotMessages } from '../testdata/aibot-callbacks.ts';
import { appEvents, appMessages } from '../testdata/app-callbacks.ts';
import { approvalEvents, contactEvents } from '../testdata/contact-approval-callbacks.ts';
import type { ParsedMessage, WireFormat } from '../types.ts';

interface Fixture {
  readonly label: string;
  readonly kind: 'app' | 'aibot';
  readonly format: WireFormat;
  readonly text: string;
}

const head =
  '<ToUserName>ww1</ToUserName><FromUserName>u</FromUserName><CreateTime>1</CreateTime><AgentID>1</AgentID>';
const appFixture = (type: string, xml: string): Fixture => ({
  label: `app ${type} ${xml.slice(0, 40)}`,
  kind: 'app',
  format: 'xml',
  text: `<xml>${head}${xml}</xml>`,
});
const aibotFixture = (type: string, fields: object): Fixture => ({
  label: `aibot ${type}`,
  kind: 'aibot',
  format: 'json',
  text: JSON.stringify({ msgid: 'm', aibotid: 'A', from: { userid: 'u' }, ...fields }),
});
const eventXml = (name: string, xml: string): string =>
  `<MsgType>event</MsgType><Event>${name}</Event>${xml}`;

/** Every callback that the parser's own tests read. */
const fixtures: readonly Fixture[] = [
  ...appMessages.map(({ name, xml }) => appFixture(name, `<MsgType>${name}</MsgType>${xml}`)),
  ...[...appEvents, ...contactEvents, ...approvalEvents].map(({ name, xml }) =>
    appFixture(name, eventXml(name, xml)),
  ),
  ...aibotMessages.map(({ name, fields }) => aibotFixture(name, { msgtype: name, ...fields })),
  ...aibotEvents.map(({ name, fields }) =>
    aibotFixture(name, { msgtype: 'event', event: { eventtype: name, ...fields } }),
  ),
];

function asServicesGetIt(kind: BotKind, parsed: ParsedMessage): InboundMessage {
  const { dialect: _d, dedupKey: _k, responseUrl: _u, streamId: _s, ...message } = parsed;
  return { id: 'i', bot: 'b', kind, receivedAt: 1, ...message };
}

const schemas = new Map(messageForms.map((form) => [form, messageSchema(form)] as const));

/** The message as its form's schema sees it, and what the schema has against it. */
function judge(kind: 'app' | 'aibot', format: WireFormat, text: string) {
  const message = asServicesGetIt(kind, parseMessage(kind, format, Buffer.from(text)));
  const form = formOf({ sender: kind, type: message.type, event: message.event });
  const result = ((form && schemas.get(form)) ?? InboundMessage).safeParse(message);
  const fault = result.success ? null : firstIssue(result.error);
  return { message, form, fault, read: result.data };
}

it.each(fixtures)('$label has the form of its schema, and nothing is taken off it', (fixture) => {
  const { message, fault, read } = judge(fixture.kind, fixture.format, fixture.text);
  expect(fault).toBeNull();
  expect(read).toEqual(message);
});

it('every form has a fixture, and types that are not known have none', () => {
  const seen = fixtures.map(({ kind, format, text }) => judge(kind, format, text).form);
  expect(messageForms.filter((form) => !seen.includes(form))).toEqual([]);
  expect(seen.filter((form) => form === null).length).toBeGreaterThan(3);
  expect(messageForms.length).toBeGreaterThan(40);
});

it.each(contactEvents)(
  'a change of the contacts has its own form: $content.changeType',
  (event) => {
    const { message } = judge('app', 'xml', appFixture('', eventXml(event.name, event.xml)).text);
    const forms = Object.values(contactChanges).filter(
      (schema) => schema.safeParse(message.content).success,
    );
    expect(forms).toHaveLength(1);
  },
);

describe('what WeCom leaves out or sends otherwise', () => {
  const content = (kind: 'app' | 'aibot', format: WireFormat, text: string): unknown => {
    const { message, fault } = judge(kind, format, text);
    expect(fault).toBeNull();
    return message.content;
  };

  it('a text without words is an empty text', () => {
    expect(content('aibot', 'json', '{"msgtype":"text"}')).toEqual({ content: '' });
    expect(content('app', 'xml', '<xml><MsgType>text</MsgType></xml>')).toEqual({ content: '' });
  });

  it('an app in JSON mode gives the forms that it gives in XML', () => {
    const location =
      '{"MsgType":"location","Location_X":23.1,"Location_Y":"113.3","Scale":20,"Label":7,"New":{"A_New":1}}';
    expect(content('app', 'json', location)).toEqual({
      latitude: 23.1,
      longitude: 113.3,
      scale: 20,
      label: '7',
      new: { aNew: 1 },
    });
    const approval =
      '{"MsgType":"event","Event":"sys_approval_change","ApprovalInfo":{"SpNo":4561255354251345929,"SpStatus":2,' +
      '"SpRecord":{"SpStatus":1,"Details":{"SpTime":3}}}}';
    expect(content('app', 'json', approval)).toEqual({
      approvalInfo: {
        spNo: '4561255354251345929',
        spStatus: 2,
        spRecord: [{ spStatus: 1, details: [{ spTime: 3 }] }],
      },
    });
  });

  it('what is no number, text or object is left out; the raw text has it', () => {
    const text =
      '<xml><MsgType>location</MsgType><Location_X>north</Location_X><Scale>12345678901234567</Scale><Label><b>x</b></Label></xml>';
    expect(content('app', 'xml', text)).toEqual({});
    const job =
      '<xml><MsgType>event</MsgType><Event>batch_job_result</Event><BatchJob>x</BatchJob></xml>';
    expect(content('app', 'xml', job)).toEqual({});
    const feedback = { eventtype: 'feedback_event', feedback_event: { id: null, type: [] } };
    const body = JSON.stringify({ msgtype: 'event', event: feedback });
    expect(content('aibot', 'json', body)).toEqual({ id: '' });
  });

  it('a change of the contacts that is new keeps all its fields', () => {
    const xml = eventXml('change_contact', '<ChangeType>merge_user</ChangeType><Into>u2</Into>');
    expect(content('app', 'xml', `<xml>${xml}</xml>`)).toEqual({
      changeType: 'merge_user',
      into: 'u2',
    });
  });
});

it('whatever stands in the fields, the message has the form of its type', () => {
  const form = fc.constantFrom(...messageForms);
  // Names that forms have, so that values of the wrong kind meet their readers.
  const name = fc.constantFrom(
    ...['Content', 'MediaId', 'EventKey', 'ApprovalInfo', 'SpRecord', 'Details', 'SelectedItems'],
    ...['SelectedItem', 'OptionIds', 'ExtAttr', 'Item', 'ChangeType', 'TagId', 'SendPicsInfo'],
    ...['content', 'url', 'quote', 'msg_item', 'selected_items', 'inaccurate_reason_list', 'id'],
  );
  const leaf = fc.oneof(
    fc.constantFrom('update_tag', 'create_user', '', '12', 7, null, true, 1.5),
    fc.string({ maxLength: 5 }),
  );
  const level = (value: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
    fc.oneof(leaf, fc.array(value, { maxLength: 2 }), fc.dictionary(name, value, { maxKeys: 3 }));
  const fields = fc.dictionary(name, level(level(level(leaf))), { maxKeys: 4 });
  fc.assert(
    fc.property(form, fields, (of, given) => {
      const common = { MsgType: of.type, Event: of.event };
      const own = of.event ?? of.type;
      const body =
        of.sender === 'app'
          ? { ...given, ...common }
          : of.event === null
            ? { msgtype: of.type, [own]: given, quote: given['quote'] }
            : { msgtype: 'event', event: { eventtype: own, [own]: given } };
      const { form: found, fault } = judge(of.sender, 'json', JSON.stringify(body));
      expect(found).toBe(of);
      expect(fault).toBeNull();
    }),
    { numRuns: 2000 },
  );
});
