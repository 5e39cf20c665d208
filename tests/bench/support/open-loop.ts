import { createLatencies, type Latencies } from './histogram.ts';

export interface OpenLoopResult {
  readonly sent: number;
  readonly answered: number;
  readonly failed: number;
  /** From the moment a request was due, so that a stall is counted against every request that it delayed. */
  readonly latencies: Latencies;
  readonly seconds: number;
}

/**
 * Sends `rate` requests a second for `seconds`, whether or not earlier ones were answered. A closed loop would wait with the system
 * under test and hide its stalls.
 */
export async function openLoop(options: {
  readonly rate: number;
  readonly seconds: number;
  readonly send: (index: number) => Promise<boolean>;
}): Promise<OpenLoopResult> {
  const { rate, seconds, send } = options;
  const total = Math.round(rate * seconds);
  const latencies = createLatencies();
  let answered = 0;
  let failed = 0;
  const started = performance.now();
  const pending: Promise<void>[] = [];
  for (let index = 0; index < total;) {
    const due = Math.min(total, Math.floor(((performance.now() - started) / 1000) * rate) + 1);
    for (; index < due; index += 1) {
      const at = started + (index / rate) * 1000;
      pending.push(
        send(index).then(
          (ok) => {
            if (ok) {
              answered += 1;
              latencies.add(performance.now() - at);
            } else failed += 1;
          },
          () => {
            failed += 1;
          },
        ),
      );
    }
    await new Promise((resolve) => {
      setTimeout(resolve, 1);
    });
  }
  await Promise.all(pending);
  return {
    sent: total,
    answered,
    failed,
    latencies,
    seconds: (performance.now() - started) / 1000,
  };
}
