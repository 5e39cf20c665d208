import type { Balance, HashBy, Route, RouteView } from '../../../common/domain/route.ts';
import { formOfMembers, membersOf, type MemberForm } from '../../groups/members.ts';
import { splitNames } from '../../app/split-names.ts';

/** A route as it stands in the form: lists are typed, parted by commas. */
export interface RouteForm {
  readonly id: string;
  readonly name: string;
  readonly enabled: boolean;
  readonly bots: readonly string[];
  readonly types: readonly string[];
  readonly events: string;
  readonly keywords: string;
  readonly pattern: string;
  readonly senders: string;
  readonly chats: string;
  readonly members: readonly MemberForm[];
  readonly balance: Balance;
  readonly hashBy: HashBy;
}

export const emptyRoute: RouteForm = {
  id: '',
  name: '',
  enabled: true,
  bots: [],
  types: [],
  events: '',
  keywords: '',
  pattern: '',
  senders: '',
  chats: '',
  members: [],
  balance: 'round_robin',
  hashBy: 'chat',
};

const written = (list: readonly string[]): string => list.join(', ');

/** The form for a route that is stored. */
export function formOf(route: RouteView): RouteForm {
  const { match } = route;
  return {
    id: route.id,
    name: route.name,
    enabled: route.enabled,
    bots: match.bots,
    types: match.types,
    events: written(match.events),
    keywords: written(match.keywords),
    pattern: match.pattern ?? '',
    senders: written(match.senders),
    chats: written(match.chats),
    members: formOfMembers(route.targets),
    balance: route.balance,
    hashBy: route.hashBy,
  };
}

/** Words may have blanks inside (`out of stock`), so only commas, semicolons and lines part them; each once. */
export function splitWords(text: string): string[] {
  const words = text.split(/[,，;；、\n]/u).map((word) => word.trim());
  return [...new Set(words.filter((word) => word !== ''))];
}

/** The form as a route; figures that are no figures are left out, and checked apart. */
export function routeOf(form: RouteForm): Route {
  return {
    id: form.id,
    name: form.name.trim(),
    enabled: form.enabled,
    match: {
      bots: [...form.bots],
      types: [...form.types],
      events: splitNames(form.events),
      keywords: splitWords(form.keywords),
      pattern: form.pattern === '' ? null : form.pattern,
      senders: splitNames(form.senders),
      chats: splitNames(form.chats),
    },
    targets: membersOf(form.members),
    balance: form.balance,
    hashBy: form.hashBy,
  };
}
