/** Counts what is under way in each tunnel, so that one cannot take up the whole relay. */
export interface Load {
  /** False when the tunnel carries as much as it may. */
  readonly enter: (tunnel: string) => boolean;
  readonly hasRoom: (tunnel: string) => boolean;
  readonly leave: (tunnel: string) => void;
  readonly total: () => number;
}

export function createLoad(limit: number): Load {
  const counts = new Map<string, number>();
  let total = 0;
  return {
    enter: (tunnel) => {
      const count = counts.get(tunnel) ?? 0;
      if (count >= limit) return false;
      counts.set(tunnel, count + 1);
      total += 1;
      return true;
    },
    hasRoom: (tunnel) => (counts.get(tunnel) ?? 0) < limit,
    leave: (tunnel) => {
      const count = counts.get(tunnel) ?? 0;
      if (count <= 1) counts.delete(tunnel);
      else counts.set(tunnel, count - 1);
      total -= 1;
    },
    total: () => total,
  };
}
