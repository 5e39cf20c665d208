// Many on-prem ends in one process. Started by `processes.ts`.
import { readFile } from 'node:fs/promises';
import { silentLogger } from '../../../common/domain/log.ts';
import { createTunnelClient } from '../../../main/core/tunnel/index.ts';
import { origin } from './origin.ts';
import type { FleetProgramOptions, FleetStats } from './processes.ts';

const options = JSON.parse(await readFile(process.argv[2] ?? '', 'utf8')) as FleetProgramOptions;
const clients = options.identities.map((identity) => {
  const client = createTunnelClient({
    log: silentLogger,
    version: '0.0.0',
    handleStream: origin,
    onChange: () => undefined,
    onIdentity: async () => undefined,
  });
  client.setIdentity(identity);
  return client;
});

function stats(): FleetStats {
  const all = clients.map((client) => client.stats());
  const losses: Record<string, number> = {};
  for (const { losses: own } of all) {
    for (const [code, times] of own) losses[code] = (losses[code] ?? 0) + times;
  }
  return { up: all.filter(({ up }) => up).length, losses };
}

const calls: Record<string, () => unknown> = {
  connect: () => {
    for (const client of clients) client.connect();
  },
  stats,
};
process.on('message', (message: { id: number; call: string }) => {
  process.send?.({ id: message.id, value: calls[message.call]?.() });
});
process.on('disconnect', () => process.exit(0));
process.send?.({ ready: {} });
