import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { guideExample } from '../../main/core/testing/guide.ts';

const program = fileURLToPath(new URL('../../main/headless/bin/gateway.ts', import.meta.url));

/** Port 8080 and /var/log of its own, so that the file can stay as it is. */
const own = [
  '-n',
  '-m',
  'bash',
  '-c',
  'ip link set lo up; mount -t tmpfs tmpfs /var/log; exec "$@"',
  'bash',
];
const allowed =
  spawnSync('unshare', [...own.slice(0, 4), 'ip link set lo up && mount -t tmpfs tmpfs /var/log'])
    .status === 0;

it.skipIf(!allowed)("starts with the guide's example as it stands", async () => {
  const dir = await mkdtemp(join(tmpdir(), 'causeway-guide-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  const file = join(dir, 'config.toml');
  await writeFile(file, guideExample);
  const script = `
    "$0" "$1" start --config "$2" --data-dir "$3" & pid=$!
    for i in $(seq 100); do curl -sf http://127.0.0.1:8080/api/health && break; sleep 0.2; done
    echo; curl -sf http://127.0.0.1:8080/metrics | grep -c gateway_; ls /var/log/gateway
    grep -c '"level":"info"' /var/log/gateway/app.log
    ls /proc/$pid/task | wc -l; kill -TERM $pid; wait $pid; echo "exit $?"`;
  const child = spawn(
    'unshare',
    [...own, 'bash', '-c', script, process.execPath, program, file, join(dir, 'data')],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) lines.push(line);
  if (child.exitCode === null) await once(child, 'exit');
  const said = lines.join('\n');
  expect(said).toContain('"status":"ok"');
  expect(said).toContain('app.log');
  // The log goes to standard output as well, as JSON.
  expect(said).toMatch(/^\{.*"message":"gateway started"/m);
  expect(said).toContain('exit 0');
});
