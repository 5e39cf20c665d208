/** When a target leaves the rotation and when it comes back; milliseconds where not a count. */
export interface HealthPolicy {
  /** Probes in a row that must fail before a target is down. */
  readonly fall: number;
  /** Probes in a row that must pass before it is up again. */
  readonly rise: number;
  /** Live requests in a row that must fail before it is ejected. */
  readonly errorLimit: number;
  /** First ejection; the n-th in a row takes n times as long. */
  readonly ejectionMs: number;
  readonly maxEjectionMs: number;
  /** Over what time a target that came back is given its full share. */
  readonly slowStartMs: number;
  /** Ejections in a row that probes may end early; from then on the target answers probes but fails requests. */
  readonly earlyReturns: number;
}

export const defaultHealthPolicy: HealthPolicy = {
  fall: 3,
  rise: 2,
  errorLimit: 3,
  ejectionMs: 10_000,
  maxEjectionMs: 300_000,
  slowStartMs: 10_000,
  earlyReturns: 3,
};

/** Smallest share of a target that has just come back. */
const FIRST_SHARE = 0.1;

/** `up` takes requests · `down` fails its probes · `ejected` failed live requests and sits them out. */
export type Condition = 'up' | 'down' | 'ejected';

/** Health of one target, from probes and from live requests. Reads the clock it is given, does nothing by itself. */
export interface Health {
  condition(): Condition;
  /** When its ejection ends, milliseconds since the epoch; null while it is not ejected. */
  ejectedUntil(): number | null;
  /** When its ejection began; null while it is not ejected. */
  ejectedSince(): number | null;
  /** Part of its weight that it is given now: (0, 1]. */
  share(): number;
  /** Ejections in a row. */
  readonly ejections: number;
  /** A live request went well; `panic` where it was sent although the target is out. */
  succeeded(panic: boolean): void;
  /** A live request failed. Returns whether that ejected the target; `mayEject` is false for the last one of a group. */
  failed(mayEject: boolean): boolean;
  /** Returns whether the target is up again by this. */
  probePassed(): boolean;
  /** Returns whether the target is down by this. */
  probeFailed(): boolean;
}

/** A target that counts as up until it is seen to fail. */
export function createHealth(now: () => number, policy: HealthPolicy): Health {
  let down = false;
  let until: number | null = null;
  let since: number | null = null;
  let errors = 0;
  let fails = 0;
  let passes = 0;
  let ejections = 0;
  /** When it last came back; null where it has always been up. */
  let returnedAt: number | null = null;
  /** Back from an ejection and without a success since: one more failure is enough. */
  let probation = false;

  function comeBack(at: number): void {
    probation = until !== null;
    until = null;
    since = null;
    errors = 0;
    returnedAt = at;
  }
  function settle(): void {
    if (until !== null && now() >= until) comeBack(until);
  }
  function eject(): void {
    ejections += 1;
    since = now();
    until = now() + Math.min(policy.maxEjectionMs, policy.ejectionMs * ejections);
    errors = 0;
    passes = 0;
    probation = false;
  }

  return {
    condition() {
      settle();
      if (down) return 'down';
      return until === null ? 'up' : 'ejected';
    },
    ejectedUntil() {
      settle();
      return until;
    },
    ejectedSince() {
      settle();
      return since;
    },
    share() {
      settle();
      if (returnedAt === null) return 1;
      const passed = (now() - returnedAt) / policy.slowStartMs;
      return Math.min(1, Math.max(FIRST_SHARE, passed));
    },
    get ejections() {
      return ejections;
    },
    succeeded(panic) {
      settle();
      errors = 0;
      if (panic && until !== null) comeBack(now());
      // An answer that was on its way when the target was ejected proves nothing.
      if (until !== null) return;
      probation = false;
      const steady = policy.ejectionMs * Math.max(1, ejections);
      if (returnedAt !== null && now() - returnedAt >= steady) ejections = 0;
    },
    failed(mayEject) {
      settle();
      if (until !== null) return false;
      errors += 1;
      if (!mayEject || down || errors < (probation ? 1 : policy.errorLimit)) return false;
      eject();
      return true;
    },
    probePassed() {
      settle();
      fails = 0;
      passes += 1;
      if (passes < policy.rise) return false;
      if (until !== null && ejections <= policy.earlyReturns) {
        comeBack(now());
        if (!down) return true;
      }
      if (!down) return false;
      down = false;
      if (until === null) returnedAt = now();
      return until === null;
    },
    probeFailed() {
      settle();
      passes = 0;
      fails += 1;
      if (down || fails < policy.fall) return false;
      down = true;
      return true;
    },
  };
}
