// Starts practice mode on a data directory, stops it, and must then end by itself: nothing may keep the process alive.
import { join } from 'node:path';
import { createFileSecretBox } from '../../../main/core/index.ts';
import { startPractice } from '../../../practice/index.ts';

const dataDir = process.argv[2] ?? '';
const practice = await startPractice({
  dataDir,
  version: '0.0.0-test',
  core: {
    secrets: await createFileSecretBox(join(dataDir, 'secrets.key')),
    host: {},
    systemLocale: 'en',
  },
});
await practice.stop();
process.stdout.write('stopped\n');
