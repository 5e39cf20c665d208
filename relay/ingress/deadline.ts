/** Whose answer is waited for; told when the time is over and nobody else is. */
export interface Owed {
  overdue(): void;
}

/** Time that a request has until the head of its answer. It runs on behind that, to see that the answer is taken too. */
export class Deadline {
  expired = false;
  readonly #timer: NodeJS.Timeout;
  readonly #isFixed: boolean;
  readonly #owed: Owed;
  #listener: (() => void) | null = null;

  /** A deadline of `ms`; a fixed one counts from now whatever happens. */
  constructor(ms: number, isFixed: boolean, owed: Owed) {
    this.#isFixed = isFixed;
    this.#owed = owed;
    this.#timer = setTimeout(expire, ms, this);
  }

  /** Who is told; at once when it has already passed. Null for nobody. */
  onExpire(listener: (() => void) | null): void {
    this.#listener = listener;
    if (this.expired) listener?.();
  }

  /** Starts the time anew: an upload that moves is not late. Does nothing for a fixed deadline. */
  extend(): void {
    if (!this.#isFixed && !this.expired) this.#timer.refresh();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  /** The time is over. */
  expire(): void {
    this.expired = true;
    if (this.#listener === null) this.#owed.overdue();
    else this.#listener();
  }
}

function expire(deadline: Deadline): void {
  deadline.expire();
}
