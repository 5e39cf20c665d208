import type { MessageQuery, MessageRow } from '../../../common/domain/history.ts';

/** Rows kept while the list is at its top; older ones are read again when one scrolls there. */
export const ROW_CAPACITY = 2_000;

/** What the list is narrowed to. */
export type MessageFilter = Pick<MessageQuery, 'bot' | 'direction' | 'outcome' | 'search'>;

export interface MessageRows {
  /** Newest first. */
  readonly rows: readonly MessageRow[];
  /** New ones that wait until the reader is ready for them, newest first. */
  readonly waiting: readonly MessageRow[];
  /** Whether the host has older ones. */
  readonly more: boolean;
  readonly phase: 'loading' | 'ready';
}

export const noRows: MessageRows = { rows: [], waiting: [], more: false, phase: 'loading' };

export type RowsAction =
  /** The newest page, after opening the list or changing its filter. */
  | { readonly kind: 'loaded'; readonly rows: readonly MessageRow[]; readonly more: boolean }
  /** The page behind the last row. */
  | { readonly kind: 'paged'; readonly rows: readonly MessageRow[]; readonly more: boolean }
  /** Rows that are new or have changed. `hold` keeps new ones back, because somebody is reading. */
  | {
      readonly kind: 'changed';
      readonly rows: readonly MessageRow[];
      readonly filter: MessageFilter;
      readonly hold: boolean;
    }
  /** The newest page again, after the host was lost for a while: what happened meanwhile was not announced. */
  | {
      readonly kind: 'refreshed';
      readonly rows: readonly MessageRow[];
      readonly more: boolean;
      readonly filter: MessageFilter;
      readonly hold: boolean;
    }
  /** The reader wants what waits. */
  | { readonly kind: 'released' }
  | { readonly kind: 'reset' };

/**
 * The list of messages. A row that is shown changes in place and never moves or leaves, even when it no longer fits the filter: it
 * would vanish under the reader's eye.
 */
export function reduceRows(state: MessageRows, action: RowsAction): MessageRows {
  switch (action.kind) {
    case 'reset':
      return noRows;
    case 'loaded':
      // What arrived while the page was under way is already in the list and newer than the page.
      return shown({ ...state, more: action.more, phase: 'ready' }, action.rows);
    case 'paged':
      return shown({ ...state, more: action.more }, action.rows);
    case 'refreshed':
      return refresh(state, action);
    case 'changed':
      return change(state, action.rows, action.filter, action.hold);
    case 'released':
      return trimmed({ ...state, rows: merged(state.rows, state.waiting), waiting: [] });
  }
}

/** Whether a row fits a filter, as the host decides it: MsgId or id whole, sender or type in part. */
export function fits(row: MessageRow, filter: MessageFilter): boolean {
  if (filter.bot !== undefined && row.bot !== filter.bot) return false;
  if (filter.direction !== undefined && row.direction !== filter.direction) return false;
  if (filter.outcome !== undefined && row.outcome !== filter.outcome) return false;
  const search = filter.search?.trim() ?? '';
  if (search === '' || row.id === search || row.msgId === search) return true;
  const part = search.toLowerCase();
  return (row.from ?? '').toLowerCase().includes(part) || row.type.toLowerCase().includes(part);
}

/** Puts rows into the list; those that waited need wait no longer. */
function shown(state: MessageRows, added: readonly MessageRow[]): MessageRows {
  const here = new Set(added.map(({ id }) => id));
  const waiting = state.waiting.filter(({ id }) => !here.has(id));
  const newer = state.waiting.filter(({ id }) => here.has(id));
  return { ...state, rows: merged(state.rows, newer, added), waiting };
}

/** A page that joins what is shown is a change like any other; one that does not leaves a hole, so the list starts anew with it. */
function refresh(
  state: MessageRows,
  page: Extract<RowsAction, { kind: 'refreshed' }>,
): MessageRows {
  const known = new Set([...state.rows, ...state.waiting].map(({ id }) => id));
  const joins = page.rows.some(({ id }) => known.has(id));
  if (joins) return change(state, page.rows, page.filter, page.hold);
  return { rows: page.rows, waiting: [], more: page.more, phase: 'ready' };
}

function change(
  state: MessageRows,
  changed: readonly MessageRow[],
  filter: MessageFilter,
  hold: boolean,
): MessageRows {
  const byId = new Map(changed.map((row) => [row.id, row]));
  const update = (row: MessageRow): MessageRow => byId.get(row.id) ?? row;
  const rows = state.rows.map(update);
  const waiting = state.waiting.map(update);
  const known = new Set([...rows, ...waiting].map(({ id }) => id));
  const oldest = state.more ? rows.at(-1) : undefined;
  const fresh = [...byId.values()].filter(
    // A row older than what is loaded belongs to a page that is not read yet.
    (row) =>
      !known.has(row.id) &&
      fits(row, filter) &&
      (oldest === undefined || byNewest(row, oldest) < 0),
  );
  if (hold) return { ...state, rows, waiting: merged(waiting, fresh).slice(0, ROW_CAPACITY) };
  return trimmed({ ...state, rows: merged(rows, waiting, fresh), waiting: [] });
}

/** Newest first; rows of one millisecond by their ids, which grow. */
function byNewest(a: MessageRow, b: MessageRow): number {
  if (a.at !== b.at) return b.at - a.at;
  if (a.id === b.id) return 0;
  return a.id < b.id ? 1 : -1;
}

/** Lists put together, each row once; of two with the same id the one of the earlier list stays. */
function merged(...lists: (readonly MessageRow[])[]): readonly MessageRow[] {
  const [first = [], ...others] = lists;
  if (others.every((list) => list.length === 0)) return first;
  const byId = new Map<string, MessageRow>();
  for (const row of lists.flat()) if (!byId.has(row.id)) byId.set(row.id, row);
  return [...byId.values()].toSorted(byNewest);
}

function trimmed(state: MessageRows): MessageRows {
  if (state.rows.length <= ROW_CAPACITY) return state;
  return { ...state, rows: state.rows.slice(0, ROW_CAPACITY), more: true };
}
