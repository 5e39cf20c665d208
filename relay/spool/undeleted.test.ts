import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { expect, it } from 'vitest';
import { h1 } from '../testing/public.ts';
import { startRelay } from '../testing/relay.ts';
import { signedCall } from '../testing/wecom.ts';

const token = 'QDG6eK';
const path = '/wecom/callback/desk';
/** Makes every deletion fail for a while, as on a disk that is full. */
function refuseDeletions(dataDir: string, ms: number): void {
  const database = new Sqlite(join(dataDir, 'spool.db'));
  database.exec(
    `CREATE TRIGGER full BEFORE DELETE ON held WHEN unixepoch('subsec') < ${(Date.now() + ms) / 1000}
     BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END`,
  );
  database.close();
}

it('does not let what is delivered stand before fresh callbacks while it cannot be deleted', async () => {
  const first = await startRelay();
  const { dataDir } = first;
  await first.relay.close(0);
  refuseDeletions(dataDir, 4_000);
  const to = await startRelay({}, { dataDir });
  to.relay.rules.setGate('acme', { path, token });
  to.relay.rules.setHold('acme', { enabled: true, maxAgeMs: 600_000, maxBytes: 1024 * 1024 });
  const held = (): number => to.relay.held()['acme']?.rows ?? 0;

  const calls = Array.from({ length: 3 }, () => signedCall({ token, path }));
  for (const call of calls) expect((await h1(to, call)).status).toBe(200);
  const bodies: string[] = [];
  await to.connect({
    onStream: (stream) => {
      let body = '';
      stream.on('data', (chunk: Buffer) => (body += chunk.toString()));
      stream.on('end', () => {
        bodies.push(body);
        stream.respond({ ':status': 200 });
        stream.end();
      });
    },
  });
  await expect.poll(() => bodies.length).toBe(3);
  const fresh = signedCall({ token, path });
  const answer = await h1(to, fresh);
  expect([answer.status, answer.headers['x-causeway-source']]).toEqual([200, 'agent']);
  // Once there is room again they go.
  await expect.poll(held).toBe(0);
  expect(bodies).toEqual([...calls, fresh].map(({ body }) => body));
  await first.close();
  await to.close();
});
