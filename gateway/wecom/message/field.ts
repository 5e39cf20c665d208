/** Reads one value of a callback; undefined where it is not what it should be, and then it is left out. The raw text keeps it. */
export type Read<T> = (value: unknown) => T | undefined;

/** A field that services can rely on: `fallback` stands where WeCom sent none, or nothing that could be read. */
export interface Needed<T> {
  readonly read: Read<T>;
  readonly fallback: T;
}

/** The names that `T` spells out, without those that merely pass. */
export type Known<T> = {
  [K in keyof T as string extends K ? never : number extends K ? never : K]: T[K];
};

/** One reader for each field of `T`; the compiler holds it to the type, so that neither can go its own way. */
export type Fields<T> = {
  readonly [K in keyof Known<T>]-?: undefined extends Known<T>[K]
    ? Read<Exclude<Known<T>[K], undefined>>
    : Needed<Known<T>[K]>;
};

/** Ids and words. Apps in JSON mode send ids as numbers. */
export const text: Read<string> = (value) => {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
};

/** Numbers, which XML gives as text. Numbers that would lose digits are none. */
export const number: Read<number> = (value) => {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string' || !/^\s*-?\d{1,15}(?:\.\d{1,15})?\s*$/.test(value))
    return undefined;
  return Number(value);
};

export const someText: Needed<string> = { read: text, fallback: '' };

/** One of `values`; anything else is none. */
export function among<const T extends string>(values: readonly T[]): Read<T> {
  return (value) => values.find((known) => known === value);
}

/** Entries that can be read; a single one counts as a list. */
export function list<T>(entry: Read<T>): Needed<T[]> {
  const read: Read<T[]> = (value) => {
    const entries: unknown[] = Array.isArray(value) ? value : [value];
    return entries.map(entry).filter((each) => each !== undefined);
  };
  return { read, fallback: [] };
}

/**
 * An object with these fields. Fields that it does not name pass as they are. It changes the object that it is given, which
 * `toContent` has made for it; an empty XML element is an object without fields.
 */
export function object<T extends object>(fields: Fields<T>): Read<T> {
  const entries = Object.entries<Read<unknown> | Needed<unknown>>(fields).map(([name, field]) => {
    const needed = typeof field === 'function' ? null : field;
    return { name, read: typeof field === 'function' ? field : field.read, needed };
  });
  return (value) => {
    const given = value === '' ? {} : value;
    if (typeof given !== 'object' || given === null || Array.isArray(given)) return undefined;
    const target = given as Record<string, unknown>;
    for (const { name, read, needed } of entries) {
      const before = Object.hasOwn(target, name) ? target[name] : undefined;
      const after = before === undefined ? undefined : read(before);
      if (after !== undefined) {
        if (after !== before) target[name] = after;
      } else if (needed !== null)
        target[name] = Array.isArray(needed.fallback) ? [] : needed.fallback;
      else if (before !== undefined) Reflect.deleteProperty(target, name);
    }
    return target as T;
  };
}
