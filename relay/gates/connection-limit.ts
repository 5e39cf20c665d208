/** Connections that each source has open. */
export interface ConnectionLimit {
  /** False when the source has as many as it may; otherwise it is counted until `leave`. */
  readonly enter: (source: string) => boolean;
  readonly leave: (source: string) => void;
  readonly sources: () => number;
}

export function createConnectionLimit(limit: number): ConnectionLimit {
  const counts = new Map<string, number>();
  return {
    enter: (source) => {
      const count = counts.get(source) ?? 0;
      if (count >= limit) return false;
      counts.set(source, count + 1);
      return true;
    },
    leave: (source) => {
      const count = counts.get(source) ?? 0;
      if (count <= 1) counts.delete(source);
      else counts.set(source, count - 1);
    },
    sources: () => counts.size,
  };
}
