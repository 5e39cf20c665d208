import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '../../../common/domain/log.ts';
import { createRelay, selfSignedPublic, type RunningRelay } from '../../../relay/index.ts';

/** A relay on loopback with one tunnel that a console can join. */
export interface EnrollingRelay {
  readonly relay: RunningRelay;
  readonly tunnel: string;
  /** As though its machine had failed: nothing is said to devices. */
  fail(): Promise<void>;
  close(): Promise<void>;
}

export async function startEnrollingRelay(
  name: string,
  fixedIp: string,
  domain = 'corp-bot.example.com',
): Promise<EnrollingRelay> {
  const dataDir = await mkdtemp(join(tmpdir(), 'causeway-e2e-relay-'));
  const loopback = { host: '127.0.0.1', port: 0 };
  const relay = await createRelay({
    dataDir,
    listen: { public: loopback, control: loopback, admin: loopback },
    controlHost: '127.0.0.1',
    publicTls: await selfSignedPublic([domain], Date.now()),
    name,
    fixedIp,
    egressAllow: [],
    log: silentLogger,
    version: '0.0.0',
  });
  const tunnel = 'corp';
  relay.createTunnel({ name: tunnel, domains: [domain] });
  let closed: Promise<void> | undefined;
  const fail = (): Promise<void> => (closed ??= relay.close(0));
  return {
    relay,
    tunnel,
    fail,
    async close() {
      await fail();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
