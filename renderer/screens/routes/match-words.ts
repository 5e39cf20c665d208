import type { BotView } from '../../../common/domain/bot.ts';
import type { Route, RouteMatch } from '../../../common/domain/route.ts';
import type { Locale } from '../../../common/domain/settings.ts';
import type { Translate } from '../../../common/i18n/translate.ts';

/** One condition of a route, in words. */
export interface MatchWords {
  readonly part: keyof RouteMatch;
  readonly text: string;
}

interface Words {
  readonly t: Translate;
  readonly locale: Locale;
}

/** More than these are counted, not listed. */
const LISTED = 3;

/** What a message must be like to take the route, a few words for each condition; empty where every message does. */
export function matchWords(
  match: RouteMatch,
  bots: readonly Pick<BotView, 'id' | 'name'>[],
  words: Words,
): MatchWords[] {
  const { t } = words;
  const found: MatchWords[] = [];
  const put = (part: keyof RouteMatch, text: string): void => {
    found.push({ part, text });
  };
  if (match.bots.length > 0) {
    const names = match.bots.map((id) => nameOf(id, bots));
    put('bots', t('routes.match.bots', { list: either(names, words) }));
  }
  // That an event is an event goes without saying.
  const isOnlyEvents = match.events.length > 0 && match.types.join() === 'event';
  if (match.types.length > 0 && !isOnlyEvents)
    put('types', t('routes.match.types', { list: either(match.types, words) }));
  if (match.events.length > 0)
    put('events', t('routes.match.events', { list: either(match.events, words) }));
  if (match.keywords.length > 0) {
    const quoted = match.keywords.map((word) => t('routes.match.quoted', { word }));
    put('keywords', t('routes.match.keywords', { list: either(quoted, words) }));
  }
  if (match.pattern !== null) {
    put('pattern', t('routes.match.pattern', { pattern: match.pattern }));
  }
  if (match.senders.length > 0)
    put('senders', t('routes.match.senders', { list: either(match.senders, words) }));
  if (match.chats.length > 0)
    put('chats', t('routes.match.chats', { list: either(match.chats, words) }));
  return found;
}

/** What a person calls a route: its name, or its id. */
export function routeName(route: Pick<Route, 'id' | 'name'>): string {
  return route.name === '' ? route.id : route.name;
}

/** `a, b or c`; of many the first ones and how many more there are. */
function either(list: readonly string[], { t, locale }: Words): string {
  const rest = list.length - LISTED;
  const shown =
    rest > 1 ? [...list.slice(0, LISTED), t('routes.match.more', { count: rest })] : [...list];
  return new Intl.ListFormat(locale, { type: 'disjunction' }).format(shown);
}

function nameOf(id: string, bots: readonly Pick<BotView, 'id' | 'name'>[]): string {
  const name = bots.find((bot) => bot.id === id)?.name ?? '';
  return name === '' ? id : name;
}
