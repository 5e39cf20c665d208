const TICK_MS = 1_000;
const JUMP_MS = 5_000;

/**
 * Calls `onJump` when the wall clock moves by more than 5 s beside a one-second timer: the machine slept, the process was
 * stopped, or the clock was set. Returns the function that stops it. Never keeps the process alive.
 */
export function watchClock(now: () => number, onJump: () => void): () => void {
  let last = now();
  const timer = setInterval(() => {
    const time = now();
    const moved = time - last;
    last = time;
    if (Math.abs(moved - TICK_MS) > JUMP_MS) onJump();
  }, TICK_MS);
  timer.unref();
  return () => clearInterval(timer);
}
