import { describe, expect, it } from 'vitest';
import { compileMatcher, explainRoute, messageText, type Routable } from './route-match.ts';
import { Route, type RouteInput } from './route.ts';

const message = (more: Partial<Routable> = {}): Routable => ({
  bot: 'helpdesk',
  type: 'text',
  event: null,
  from: { userId: 'zhangsan', corpId: null },
  chat: { id: 'group-1', type: 'group' },
  content: { content: '请问 Invoice 2026-11 在哪里？' },
  ...more,
});
const route = (match: RouteInput['match'], more: Partial<RouteInput> = {}): Route =>
  Route.parse({ id: 'r', match, targets: [], ...more });

describe('a route', () => {
  it.each<[string, RouteInput['match'], string | null]>([
    ['without conditions', {}, null],
    ['of its bot', { bots: ['other', 'helpdesk'] }, null],
    ['of another bot', { bots: ['other'] }, 'bot'],
    ['of its type', { types: ['image', 'text'] }, null],
    ['of another type', { types: ['image'] }, 'type'],
    ['of an event', { events: ['enter_agent'] }, 'event'],
    ['with a keyword in other case', { keywords: ['order', 'invoice'] }, null],
    ['without its keywords', { keywords: ['order'] }, 'keyword'],
    ['with its pattern', { pattern: String.raw`\d{4}-\d{2}` }, null],
    ['with another pattern', { pattern: '^hello' }, 'pattern'],
    ['of its sender and chat', { senders: ['zhangsan'], chats: ['group-1'] }, null],
    ['of another sender', { senders: ['lisi'] }, 'sender'],
    ['of another chat', { chats: ['group-2'] }, 'chat'],
  ])('%s', (_, match, mismatch) => {
    expect(compileMatcher(route(match))(message())).toBe(mismatch);
  });

  it('that is disabled takes nothing', () => {
    expect(compileMatcher(route({}, { enabled: false }))(message())).toBe('disabled');
  });

  it('with a pattern that could take for ever is refused', () => {
    expect(() => compileMatcher(route({ pattern: String.raw`(a)\1` }))).toThrow('back_reference');
  });
});

it('the first route that matches takes the message, and the explanation says why', () => {
  const routes = [
    route({ keywords: ['refund'] }, { id: 'refunds' }),
    route({ keywords: ['invoice'] }, { id: 'invoices' }),
    route({}, { id: 'rest' }),
  ];
  expect(explainRoute(message(), routes)).toEqual({
    route: 'invoices',
    steps: [
      { route: 'refunds', mismatch: 'keyword' },
      { route: 'invoices', mismatch: null },
    ],
  });
  expect(explainRoute(message(), routes.slice(0, 1)).route).toBeNull();
});

it.each([
  ['a text', { content: 'hi' }, 'hi'],
  ['recognised speech', { mediaId: 'm', recognition: '你好' }, '你好'],
  [
    'a mixed message',
    { msgItem: [{ text: { content: 'a' } }, { image: {} }, { text: { content: 'b' } }] },
    'a\nb',
  ],
  ['a picture', { picUrl: 'x' }, ''],
])('the text of %s', (_, content, expected) => {
  expect(messageText({ content })).toBe(expected);
});
