import type * as z from 'zod';

/** What is wrong with an input, and where. */
export interface Fault {
  /** Names joined by dots: `template_card.button_list.6.key`; empty where the whole is meant. */
  readonly field: string;
  /** Why; never the value itself. */
  readonly reason: string;
}

/**
 * The first thing that `error` says. Where nothing of a union fits, the form that fitted furthest speaks: its fault lies deepest.
 */
export function firstIssue(error: z.ZodError): Fault {
  const [issue] = error.issues;
  if (issue === undefined) return { field: '', reason: 'invalid' };
  const { path, message, code } = deepest(issue);
  return { field: path.map(String).join('.'), reason: message === '' ? code : message };
}

type Found = Pick<z.core.$ZodIssue, 'path' | 'message' | 'code'>;

function deepest(issue: z.core.$ZodIssue): Found {
  if (issue.code !== 'invalid_union') return issue;
  const inner = issue.errors
    .flatMap(([first]) => (first === undefined ? [] : [deepest(first)]))
    .map(({ path, message, code }) => ({ path: [...issue.path, ...path], message, code }))
    .reduce<Found | null>(
      (best, found) => (best === null || found.path.length > best.path.length ? found : best),
      null,
    );
  return inner ?? issue;
}
