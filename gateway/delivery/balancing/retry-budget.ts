/** How many retries a group may make; the window in milliseconds. */
export interface RetryPolicy {
  /** Retries allowed for each request of the window. */
  readonly ratio: number;
  /** Retries allowed in a window whatever its requests. */
  readonly minimum: number;
  readonly windowMs: number;
}

export const defaultRetryPolicy: RetryPolicy = { ratio: 0.2, minimum: 3, windowMs: 10_000 };

const SLOTS = 10;

/**
 * Keeps retries to a part of the live requests, so that targets that fail under load do not get more of it: in any window,
 * retries ≤ ratio × requests + minimum.
 */
export interface RetryBudget {
  /** Counts a first attempt. */
  request(): void;
  /** Counts a retry and returns true, or returns false where the budget is used up. */
  retry(): boolean;
}

export function createRetryBudget(now: () => number, policy: RetryPolicy): RetryBudget {
  const slotMs = policy.windowMs / SLOTS;
  const slots = Array.from({ length: SLOTS }, () => ({ number: -SLOTS, requests: 0, retries: 0 }));

  function current(): { requests: number; retries: number } {
    const number = Math.floor(now() / slotMs);
    const index = number % SLOTS;
    const slot = slots[index];
    if (slot?.number === number) return slot;
    const fresh = { number, requests: 0, retries: 0 };
    slots[index] = fresh;
    return fresh;
  }
  function sum(field: 'requests' | 'retries'): number {
    const oldest = Math.floor(now() / slotMs) - SLOTS;
    return slots.reduce((total, slot) => total + (slot.number > oldest ? slot[field] : 0), 0);
  }
  return {
    request() {
      current().requests += 1;
    },
    retry() {
      if (sum('retries') + 1 > policy.ratio * sum('requests') + policy.minimum) return false;
      current().retries += 1;
      return true;
    },
  };
}
