import { describe, expect, it } from 'vitest';
import type { DataSession } from './data-session.ts';
import { createRegistry, type Registry } from './registry.ts';

interface FakeSession extends DataSession {
  readonly log: string[];
}

function session(generation: number, id: number): FakeSession {
  const log: string[] = [];
  const unused = (): never => {
    throw new Error('not asked for here');
  };
  return {
    id,
    deviceId: 'd1',
    tunnel: 'acme',
    generation,
    index: 0,
    openedAt: 0,
    pulse: { probe: unused, stop: () => undefined } as unknown as DataSession['pulse'],
    inFlight: 0,
    carried: 0,
    usable: true,
    takesGzip: false,
    open: unused,
    request: unused,
    retire: () => log.push('retired'),
    cut: () => log.push('cut'),
    log,
  };
}

function registered(registry: Registry, generation: number): void {
  registry.register({
    id: 'd1',
    tunnel: 'acme',
    generation,
    link: { tell: () => undefined, cut: () => undefined },
    takesGzip: false,
  });
}

describe('a new generation of a device', () => {
  it('cuts the sessions of the one before at once', () => {
    const registry = createRegistry();
    registered(registry, 1);
    const old = session(1, 1);
    registry.attach(old);
    registered(registry, 2);
    expect(old.log).toEqual(['cut']);
    expect(registry.pick('acme')).toBeNull();
  });

  it('leaves no moment without a session where the one before had announced its end', () => {
    const registry = createRegistry();
    registered(registry, 1);
    const old = session(1, 1);
    registry.attach(old);
    registry.drain('d1', 1);
    registered(registry, 2);
    expect(registry.pick('acme')).toBe(old);
    expect(old.log).toEqual([]);
    const next = session(2, 2);
    expect(registry.attach(next)).toBe(true);
    expect(registry.pick('acme')).toBe(next);
    expect(old.log).toEqual(['retired']);
  });

  it('does not take a session of an older one', () => {
    const registry = createRegistry();
    registered(registry, 2);
    expect(registry.attach(session(1, 1))).toBe(false);
  });

  it('keeps nothing of a device that is cut while it hands over', () => {
    const registry = createRegistry();
    registered(registry, 1);
    const old = session(1, 1);
    registry.attach(old);
    registry.drain('d1', 1);
    registered(registry, 2);
    registry.cut('d1', { type: 'drain', retryAfterMs: 0 });
    expect(old.log).toEqual(['cut']);
    expect(registry.pick('acme')).toBeNull();
  });
});
