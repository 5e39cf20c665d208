/** What can be made to go wrong, each until it is switched off. */
export const faultNames = [
  /** 60020: the caller's address is not trusted (apps only). */
  'untrusted_ip',
  /** 42001 whatever the token, as when another program uses the app's secret. */
  'token_expired',
  /** 40014 */
  'token_invalid',
  /** 45009 */
  'rate_limit',
  /** -1 */
  'busy',
  /** The message is taken, but the connection breaks before the answer. */
  'lost_answer',
  /** The message is taken, and no answer ever comes. */
  'no_answer',
] as const;
export type FaultName = (typeof faultNames)[number];

/** Switches, and counts of what was asked of each API. */
export interface Faults {
  set(name: FaultName, on: boolean): void;
  has(name: FaultName): boolean;
  list(): FaultName[];
  count(api: string): void;
  counts(): Readonly<Record<string, number>>;
}

export function createFaults(): Faults {
  const on = new Set<FaultName>();
  const counts = new Map<string, number>();
  return {
    set(name, wanted) {
      if (wanted) on.add(name);
      else on.delete(name);
    },
    has: (name) => on.has(name),
    list: () => [...on],
    count: (api) => void counts.set(api, (counts.get(api) ?? 0) + 1),
    counts: () => Object.fromEntries(counts),
  };
}

/** Whether `value` is one of {@link faultNames}. */
export function isFaultName(value: unknown): value is FaultName {
  return faultNames.some((name) => name === value);
}
