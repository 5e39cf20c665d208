import * as z from 'zod';

/**
 * Building blocks of the configuration file's schema. Whatever is wrong with a value, its issue's message is the same text:
 * what would be allowed there.
 */
const want = (allowed: string) => ({ error: () => allowed });

const units: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const sizes: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1 << 10,
  MB: 1 << 20,
  GB: 1 << 30,
  TB: 2 ** 40,
};

/** Milliseconds of `500ms`, `5s`, `30m`, `2h`, `7d` or `0`; null for anything else. */
export function parseDuration(text: string): number | null {
  if (text === '0') return 0;
  const match = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text);
  const unit = units[match?.[2] ?? ''];
  return match === null || unit === undefined ? null : Number(match[1]) * unit;
}

/** Bytes of `512KB`, `20MB`, `10GB` (binary multiples) or `0`; null for anything else. */
export function parseSize(text: string): number | null {
  if (text === '0') return 0;
  const match = /^(\d{1,9})(B|KB|MB|GB|TB)$/.exec(text);
  const unit = sizes[match?.[2] ?? ''];
  return match === null || unit === undefined ? null : Number(match[1]) * unit;
}

/** A table that takes these keys and no others. */
export function table<S extends z.ZodRawShape>(shape: S) {
  const keys = Object.keys(shape).join(', ');
  return z.strictObject(shape, {
    error: (issue) => (issue.code === 'unrecognized_keys' ? keys : 'a table'),
  });
}

export function integer(least: number, most: number) {
  const rule = want(`a whole number from ${least} to ${most}`);
  return z.number(rule).int(rule).min(least, rule).max(most, rule);
}

export function flag() {
  return z.boolean(want('true, false'));
}

export function oneOf<const V extends string>(values: readonly V[]) {
  return z.enum(values, want(values.map((value) => `"${value}"`).join(', ')));
}

/** Text that a schema of `common` takes as well. */
export function word(schema: z.ZodType<string>, allowed: string) {
  const rule = want(allowed);
  return z.string(rule).refine((value) => schema.safeParse(value).success, rule);
}

export function text(allowed: string, fits: (value: string) => boolean = () => true) {
  const rule = want(allowed);
  return z.string(rule).refine((value) => value.length <= 4096 && fits(value), rule);
}

/** One of them, or a list of up to `most`. */
export function oneOrMore<S extends z.ZodType>(item: S, allowed: string, most = 100) {
  const rule = want(`${allowed}, or a list of up to ${most}`);
  return z
    .union([item, z.array(item, rule).max(most, rule)], rule)
    .transform((value): z.output<S>[] => (Array.isArray(value) ? value : [value]));
}

function measured(
  allowed: string,
  parse: (text: string) => number | null,
  least: number,
  most: number,
) {
  return z.string(want(allowed)).transform((value, context) => {
    const amount = parse(value);
    if (amount !== null && amount >= least && amount <= most) return amount;
    context.addIssue({ code: 'custom', message: allowed });
    return z.NEVER;
  });
}

/** Milliseconds. `range` says least and most as a reader would. */
export function duration(least: number, most: number, range: string) {
  const allowed = `a duration such as "500ms", "5s", "30m", "2h", "7d" (${range})`;
  return measured(allowed, parseDuration, least, most);
}

/** Bytes. */
export function size(least: number, most: number, range: string) {
  return measured(`a size such as "512KB", "20MB", "10GB" (${range})`, parseSize, least, most);
}

/** Where a secret stands when it is not in the file itself. */
export type SecretSource = string | { readonly file: string } | { readonly env: string };

export function secret() {
  const name = z.string().min(1).max(4096);
  return z.union(
    [name, z.strictObject({ file: name }), z.strictObject({ env: name })],
    want('a text, { file = "…" } or { env = "…" }'),
  );
}

/** `host:port`, IPv6 in brackets. */
export function parseListen(value: string): { host: string; port: number } | null {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:\s[\]]+)):(\d{1,5})$/.exec(value);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3] ?? Number.NaN);
  return host === undefined || !(port >= 0 && port <= 65_535) ? null : { host, port };
}

export function endpoint(allowed: string) {
  return z.string(want(allowed)).transform((value, context) => {
    const parsed = parseListen(value);
    if (parsed !== null) return parsed;
    context.addIssue({ code: 'custom', message: allowed });
    return z.NEVER;
  });
}
