/** Runs work one after another in the order it was asked for. */
export type Exclusive = <T>(work: () => Promise<T> | T) => Promise<T>;

/**
 * Keeps changes of the settings apart: sealing a secret waits for a keystore, and what was checked before must still hold
 * when it is written.
 */
export function createExclusive(): Exclusive {
  let tail: Promise<unknown> = Promise.resolve();
  return (work) => {
    const result = tail.then(work);
    tail = result.catch(() => undefined);
    return result;
  };
}
