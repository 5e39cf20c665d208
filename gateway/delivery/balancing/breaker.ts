/** When a breaker opens and closes; milliseconds where not a count. */
export interface BreakerPolicy {
  /** Over what time failures are counted. */
  readonly windowMs: number;
  /** Fewer requests than this in the window never open it. */
  readonly minimumRequests: number;
  /** Part of the window's requests that must fail: (0, 1]. */
  readonly failureRatio: number;
  /** How long it stays open the first time; the n-th time in a row n times as long. */
  readonly openMs: number;
  readonly maxOpenMs: number;
  /** Trials that may run at once while it is half open. */
  readonly trials: number;
  /** Trials in a row that must go well before it closes. */
  readonly successesToClose: number;
}

export const defaultBreakerPolicy: BreakerPolicy = {
  windowMs: 10_000,
  minimumRequests: 10,
  failureRatio: 0.5,
  openMs: 10_000,
  maxOpenMs: 300_000,
  trials: 1,
  successesToClose: 2,
};

export const breakerStates = ['closed', 'open', 'half_open'] as const;
export type BreakerState = (typeof breakerStates)[number];

/** A request that the breaker let through; what became of it counts only in the state it started in. */
export interface Pass {
  readonly era: number;
}

/** Stops requests to a target that fails too often, also where it never fails three times in a row. */
export interface Breaker {
  state(): BreakerState;
  /** Whether {@link begin} would let a request through. */
  permits(): boolean;
  begin(): Pass;
  succeeded(pass: Pass): void;
  /** Returns whether that opened the breaker. */
  failed(pass: Pass): boolean;
  /** The request ended without a verdict about the target. */
  abandoned(pass: Pass): void;
}

const SLOTS = 10;

/** A closed breaker. */
export function createBreaker(now: () => number, policy: BreakerPolicy): Breaker {
  const slotMs = policy.windowMs / SLOTS;
  let slots = emptySlots();
  let state: BreakerState = 'closed';
  let era = 0;
  let openUntil = 0;
  let openings = 0;
  let running = 0;
  let successes = 0;

  function enter(next: BreakerState): void {
    state = next;
    era += 1;
    running = 0;
    successes = 0;
  }
  function settle(): void {
    if (state === 'open' && now() >= openUntil) enter('half_open');
  }
  function open(): true {
    openings += 1;
    openUntil = now() + Math.min(policy.maxOpenMs, policy.openMs * openings);
    enter('open');
    return true;
  }
  function count(failure: boolean): void {
    const number = Math.floor(now() / slotMs);
    const index = number % SLOTS;
    if (slots[index]?.number !== number) slots[index] = { number, requests: 0, failures: 0 };
    const slot = slots[index];
    slot.requests += 1;
    slot.failures += Number(failure);
  }
  function recently(): { requests: number; failures: number } {
    const oldest = Math.floor(now() / slotMs) - SLOTS;
    const recent = slots.filter((each) => each.number > oldest);
    return {
      requests: recent.reduce((sum, each) => sum + each.requests, 0),
      failures: recent.reduce((sum, each) => sum + each.failures, 0),
    };
  }
  /** Whether `pass` still counts; frees its place. */
  function take(pass: Pass): boolean {
    settle();
    if (pass.era !== era) return false;
    running -= 1;
    return true;
  }

  return {
    state() {
      settle();
      return state;
    },
    permits() {
      settle();
      return state === 'closed' || (state === 'half_open' && running < policy.trials);
    },
    begin() {
      settle();
      running += 1;
      return { era };
    },
    succeeded(pass) {
      if (!take(pass)) return;
      if (state === 'closed') {
        count(false);
        return;
      }
      if (state !== 'half_open') return;
      successes += 1;
      if (successes < policy.successesToClose) return;
      openings = 0;
      slots = emptySlots();
      enter('closed');
    },
    failed(pass) {
      if (!take(pass)) return false;
      if (state === 'half_open') return open();
      if (state !== 'closed') return false;
      count(true);
      const { requests, failures } = recently();
      if (requests < policy.minimumRequests) return false;
      return failures / requests >= policy.failureRatio ? open() : false;
    },
    abandoned: (pass) => void take(pass),
  };
}

function emptySlots(): { number: number; requests: number; failures: number }[] {
  return Array.from({ length: SLOTS }, () => ({ number: -SLOTS, requests: 0, failures: 0 }));
}
