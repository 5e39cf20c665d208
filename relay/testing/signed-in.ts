import type { ClientOf } from '../../common/contract/client.ts';
import type { RelayApi } from '../../common/contract/relay-api.ts';
import { resetPassword } from '../admin/accounts.ts';
import type { RelayParts } from '../relay.ts';
import { openStore } from '../store/index.ts';
import type { RelayOptions } from '../types.ts';
import { cookieOf, logIn, openSocket } from './console.ts';
import { makeDataDir, startRelay, type TestRelay } from './relay.ts';

/** A relay, and its console as the user `ann` has it open. */
export interface SignedIn {
  readonly to: TestRelay;
  readonly client: ClientOf<RelayApi>;
  close(): Promise<void>;
}

export async function startSignedIn(
  parts: RelayParts = {},
  options: Partial<RelayOptions> = {},
): Promise<SignedIn> {
  const dataDir = await makeDataDir();
  const store = openStore(dataDir);
  const once = await resetPassword(store, 'ann', Date.now());
  store.close();
  const to = await startRelay(parts, { ...options, dataDir });
  const origin = to.relay.addresses.admin;
  const login = { user: 'ann', password: once, newPassword: 'correct horse battery' };
  const cookie = cookieOf(await logIn(origin, login));
  const { client, socket } = await openSocket(origin, { cookie, origin });
  return {
    to,
    client,
    close: async () => {
      socket.close();
      await to.close();
    },
  };
}
