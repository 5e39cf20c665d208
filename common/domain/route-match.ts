import { compilePattern } from '../text/linear-pattern.ts';
import type { InboundMessage } from './inbound.ts';
import type { Route } from './route.ts';

/** What routes look at. */
export type Routable = Pick<InboundMessage, 'bot' | 'type' | 'event' | 'from' | 'chat' | 'content'>;

/** The part of a route that a message does not meet. */
export type Mismatch =
  'disabled' | 'bot' | 'type' | 'event' | 'keyword' | 'pattern' | 'sender' | 'chat';

/** Null where the message meets all of it. */
export type Matcher = (message: Routable) => Mismatch | null;

/** What each route said, in order, up to the one that takes the message. */
export interface Explanation {
  /** The route that takes it; null where it goes to its bot's own target. */
  readonly route: string | null;
  readonly steps: readonly { readonly route: string; readonly mismatch: Mismatch | null }[];
}

/** Prepares a route. Throws BAD_INPUT {field: 'pattern', reason} for a pattern that is not taken. */
export function compileMatcher(route: Pick<Route, 'enabled' | 'match'>): Matcher {
  const { match } = route;
  const set = (values: readonly string[]): ReadonlySet<string> | null =>
    values.length === 0 ? null : new Set(values);
  const bots = set(match.bots);
  const types = set(match.types);
  const events = set(match.events);
  const senders = set(match.senders);
  const chats = set(match.chats);
  const keywords = match.keywords.map((word) => word.toLowerCase());
  const search = match.pattern === null ? null : compilePattern(match.pattern);
  return (message) => {
    if (!route.enabled) return 'disabled';
    if (bots?.has(message.bot) === false) return 'bot';
    if (types?.has(message.type) === false) return 'type';
    if (events !== null && (message.event === null || !events.has(message.event))) return 'event';
    if (senders?.has(message.from.userId) === false) return 'sender';
    if (chats?.has(message.chat.id) === false) return 'chat';
    if (keywords.length === 0 && search === null) return null;
    const text = messageText(message);
    const lower = text.toLowerCase();
    if (keywords.length > 0 && !keywords.some((word) => lower.includes(word))) return 'keyword';
    return search === null || search(text) ? null : 'pattern';
  };
}

/** Which route would take `message`, and why the ones before it would not. Throws as {@link compileMatcher}. */
export function explainRoute(message: Routable, routes: readonly Route[]): Explanation {
  const steps: { route: string; mismatch: Mismatch | null }[] = [];
  for (const route of routes) {
    const mismatch = compileMatcher(route)(message);
    steps.push({ route: route.id, mismatch });
    if (mismatch === null) return { route: route.id, steps };
  }
  return { route: null, steps };
}

/** What a person wrote or said: the text, a voice message's recognised words, the texts of a mixed message; else empty. */
export function messageText({ content }: Pick<InboundMessage, 'content'>): string {
  for (const field of ['content', 'recognition']) {
    const value = content[field];
    if (typeof value === 'string') return value;
  }
  const items = content['msgItem'];
  if (!Array.isArray(items)) return '';
  return items
    .flatMap((item: unknown) => {
      const text = property(property(item, 'text'), 'content');
      return typeof text === 'string' ? [text] : [];
    })
    .join('\n');
}

function property(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Readonly<Record<string, unknown>>)[name];
}
