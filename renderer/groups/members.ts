import { Priority, Weight } from '../../common/domain/bot.ts';
import type { GroupMember } from '../../common/domain/route.ts';

/** A service of a group as it stands in a form; empty figures are the service's own. */
export interface MemberForm {
  /** Tells rows apart while they come and go; not saved. */
  readonly key: number;
  readonly id: string;
  readonly weight: string;
  readonly priority: string;
}

export type MemberProblem = 'weight' | 'priority';

/** The rows for a group that is stored. */
export function formOfMembers(members: readonly GroupMember[]): MemberForm[] {
  return members.map(({ id, weight, priority }, key) => ({
    key,
    id,
    weight: weight === undefined ? '' : String(weight),
    priority: priority === undefined ? '' : String(priority),
  }));
}

/** The rows as a group; figures that are no figures are left out, and checked apart. */
export function membersOf(rows: readonly MemberForm[]): GroupMember[] {
  return rows.map(({ id, weight, priority }) => ({
    id,
    ...figure('weight', weight),
    ...figure('priority', priority),
  }));
}

/** What is wrong with the figures, by `members.<key>.weight`. */
export function checkMembers(rows: readonly MemberForm[]): Record<string, MemberProblem> {
  const problems: Record<string, MemberProblem> = {};
  for (const { key, weight, priority } of rows) {
    const at = `members.${String(key)}`;
    if (weight.trim() !== '' && !Weight.safeParse(Number(weight)).success)
      problems[`${at}.weight`] = 'weight';
    if (priority.trim() !== '' && !Priority.safeParse(Number(priority)).success)
      problems[`${at}.priority`] = 'priority';
  }
  return problems;
}

function figure<K extends string>(name: K, text: string): { [P in K]?: number } {
  const number = Number(text);
  if (text.trim() === '' || !Number.isInteger(number)) return {};
  return { [name]: number } as { [P in K]?: number };
}
