import { MessageQuery } from '../../../common/domain/history.ts';
import type { MessageFilter } from './rows.ts';

const Filter = MessageQuery.pick({ bot: true, direction: true, outcome: true, search: true });

/** The filter in an address (`#/messages?outcome=failed`); a part that makes no sense is left out. */
export function readFilter(query: Readonly<Record<string, string>>): MessageFilter {
  const filter: { -readonly [K in keyof MessageFilter]?: MessageFilter[K] } = {};
  for (const name of Filter.keyof().options) {
    const value = query[name];
    if (value === undefined || value === '') continue;
    const parsed = Filter.safeParse({ [name]: value });
    if (parsed.success) Object.assign(filter, parsed.data);
  }
  return filter;
}

/** The filter as it stands in an address. */
export function writeFilter(filter: MessageFilter): Record<string, string> {
  const query: Record<string, string> = {};
  for (const [name, value] of Object.entries(filter)) {
    if (value !== undefined && value !== '') query[name] = value;
  }
  return query;
}
