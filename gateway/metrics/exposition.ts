import type { Registry } from 'prom-client';

/** What `/metrics` shows. */
export interface Exposition {
  /** Adds series of the embedding program; one that fails is left out. */
  readonly add: (collect: () => Promise<string>) => void;
  readonly read: () => Promise<string>;
}

export function createExposition(registry: Pick<Registry, 'metrics'>): Exposition {
  const collectors: (() => Promise<string>)[] = [];
  return {
    add: (collect) => void collectors.push(collect),
    async read() {
      const more = await Promise.all(collectors.map((collect) => collect().catch(() => '')));
      return [await registry.metrics(), ...more].join('\n');
    },
  };
}
