// The whole on-prem program in a process of its own, for measuring what the gateway answers through the tunnel.
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCore, createFileSecretBox } from '../../../main/core/index.ts';

const dataDir = await mkdtemp(join(tmpdir(), 'causeway-bench-'));
const core = await createCore({
  dataDir,
  secrets: await createFileSecretBox(join(dataDir, 'secret.key')),
  host: {},
  version: '0.0.0',
  systemLocale: 'en',
  managementListen: { host: '127.0.0.1', port: 0 },
});
const [, , token, host, origin] = process.argv;
await call('tunnel.enrol', { token });
if (origin !== undefined) {
  await call('targets.save', { id: 'origin', url: `http://127.0.0.1:${origin}` });
  await call('services.save', { id: 'origin', host, targets: [{ id: 'origin' }] });
}
process.on('disconnect', () => process.exit(0));
process.send?.({ ready: { dataDir } });

async function call(name: string, input: unknown): Promise<void> {
  const reply = await core.local.call(name, input);
  if (!reply.ok) throw new Error(`${name}: ${reply.error.code}`);
}
