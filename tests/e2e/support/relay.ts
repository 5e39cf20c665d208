import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { silentLogger } from '../../../common/domain/log.ts';
import { resetPassword } from '../../../relay/admin/accounts.ts';
import { selfSignedPublic } from '../../../relay/ca/server-certificate.ts';
import { createRelay, type RunningRelay } from '../../../relay/relay.ts';
import { openStore } from '../../../relay/store/index.ts';
import type { TestRelay } from '../../../relay/testing/relay.ts';
import type { RelayOptions } from '../../../relay/types.ts';

const root = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));

/** A relay with its built console and one user, who has a password that works once. */
export interface ConsoleRelay {
  readonly relay: RunningRelay;
  readonly user: string;
  readonly oncePassword: string;
  /** What the callers of `relay/testing/public.ts` need. */
  readonly target: TestRelay;
  close(): Promise<void>;
}

/** `CAUSEWAY_RENDERER_DIR` names another build of the console than `out/renderer`. */
export async function startConsoleRelay(
  names: readonly string[],
  options: Partial<RelayOptions> = {},
): Promise<ConsoleRelay> {
  const dataDir = await mkdtemp(join(tmpdir(), 'causeway-relay-console-'));
  const user = 'operator';
  const store = openStore(dataDir);
  const oncePassword = await resetPassword(store, user, Date.now());
  store.close();
  const publicTls = await selfSignedPublic([...names, '127.0.0.1'], Date.now());
  const loopback = { host: '127.0.0.1', port: 0 };
  const relay = await createRelay({
    dataDir,
    listen: { public: loopback, control: loopback, admin: loopback },
    controlHost: '127.0.0.1',
    publicTls,
    name: 'relay-sh-1',
    fixedIp: '203.0.113.7',
    egressAllow: [],
    log: silentLogger,
    version: '0.0.0',
    rendererDir: process.env['CAUSEWAY_RENDERER_DIR'] ?? join(root, 'out', 'renderer'),
    ...options,
  });
  const close = async (): Promise<void> => {
    await relay.close(0);
    await rm(dataDir, { recursive: true, force: true });
  };
  return {
    relay,
    user,
    oncePassword,
    target: {
      relay,
      dataDir,
      publicPort: Number(new URL(relay.addresses.public).port),
      publicCa: publicTls.cert,
      connect: () => Promise.reject(new Error('not part of this relay')),
      close,
    },
    close,
  };
}
