import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openStore, type Store } from '../store/index.ts';
import { createAccounts, resetPassword } from './accounts.ts';

let dir: string;
let store: Store;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'causeway-relay-refusals-'));
  store = openStore(dir);
});
afterEach(async () => {
  store.close();
  await rm(dir, { recursive: true, force: true });
});

it('does not let strangers with many addresses push everything else out of the audit log', async () => {
  let now = 1_000_000;
  const accounts = createAccounts(store, () => now);
  await resetPassword(store, 'ann', now);
  const refuse = (user: string, address: string): Promise<unknown> =>
    accounts.logIn({ user, password: 'x' }, address).catch((thrown: unknown) => thrown);
  for (let at = 0; at < 75; at += 3) {
    await Promise.all([0, 1, 2].map((of) => refuse(`name-${at + of}`, `2001:db8:${at + of}::1`)));
  }
  await refuse('ann', '2001:db8:ffff::1');
  const rows = (): unknown[] =>
    store.audit
      .list({ limit: 200 })
      .filter(({ action }) => action === 'login.refused')
      .map(({ actor, details }) => [actor, details]);
  expect(rows()).toHaveLength(61);
  expect(rows()[0]).toEqual(['ann', {}]);
  now += 60_000;
  await refuse('name', '2001:db8:fffe::1');
  expect(rows()[0]).toEqual(['unknown', { more: 15 }]);
});
