/** How a link answers to health checks. */
export interface Health {
  /** Failed checks one after another; a success begins anew. */
  readonly failures: number;
  /** Since when it has passed every check, milliseconds; null while it does not. */
  readonly steadySince: number | null;
}

export const unknownHealth: Health = { failures: 0, steadySince: null };

/** What a check makes of a link's health. */
export function judge(before: Health, passed: boolean, now: number): Health {
  if (!passed) return { failures: before.failures + 1, steadySince: null };
  return { failures: 0, steadySince: before.steadySince ?? now };
}

/** Whether a link has failed so often in a row that another is to be preferred. */
export function isFailing(health: Health, limit: number): boolean {
  return health.failures >= limit;
}

export interface HealthOptions {
  /** Path that the relay asks for through the tunnel. */
  readonly path: string;
  readonly intervalMs: number;
  /** Further tries of one check before it counts as failed. */
  readonly retries: number;
  /** Consecutive failed checks after which a link is given up for another. */
  readonly failures: number;
}

/** The guide's figures (§6.3): every 10 s, 3 retries, switch after 3 consecutive failures. */
export const defaultHealth: HealthOptions = {
  path: '/api/health',
  intervalMs: 10_000,
  retries: 3,
  failures: 3,
};

export interface HealthWatchOptions extends HealthOptions {
  /** One end-to-end request; rejects when it fails. */
  readonly probe: (path: string) => Promise<unknown>;
  /** Whether there is anything to check: a link that is down is known to be. */
  readonly isUp: () => boolean;
  readonly now: () => number;
  readonly onChange: (health: Health) => void;
}

/** Checks one link at each interval until it is stopped. */
export function watchHealth(options: HealthWatchOptions): {
  health(): Health;
  /** Begins anew: the link was made anew. */
  reset(): void;
  /** Checks in another way from now on; what is known of the link still holds. */
  adjust(next: HealthOptions): void;
  stop(): void;
} {
  let health = unknownHealth;
  let round = 0;
  let checking = false;
  let { path, intervalMs, retries }: HealthOptions = options;

  const set = (next: Health): void => {
    if (next.failures === health.failures && next.steadySince === health.steadySince) return;
    health = next;
    options.onChange(health);
  };

  const check = async (): Promise<void> => {
    if (checking || !options.isUp()) return;
    checking = true;
    const mine = round;
    let passed = false;
    const isOver = (): boolean => passed || mine !== round;
    for (let left = retries; left >= 0 && !isOver(); left--) {
      passed = await options.probe(path).then(
        () => true,
        () => false,
      );
    }
    checking = false;
    if (mine === round && options.isUp()) set(judge(health, passed, options.now()));
  };

  const begin = (): NodeJS.Timeout => setInterval(() => void check(), intervalMs).unref();
  let timer = begin();
  return {
    health: () => health,
    reset: () => {
      round += 1;
      set(unknownHealth);
      void check();
    },
    adjust: (next) => {
      ({ path, intervalMs, retries } = next);
      clearInterval(timer);
      timer = begin();
    },
    stop: () => {
      round += 1;
      clearInterval(timer);
    },
  };
}
