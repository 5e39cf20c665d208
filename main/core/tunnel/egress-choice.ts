/** A relay as a way out. */
export interface Candidate {
  readonly key: string;
  readonly online: boolean;
  /** Whether it has failed its last health checks. */
  readonly failing: boolean;
  /** Since when it has been online and has passed every check, milliseconds; null while it does not. */
  readonly steadySince: number | null;
  /** Whether WeCom has refused its address (errcode 60020). */
  readonly untrusted: boolean;
}

/**
 * Which relay messages leave by. `candidates` are in the order of preference; `current` is the choice so far. It is kept while
 * it works; a relay that is preferred to it takes over again once it has been steady for `stableMs`. Never one whose address
 * WeCom does not trust, as long as there is one that it may trust: messages wait in the outbox rather than be refused. Null
 * when nothing may leave now.
 */
export function chooseEgress(
  current: string | null,
  candidates: readonly Candidate[],
  now: number,
  stableMs: number,
): string | null {
  const trusted = candidates.filter(({ untrusted }) => !untrusted);
  const eligible = trusted.length > 0 ? trusted : candidates;
  const held = eligible.find(({ key, online }) => key === current && online);
  const working = eligible.filter(({ online, failing }) => online && !failing);
  if (held === undefined || held.failing) {
    return working[0]?.key ?? held?.key ?? eligible.find(({ online }) => online)?.key ?? null;
  }
  const preferred = working.find(
    ({ key, steadySince }) =>
      key === held.key || (steadySince !== null && now - steadySince >= stableMs),
  );
  return preferred?.key ?? held.key;
}
