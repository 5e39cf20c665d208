// The on-prem end of a tunnel as a process of its own. Started by `processes.ts`.
import { readFile } from 'node:fs/promises';
import { silentLogger } from '../../../common/domain/log.ts';
import { createTunnelClient } from '../../../main/core/tunnel/index.ts';
import { openSockets, residentMemory } from './measure.ts';
import { origin } from './origin.ts';
import type { AgentProgramOptions } from './processes.ts';

const options = JSON.parse(await readFile(process.argv[2] ?? '', 'utf8')) as AgentProgramOptions;
const tunnel = createTunnelClient({
  log: silentLogger,
  version: '0.0.0',
  handleStream: origin,
  onChange: (view) => process.send?.({ state: view.state }),
  onIdentity: async () => undefined,
  ...(options.timing === undefined ? {} : { timing: options.timing }),
});
tunnel.setIdentity(options.identity);

const calls: Record<string, () => unknown> = {
  stats: async () => ({ ...(await residentMemory()), sockets: openSockets(), ...tunnel.stats() }),
  view: () => tunnel.view(),
};
process.on('message', (message: { id: number; call: string }) => {
  void Promise.resolve(calls[message.call]?.()).then((value) =>
    process.send?.({ id: message.id, value }),
  );
});
process.on('disconnect', () => process.exit(0));
process.on('SIGTERM', () => {
  void tunnel.stop().then(() => process.exit(0));
});
process.send?.({ ready: {} });
tunnel.connect();
