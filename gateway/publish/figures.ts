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
  const known = new Map<string, ServiceFigures>();
  const change = (id: string, how: (old: ServiceFigures) => Partial<ServiceFigures>): void => {
    const old = known.get(id) ?? noFigures;
    known.set(id, { ...old, ...how(old) });
  };
  return {
    of: (id) => ({
      begin: (what) => change(id, (old) => ({ [what]: old[what] + 1, requests: old.requests + 1 })),
      end: (what) => change(id, (old) => ({ [what]: old[what] - 1 })),
      fail: () => change(id, (old) => ({ failed: old.failed + 1, failedAt: now() })),
    }),
    all: () => known,
  };
}
