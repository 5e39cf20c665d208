/** Waits for the next place in the second; resolves at once when `signal` aborts. */
export function createPace(perSecond: number, signal: AbortSignal): () => Promise<void> {
  let turn = performance.now();
  return async () => {
    const at = Math.max(turn, performance.now());
    turn = at + 1000 / perSecond;
    const wait = at - performance.now();
    if (wait <= 0 || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, wait);
      signal.addEventListener('abort', end);
    });
  };
}
