import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Route } from '../../../common/domain/route.ts';
import { createTranslate } from '../../../common/i18n/translate.ts';
import { movedBy, movedTo } from '../../app/order.ts';
import { exampleBots } from '../../testing/bots.ts';
import { exampleRoutes } from '../../testing/routes.ts';
import { checkRoute, patternProblem } from './check.ts';
import { emptyRoute, formOf, routeOf, splitWords, type RouteForm } from './form.ts';
import { matchWords } from './match-words.ts';
import { fileFirst } from './order.ts';
import { emptySample, tryRoutes } from './sample.ts';

const en = { t: createTranslate('en'), locale: 'en' } as const;
const sample = { ...emptySample(exampleBots), bot: 'orders' };

describe('words for what a route matches', () => {
  const said = (index: number): string[] =>
    matchWords(exampleRoutes[index]?.match ?? Route.shape.match.parse({}), exampleBots, en).map(
      ({ text }) => text,
    );
  it('name bots as people do, and leave out what goes without saying', () => {
    expect(said(0)).toEqual([
      'to 订单助手',
      'type text or voice',
      'contains “退款”, “投诉”, or “refund”',
    ]);
    expect(said(1)).toEqual(['to 订单助手', String.raw`matches \d{8}-\d{3}`]);
    expect(said(2)).toEqual(['event template_card_event']);
    expect(said(9)).toEqual([]);
  });
  it('count what would not fit', () => {
    const match = Route.shape.match.parse({ senders: ['a', 'b', 'c', 'd', 'e'], bots: ['gone'] });
    expect(matchWords(match, [], en).map(({ text }) => text)).toEqual([
      'to gone',
      'from a, b, c, or 2 more',
    ]);
  });
});

describe('a sample', () => {
  const says = (text: string, routes: readonly Route[] = exampleRoutes) =>
    tryRoutes({ ...sample, text }, routes, exampleBots);
  it('is taken by the first route that fits, and each one before says why not', () => {
    expect(says('20261104-118 到哪了')).toMatchObject({
      taken: { id: 'order-numbers' },
      steps: [{ said: 'keyword' }, { said: 'takes' }],
      targets: ['orders', 'orders-b', 'orders-standby'],
    });
  });
  it('goes to its bot’s own service where none fits, or stays in the inbox', () => {
    expect(says('hello')).toMatchObject({ taken: null, targets: ['orders'] });
    expect(tryRoutes({ ...sample, bot: 'gone' }, [], exampleBots)?.targets).toEqual([]);
    const archive = { ...sample, bot: 'helpdesk', type: 'image' };
    expect(tryRoutes(archive, exampleRoutes, exampleBots)).toMatchObject({
      taken: { id: 'archive' },
      targets: [],
    });
  });
  it('is an event by its name, a voice message by its words, a single chat by its sender', () => {
    const event = { ...sample, type: 'event', event: ' template_card_event ' };
    expect(tryRoutes(event, exampleRoutes, exampleBots)?.taken?.id).toBe('card-clicks');
    const voice = { ...sample, type: 'voice', text: '我要退款' };
    expect(tryRoutes(voice, exampleRoutes, exampleBots)?.taken?.id).toBe('refunds');
    const inChat = Route.parse({ id: 'r', match: { chats: ['li'] }, targets: [] });
    expect(tryRoutes({ ...sample, sender: 'li' }, [inChat], exampleBots)?.taken?.id).toBe('r');
    const group = { ...sample, sender: 'li', chat: 'wr1' };
    expect(tryRoutes(group, [inChat], exampleBots)?.taken).toBeNull();
  });
  it('waits while a pattern is half written', () => {
    const half = Route.parse({ id: 'r', match: { pattern: '(' }, targets: [] });
    expect(says('x', [half])).toBeNull();
  });
});

describe('the form', () => {
  it('gives every stored route back as it was', () => {
    for (const { lockedBy: _, ...route } of exampleRoutes) {
      expect(routeOf(formOf({ ...route, lockedBy: null }))).toEqual(route);
    }
  });
  it('parts words by commas of both kinds, never by blanks', () => {
    expect(splitWords('out of stock, 退款，缺货；, 退款')).toEqual([
      'out of stock',
      '退款',
      '缺货',
    ]);
  });
  it('finds what the host would refuse, and lets nothing else stop one', () => {
    const text = fc.oneof(fc.constant(''), fc.string({ maxLength: 20 }));
    fc.assert(
      fc.property(
        text,
        text,
        text,
        text,
        text,
        text,
        (id, name, pattern, senders, weight, words) => {
          const form: RouteForm = {
            ...emptyRoute,
            id,
            name,
            pattern,
            senders,
            keywords: words,
            members: [{ key: 0, id: 'svc', weight, priority: '' }],
          };
          const found = checkRoute(form, { isNew: true, routes: [{ id: 'taken' }] });
          if (Object.keys(found).length > 0) return;
          expect(Route.safeParse(routeOf(form)).success).toBe(true);
          expect(tryRoutes(sample, [routeOf(form)], [])).not.toBeNull();
        },
      ),
    );
  });
  it.each([
    [{ id: '' }, { id: 'required' }],
    [{ id: 'Upper' }, { id: 'id' }],
    [{ id: 'taken' }, { id: 'idTaken' }],
    [{ keywords: 'x'.repeat(129) }, { keywords: 'list' }],
    [
      { members: [{ key: 3, id: 'svc', weight: '0', priority: '10' }] },
      { 'members.3.weight': 'weight', 'members.3.priority': 'priority' },
    ],
  ] satisfies [Partial<RouteForm>, object][])('%o', (part, problems) => {
    const form = { ...emptyRoute, id: 'new', ...part };
    expect(checkRoute(form, { isNew: true, routes: [{ id: 'taken' }] })).toEqual(problems);
  });
  it.each([
    ['', null],
    [String.raw`(?i)order \d+`, null],
    ['(', 'patternSyntax'],
    ['(?=a)b', 'patternUnsupported'],
    [String.raw`(a)\1`, 'patternUnsupported'],
    ['a{101}', 'patternTooComplex'],
    ['a'.repeat(257), 'patternTooComplex'],
  ])('a pattern %j: %s', (pattern, problem) => {
    expect(patternProblem(pattern)).toBe(problem);
  });
});

describe('the order', () => {
  it('moves before and after, several at once, and nothing onto itself', () => {
    const list = ['a', 'b', 'c', 'd'];
    expect(movedTo(list, new Set(['a']), { at: 'c', position: 'after' }).join('')).toBe('bcad');
    expect(movedTo(list, new Set(['d', 'b']), { at: 'a', position: 'before' }).join('')).toBe(
      'bdac',
    );
    expect(movedTo(list, new Set(['b']), { at: 'b', position: 'after' })).toEqual(list);
    expect(movedBy(list, 'b', -1).join('')).toBe('bacd');
    expect(movedBy(list, 'b', 1).join('')).toBe('acbd');
    expect(movedBy(list, 'a', -1)).toEqual(list);
    expect(movedBy(list, 'd', 1)).toEqual(list);
  });
  it('leaves the routes of a file where the file has them', () => {
    const [one, two, three] = exampleRoutes;
    if (one === undefined || two === undefined || three === undefined) throw new Error('too few');
    const routes = [{ ...one, lockedBy: '/etc/gateway/config.toml' }, two, three];
    expect(fileFirst([two.id, one.id, three.id], routes)).toEqual([one.id, two.id, three.id]);
    expect(fileFirst([three.id, one.id, two.id], routes)).toEqual([one.id, three.id, two.id]);
  });
});
