import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import type { Row } from './rows.ts';

let folder = '';

/** Makes the place in which the fault tests leave their rows. */
export async function setup(project: TestProject): Promise<void> {
  folder = await mkdtemp(join(tmpdir(), 'causeway-faults-'));
  await writeFile(join(folder, 'rows'), '');
  project.provide('faultRows', join(folder, 'rows'));
}

/** Prints the table of the faults that ran, in the order of their ids. */
export async function teardown(): Promise<void> {
  const lines = (await readFile(join(folder, 'rows'), 'utf8')).split('\n').filter(Boolean);
  await rm(folder, { recursive: true, force: true });
  if (lines.length === 0) return;
  const rows = lines.map((line) => JSON.parse(line) as Row);
  const order = ({ id }: Row): number => Number(id.slice(1));
  const letter = ({ id }: Row): number => id.charCodeAt(0);
  rows.sort((a, b) => letter(a) - letter(b) || order(a) - order(b));
  const cells = (row: Row): string[] => [
    row.id,
    row.fault,
    row.injectedBy,
    row.promise,
    row.result,
    row.figures,
  ];
  const table = [
    ['id', 'fault', 'injected by', 'promise', 'result', 'figures'],
    ...rows.map(cells),
  ];
  process.stdout.write(`\n${table.map((line) => line.join(' | ')).join('\n')}\n\n`);
}
