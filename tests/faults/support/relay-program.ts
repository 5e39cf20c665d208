// A relay as a process of its own, so that it can be killed, frozen and measured. Started by `processes.ts`.
import { readFile } from 'node:fs/promises';
import { silentLogger } from '../../../common/domain/log.ts';
import { createRelay } from '../../../relay/index.ts';
import { openSockets, residentMemory } from './measure.ts';
import type { RelayProgramOptions } from './processes.ts';

const options = JSON.parse(await readFile(process.argv[2] ?? '', 'utf8')) as RelayProgramOptions;
const relay = await createRelay(
  {
    dataDir: options.dataDir,
    listen: {
      public: {
        host: options.host,
        port: options.publicPort,
        shared: options.sharePublic ?? false,
      },
      control: { host: options.host, port: options.controlPort },
      admin: { host: '127.0.0.1', port: 0 },
    },
    controlHost: options.host,
    publicTls: options.publicTls,
    name: options.name,
    fixedIp: null,
    egressAllow: [],
    ...(options.acceptRamp === undefined ? {} : { acceptRamp: options.acceptRamp }),
    log: silentLogger,
    version: '0.0.0',
  },
  { ...(options.limits === undefined ? {} : { limits: options.limits }) },
);

const calls: Record<string, (input: string) => unknown> = {
  tunnel: (name) => relay.createTunnel({ name, domains: options.domains }),
  token: (tunnel) => relay.createToken(tunnel, 60_000),
  revoke: (device) => relay.revokeDevice(device),
  tunnels: () => relay.listTunnels(),
  stats: async () => ({
    ...(await residentMemory()),
    sockets: openSockets(),
    sessions: relay.listTunnels().reduce((sum, { sessions }) => sum + sessions, 0),
  }),
};
process.on('message', (message: { id: number; call: string; input: string }) => {
  void Promise.resolve(calls[message.call]?.(message.input)).then((value) =>
    process.send?.({ id: message.id, value }),
  );
});
process.on('disconnect', () => process.exit(0));
process.on('SIGTERM', () => {
  void relay.close().then(() => process.exit(0));
});
process.send?.({ ready: { ...relay.addresses, ca: relay.caPem } });
