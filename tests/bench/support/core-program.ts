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
const reply = await core.local.call('tunnel.enrol', { token: process.argv[2] });
if (!reply.ok) throw new Error(reply.error.code);
process.on('disconnect', () => process.exit(0));
process.send?.({ ready: { dataDir } });
