import { noFigures, type ServiceFigures } from '../../common/domain/service.ts';

type Open = 'open' | 'sockets';

/** Counts what one service does. */
export interface ServiceCounter {
  begin(what: Open): void;
  end(what: Open): void;
  /** No target answered. */
  fail(): void;
}

/** Counts by service since the start; a service that went and came back goes on where it was. */
export function createServiceFigures(now: () => number): {
  of(service: string): ServiceCounter;
  all(): ReadonlyMap<string, ServiceFigures>;
} {
  const counters = new Map<string, ServiceCounter & { figures(): ServiceFigures }>();
  return {
    of: (id) => {
      let counter = counters.get(id);
      if (counter === undefined) counters.set(id, (counter = createCounter(now)));
      return counter;
    },
    all: () => new Map([...counters].map(([id, counter]) => [id, counter.figures()])),
  };
}

function createCounter(now: () => number): ServiceCounter & { figures(): ServiceFigures } {
  const figures = { ...noFigures };
  return {
    begin: (what) => {
      figures[what] += 1;
      figures.requests += 1;
    },
    end: (what) => {
      figures[what] -= 1;
    },
    fail: () => {
      figures.failed += 1;
      figures.failedAt = now();
    },
    figures: () => ({ ...figures }),
  };
}
