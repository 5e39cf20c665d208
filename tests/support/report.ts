import { appendFileSync } from 'node:fs';
import { inject } from 'vitest';
import { fault, LEFT_OUT, type Figures, type Row } from '../faults/support/rows.ts';

export { LEFT_OUT, type Figures };

/**
 * A test of one of the reliability promises R1–R26. Whatever comes of it is a row of the table that the integration run prints
 * at its end: id, what is compared or injected, promise, result, counts.
 */
export function promise(
  id: `R${number}`,
  words: { readonly against: string; readonly by: string; readonly promise: string },
  run: (figures: Figures) => Promise<void>,
  timeoutMs?: number,
): void {
  const row = { id, fault: words.against, injectedBy: words.by, promise: words.promise };
  fault(row, run, timeoutMs);
}

/** Adds a row for a promise that a test of another form has just shown to hold. */
export function report(held: {
  readonly id: string;
  readonly promise: string;
  readonly figures: Figures;
}): void {
  const figures = Object.entries(held.figures).map(([name, value]) => `${name} ${String(value)}`);
  const row: Row = {
    id: held.id,
    fault: '',
    injectedBy: '',
    promise: held.promise,
    result: 'held',
    figures: figures.join(', '),
  };
  appendFileSync(inject('faultRows'), `${JSON.stringify(row)}\n`);
}
