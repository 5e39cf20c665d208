import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { api, CONTRACT_VERSION } from './api.ts';
import type { Contract } from './define.ts';
import { relayApi, RELAY_CONTRACT_VERSION } from './relay-api.ts';

const Lock = z.object({ version: z.int(), entries: z.record(z.string(), z.unknown()) });

/** What another version of the program would see: every name, what it needs, and the shapes that cross the wire. */
function describeContract(contract: Contract): Record<string, unknown> {
  const shape = (schema: z.ZodType, io: 'input' | 'output'): unknown =>
    z.toJSONSchema(schema, { unrepresentable: 'any', io, reused: 'ref' });
  const entries = Object.entries(contract).map(([name, entry]): [string, unknown] => [
    name,
    entry.kind === 'call'
      ? { ...entry, input: shape(entry.input, 'input'), output: shape(entry.output, 'output') }
      : { ...entry, payload: shape(entry.payload, 'output') },
  ]);
  return JSON.parse(JSON.stringify(Object.fromEntries(entries))) as Record<string, unknown>;
}

/**
 * An open browser tab outlives an upgrade. A contract that changes therefore needs a new version number, and the lock that
 * was written for it: `UPDATE_CONTRACT_LOCK=1 npm test -- lock` writes it, and refuses to for a version that is locked already.
 * Before a version is released, delete the file and let it be written anew.
 */
test.each([
  ['contract.lock.json', api, CONTRACT_VERSION],
  ['relay-contract.lock.json', relayApi, RELAY_CONTRACT_VERSION],
] as const)(
  '%s: the contract changes only together with its version',
  (name, contract, version) => {
    const file = new URL(name, import.meta.url);
    const entries = describeContract(contract);
    const locked = existsSync(file) ? Lock.parse(JSON.parse(readFileSync(file, 'utf8'))) : null;
    if (process.env['UPDATE_CONTRACT_LOCK'] === '1' && locked?.version !== version) {
      writeFileSync(file, `${JSON.stringify({ version, entries }, null, 2)}\n`);
      return;
    }
    expect(locked).toEqual({ version, entries });
  },
);
