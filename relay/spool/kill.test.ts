import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect, it, onTestFinished } from 'vitest';
import { bundleProgram } from '../../tests/support/bundle.ts';
import { selfSignedPublic } from '../ca/server-certificate.ts';
import type { PublicTls } from '../ingress/public-server.ts';
import { h1 } from '../testing/public.ts';
import { makeDataDir, startRelay } from '../testing/relay.ts';
import { signedCall } from '../testing/wecom.ts';

const ROUNDS = 3;
const CLIENTS = 6;
const token = 'QDG6eK';
const path = '/wecom/callback/desk';

/** Sends callbacks to a relay process until it is killed after `killAfter` answers; gives back those that were answered. */
async function round(
  program: string,
  { dataDir, tls, killAfter }: { dataDir: string; tls: PublicTls; killAfter: number },
): Promise<string[]> {
  const child = spawn(process.execPath, [program, dataDir, tls.cert, tls.key], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const gone = once(child, 'exit');
  const [address] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const to = { publicPort: Number(new URL(address).port), publicCa: tls.cert };
  const answered: string[] = [];
  const client = async (): Promise<void> => {
    for (;;) {
      const call = signedCall({ token, path });
      const answer = await h1(to, call).catch(() => null);
      if (answer === null) {
        // A connection may break before; were that the end of all clients, nobody would kill it.
        if (child.killed || child.exitCode !== null) return;
        continue;
      }
      expect(answer.status).toBe(200);
      answered.push(call.body);
      if (answered.length === killAfter) child.kill('SIGKILL');
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  await gone;
  return answered;
}

it('delivers every callback that it answered, once, however often it is killed', async () => {
  const program = await bundleProgram('relay/testing/run-relay.ts');
  const dataDir = await makeDataDir();
  const tls = await selfSignedPublic(['bot.test'], Date.now());
  const first = await startRelay({}, { dataDir });
  first.relay.rules.setGate('acme', { path, token });
  first.relay.rules.setHold('acme', { enabled: true, maxAgeMs: 600_000, maxBytes: 1024 ** 2 });
  await first.relay.close(0);

  const answered: string[] = [];
  for (let time = 0; time < ROUNDS; time += 1) {
    const killAfter = 10 + Math.floor(Math.random() * 40);
    answered.push(...(await round(program, { dataDir, tls, killAfter })));
  }
  expect(answered.length).toBeGreaterThanOrEqual(ROUNDS * 10);

  const to = await startRelay({}, { dataDir });
  onTestFinished(to.close);
  const delivered: string[] = [];
  await to.connect({
    onStream: (stream) => {
      let body = '';
      stream.setEncoding('utf8');
      stream.on('data', (chunk: string) => (body += chunk));
      stream.on('end', () => {
        delivered.push(body);
        stream.respond({ ':status': 200 }, { endStream: true });
      });
    },
  });
  await expect.poll(() => to.relay.held()).toEqual({});
  expect(new Set(delivered).size).toBe(delivered.length);
  expect(answered.filter((body) => !delivered.includes(body))).toEqual([]);
}, 60_000);
