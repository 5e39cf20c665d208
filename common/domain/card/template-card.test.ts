import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type * as z from 'zod';
import { firstIssue } from '../../errors/first-issue.ts';
import { AppMessage } from '../app-message.ts';
import { OutgoingMessage, RobotMessage } from '../outgoing.ts';
import { cardLimits } from './limits.ts';
import { AppCard, BotCard, RobotCard } from './template-card.ts';

const action = { type: 1, url: 'https://a.example' };
const text = { card_type: 'text_notice', main_title: { title: 't' }, card_action: action };
const news = { ...text, card_type: 'news_notice', card_image: { url: 'https://i.example' } };
const option = (id: string) => ({ id, text: 'o' });
const options = (count: number) => Array.from({ length: count }, (_, i) => option(`o${i}`));
const select = (question_key: string, count = 1) => ({ question_key, option_list: options(count) });
const button = (key: string) => ({ text: 'b', key });
const buttons = { card_type: 'button_interaction', task_id: 't', button_list: [button('k')] };
const vote = { card_type: 'vote_interaction', task_id: 't', checkbox: select('q') };
const multiple = { card_type: 'multiple_interaction', task_id: 't', select_list: [select('q')] };
const times = <T>(count: number, make: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i));

type Schema = z.ZodType;
/** `field: reason` of what is wrong; null where the card is taken. */
function fault(schema: Schema, card: unknown): string | null {
  const result = schema.safeParse(card);
  if (result.success) return null;
  const { field, reason } = firstIssue(result.error);
  return `${field}: ${reason}`;
}

const all = { text, news, buttons, vote, multiple };
it.each(Object.entries(all))(
  '%s is taken by apps and smart bots; robots take notices',
  (_, card) => {
    expect(fault(AppCard, card)).toBeNull();
    expect(fault(BotCard, card)).toBeNull();
    const isNotice = card === text || card === news;
    expect(fault(RobotCard, card) === null).toBe(isNotice);
  },
);

it('a field that is not known passes, in the card and in its parts', () => {
  const card = { ...text, new_field: 1, jump_list: [{ title: 't', newer: [2] }] };
  for (const schema of [AppCard, BotCard, RobotCard]) expect(schema.parse(card)).toEqual(card);
});

/** Lists: the most that fits; how one more is named. */
const lists: readonly (readonly [object, string, number, (i: number) => object])[] = [
  [text, 'horizontal_content_list', 6, () => ({ keyname: 'k' })],
  [text, 'jump_list', 3, () => ({ title: 't' })],
  [news, 'vertical_content_list', 4, () => ({ title: 't' })],
  [buttons, 'button_list', 6, (i: number) => button(`k${i}`)],
  [multiple, 'select_list', 3, (i: number) => select(`q${i}`)],
];
it.each(lists)('%#: a list has at most so many: %j', (card, field, most, entry) => {
  expect(fault(AppCard, { ...card, [field]: times(most, entry) })).toBeNull();
  for (const schema of [AppCard, BotCard]) {
    const over = { ...card, [field]: times(most + 1, entry) };
    expect(fault(schema, over)).toBe(`${field}: at most ${most}`);
  }
});

const key = 'k'.repeat(cardLimits.keyBytes);
const menu = (list: object[]) => ({ ...text, task_id: 't', action_menu: { action_list: list } });
const wrong: readonly (readonly [string, object, string | null])[] = [
  ['a menu of 3', menu(times(3, (i) => button(`k${i}`))), null],
  ['a menu of 4', menu(times(4, (i) => button(`k${i}`))), 'action_menu.action_list: at most 3'],
  ['an empty menu', menu([]), 'action_menu.action_list: at least 1'],
  ['a menu key of 1024 B', menu([button(key)]), null],
  [
    'a menu key of 1025 B',
    menu([button(`${key}k`)]),
    'action_menu.action_list.0.key: at most 1024 bytes',
  ],
  [
    'a menu key twice',
    menu([button('k'), button('k')]),
    'action_menu.action_list.1.key: used twice',
  ],
  [
    'a menu without task_id',
    { ...menu([button('k')]), task_id: undefined },
    'task_id: needed with action_menu',
  ],
  ['a button key of 1024 B', { ...buttons, button_list: [button(key)] }, null],
  [
    'a button key in 字',
    { ...buttons, button_list: [button('字'.repeat(342))] },
    'button_list.0.key: at most 1024 bytes',
  ],
  [
    'a button without text',
    { ...buttons, button_list: [{ text: '', key: 'k' }] },
    'button_list.0.text: empty',
  ],
  [
    'a button without key',
    { ...buttons, button_list: [{ text: 'b' }] },
    'button_list.0.key: needed',
  ],
  ['a button that opens', { ...buttons, button_list: [{ text: 'b', type: 1, url: 'u' }] }, null],
  [
    'a button that opens nothing',
    { ...buttons, button_list: [{ text: 'b', type: 1 }] },
    'button_list.0.url: needed where type is 1',
  ],
  [
    'a button key twice',
    { ...buttons, button_list: [button('a'), button('b'), button('a')] },
    'button_list.2.key: used twice',
  ],
  ['10 options', { ...multiple, select_list: [select('q', 10)] }, null],
  [
    '11 options',
    { ...multiple, select_list: [select('q', 11)] },
    'select_list.0.option_list: at most 10',
  ],
  [
    'no options',
    { ...multiple, select_list: [select('q', 0)] },
    'select_list.0.option_list: at least 1',
  ],
  ['no selects', { ...multiple, select_list: [] }, 'select_list: at least 1'],
  [
    'a question twice',
    { ...multiple, select_list: [select('q'), select('q')] },
    'select_list.1.question_key: used twice',
  ],
  [
    'a selection beside buttons',
    { ...buttons, button_selection: select('q', 11) },
    'button_selection.option_list: at most 10',
  ],
  ['20 boxes', { ...vote, checkbox: select('q', 20) }, null],
  ['21 boxes', { ...vote, checkbox: select('q', 21) }, 'checkbox.option_list: at most 20'],
  [
    'an option id of 128 B',
    { ...vote, checkbox: { question_key: 'q', option_list: [option('i'.repeat(128))] } },
    null,
  ],
  [
    'an option id of 129 B',
    { ...vote, checkbox: { question_key: 'q', option_list: [option('字'.repeat(43))] } },
    'checkbox.option_list.0.id: at most 128 bytes',
  ],
  [
    'an option twice',
    { ...vote, checkbox: { question_key: 'q', option_list: [option('a'), option('a')] } },
    'checkbox.option_list.1.id: used twice',
  ],
  [
    'a submit key of 1025 B',
    { ...vote, submit_button: { key: `${key}k` } },
    'submit_button.key: at most 1024 bytes',
  ],
  ['a task_id of 128', { ...vote, task_id: 'aZ0_@-'.padEnd(128, 'x') }, null],
  [
    'a task_id of 129',
    { ...vote, task_id: 'x'.repeat(129) },
    'task_id: 1 to 128 of 0-9 A-Z a-z _ @ -',
  ],
  ['a task_id with a blank', { ...vote, task_id: 'a b' }, 'task_id: 1 to 128 of 0-9 A-Z a-z _ @ -'],
  ['a colour', { ...text, source: { desc_color: 4 } }, 'source.desc_color: one of 0, 1, 2, 3'],
  [
    'a quote without url',
    { ...text, quote_area: { type: 1 } },
    'quote_area.url: needed where type is 1',
  ],
  [
    'a quote without appid',
    { ...text, quote_area: { type: 2 } },
    'quote_area.appid: needed where type is 2',
  ],
  ['an action to nothing', { ...text, card_action: { type: 0 } }, 'card_action.type: one of 1, 2'],
  [
    'an action without url',
    { ...text, card_action: { type: 1 } },
    'card_action.url: needed where type is 1',
  ],
  [
    'no title at all',
    { ...text, main_title: { desc: 'd' } },
    'main_title.title: this or sub_title_text is needed',
  ],
  ['a sub-title alone', { ...text, main_title: undefined, sub_title_text: 's' }, null],
  [
    'a flat picture',
    { ...news, card_image: { url: 'u', aspect_ratio: 2.26 } },
    'card_image.aspect_ratio: from 1.3 to 2.25',
  ],
  ['the flattest picture', { ...news, card_image: { url: 'u', aspect_ratio: 2.25 } }, null],
  [
    'an area without picture',
    { ...news, image_text_area: { title: 't' } },
    'image_text_area.image_url: Invalid input: expected string, received undefined',
  ],
  ['an area alone', { ...news, card_image: undefined, image_text_area: { image_url: 'u' } }, null],
  [
    'no picture at all',
    { ...news, card_image: undefined },
    'card_image: this or image_text_area is needed',
  ],
  [
    'a fact without name',
    { ...text, horizontal_content_list: [{ keyname: '' }] },
    'horizontal_content_list.0.keyname: empty',
  ],
  [
    'a fact of nobody',
    { ...text, horizontal_content_list: [{ keyname: 'k', type: 3 }] },
    'horizontal_content_list.0.userid: needed where type is 3',
  ],
];
it.each(wrong)('%s', (_, card, expected) => {
  expect(fault(AppCard, card)).toBe(expected);
  expect(fault(BotCard, card)).toBe(expected);
});

describe('what the three senders do not share', () => {
  it('files among the facts: apps and robots, not smart bots', () => {
    const card = { ...text, horizontal_content_list: [{ keyname: 'k', type: 2, media_id: 'm' }] };
    expect(fault(AppCard, card)).toBeNull();
    expect(fault(RobotCard, card)).toBeNull();
    expect(fault(BotCard, card)).toBe('horizontal_content_list.0.type: one of 0, 1, 3');
  });
  it('jumps that ask the bot: smart bots only, 200 bytes', () => {
    const asks = (question: string) => ({
      ...text,
      jump_list: [{ title: 't', type: 3, question }],
    });
    expect(fault(BotCard, asks('q'.repeat(200)))).toBeNull();
    expect(fault(BotCard, asks('字'.repeat(67)))).toBe('jump_list.0.question: at most 200 bytes');
    expect(fault(BotCard, asks(''))).toBe('jump_list.0.question: needed where type is 3');
    expect(fault(AppCard, asks('q'))).toBe('jump_list.0.type: one of 0, 1, 2');
  });
  it('a robot’s news has a picture of its own', () => {
    const card = { ...news, card_image: undefined, image_text_area: { image_url: 'u' } };
    expect(fault(RobotCard, card)).toMatch(/^card_image: /);
  });
});

it('a message names the field of its card, whichever sender’s it is', () => {
  const over = { ...buttons, button_list: times(7, (i) => button(`k${i}`)) };
  const message = { touser: 'u', msgtype: 'template_card', template_card: over };
  for (const schema of [AppMessage, OutgoingMessage]) {
    const { error } = schema.safeParse(message);
    expect(error && firstIssue(error)).toEqual({
      field: 'template_card.button_list',
      reason: 'at most 6',
    });
  }
  const robots = { msgtype: 'template_card', template_card: { ...text, card_action: undefined } };
  const { error } = RobotMessage.safeParse(robots);
  expect(error && firstIssue(error).field).toBe('template_card.card_action');
});

it('any key is taken up to 1024 bytes and refused above, whatever its characters', () => {
  const anyKey = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1100 });
  fc.assert(
    fc.property(anyKey, (given) => {
      const fits = Buffer.byteLength(given) <= cardLimits.keyBytes;
      expect(fault(AppCard, { ...buttons, button_list: [button(given)] })).toBe(
        fits ? null : 'button_list.0.key: at most 1024 bytes',
      );
    }),
    { numRuns: 300 },
  );
});

it('anything at all is taken or refused with a reason', () => {
  const field = fc.constantFrom(...['source', 'main_title', 'quote_area', 'checkbox', 'task_id']);
  const list = fc.constantFrom(...['jump_list', 'button_list', 'select_list', 'action_menu']);
  const base = fc.constantFrom<object>(text, news, buttons, vote, multiple);
  fc.assert(
    fc.property(base, fc.oneof(field, list), fc.jsonValue(), (card, name, value) => {
      const said = fault(BotCard, { ...card, [name]: value });
      expect(said ?? 'taken: whole').toMatch(/^[\w.]+: ./);
    }),
    { numRuns: 1000 },
  );
});
