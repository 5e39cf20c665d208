import type * as z from 'zod';

/** One thing that a card lacks or has twice: where, and in which words. */
export interface Lack {
  readonly path: readonly (string | number)[];
  readonly reason: string;
}

/** `schema` with a rule over several of its fields; each {@link Lack} becomes an issue that names its field. */
export function withRule<S extends z.ZodType>(
  schema: S,
  lacks: (value: z.output<S>) => readonly Lack[],
): S {
  return schema.superRefine((value, context) => {
    for (const { path, reason } of lacks(value)) {
      context.addIssue({ code: 'custom', path: [...path], message: reason });
    }
  });
}

/** The field that a `type` makes necessary (`1` a url, `2` an appid, …), where it is missing or empty. */
export function lacksOfType(
  value: Readonly<Record<string, unknown>>,
  needed: Readonly<Record<number, string>>,
): Lack[] {
  const { type } = value;
  const field = typeof type === 'number' ? needed[type] : undefined;
  if (field === undefined || isFilled(value[field])) return [];
  return [{ path: [field], reason: `needed where type is ${String(type)}` }];
}

/** Entries whose `field` another one has already; WeCom tells answers apart by it. */
export function repeats(
  entries: readonly Readonly<Record<string, unknown>>[],
  field: string,
): Lack[] {
  const seen = new Set<unknown>();
  return entries.flatMap((entry, index) => {
    const value = entry[field];
    if (value === undefined || !seen.has(value)) {
      seen.add(value);
      return [];
    }
    return [{ path: [index, field], reason: 'used twice' }];
  });
}

export function isFilled(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}
