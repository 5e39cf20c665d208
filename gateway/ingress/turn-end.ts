/**
 * Makes the function that puts work off until the turn of the event loop has read all that had come. What is written there leaves in
 * one go: whoever reads the answers is woken once and finds them all, where each would wake it by itself in between. `work` must not
 * throw.
 */
export function createTurnEnd(): (work: () => void) => void {
  let waiting: (() => void)[] = [];
  const run = (): void => {
    const all = waiting;
    waiting = [];
    for (const work of all) work();
  };
  return (work) => {
    if (waiting.push(work) === 1) setImmediate(run);
  };
}
