/** Resolves with the milliseconds it took until `holds` was true; rejects after `limitMs`. For what has no event to await. */
export async function until(
  what: string,
  limitMs: number,
  holds: () => boolean | Promise<boolean>,
): Promise<number> {
  const began = performance.now();
  for (;;) {
    if (await holds()) return performance.now() - began;
    if (performance.now() - began > limitMs) throw new Error(`${what}: not within ${limitMs} ms`);
    await pause(10);
  }
}

/** For time that has to pass because it is part of the fault. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
