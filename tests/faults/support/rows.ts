import { appendFile } from 'node:fs/promises';
import { inject, it } from 'vitest';

/** What the suite says of one fault: a line of the table that the folder prints at its end. */
export interface Row {
  readonly id: string;
  readonly fault: string;
  readonly injectedBy: string;
  readonly promise: string;
  readonly result: string;
  readonly figures: string;
}

declare module 'vitest' {
  interface ProvidedContext {
    /** File in which the rows of every test file of the folder are gathered, a JSON line each. */
    faultRows: string;
  }
}

/** Figures of a run by name, in the order of noting. */
export type Figures = Record<string, number | string>;

/** Set by a run that finds that the fault cannot be injected here: the reason. */
export const LEFT_OUT = 'left out';

export type Fault = Omit<Row, 'result' | 'figures'>;

/** A test that injects a fault and holds a promise against it; whatever comes of it is a row of the table. */
export function fault(row: Fault, run: (figures: Figures) => Promise<void>, timeoutMs = 60_000) {
  const name = `${row.id} ${row.fault} (${row.injectedBy}): ${row.promise}`;
  // oxlint-disable-next-line vitest/expect-expect, vitest/valid-title -- both are the caller's
  it(name, { timeout: timeoutMs }, () => hold(row, run));
}

async function hold(row: Fault, run: (figures: Figures) => Promise<void>): Promise<void> {
  const figures: Figures = {};
  try {
    await run(figures);
  } catch (error) {
    await record({ ...row, result: 'broken', figures: text(figures) });
    throw error;
  }
  if (figures[LEFT_OUT] !== undefined) {
    await record({ ...row, result: `not injected: ${figures[LEFT_OUT]}`, figures: '' });
  } else await record({ ...row, result: 'held', figures: text(figures) });
}

/** Faults whose time passes by waiting, in one test side by side; each has its own row. */
export function sideBySide(
  name: string,
  faults: readonly (readonly [Fault, (figures: Figures) => Promise<void>])[],
  timeoutMs: number,
) {
  // oxlint-disable-next-line vitest/expect-expect, vitest/valid-title -- both are the caller's
  it(name, { timeout: timeoutMs }, async () => {
    const ends = await Promise.allSettled(faults.map(([row, run]) => hold(row, run)));
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  });
}

async function record(row: Row): Promise<void> {
  await appendFile(inject('faultRows'), `${JSON.stringify(row)}\n`);
}

function text(figures: Figures): string {
  return Object.entries(figures)
    .map(([name, value]) => `${name} ${typeof value === 'number' ? round(value) : value}`)
    .join(', ');
}

function round(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(value < 10 ? 2 : 0);
}
