import { afterEach, expect, it } from 'vitest';
import { h1 } from './testing/public.ts';
import { startRelay, type TestRelay } from './testing/relay.ts';

const free = { host: '127.0.0.1', port: 0 };
const opened: TestRelay[] = [];
afterEach(async () => {
  for (const to of opened.splice(0)) await to.close();
});

/** A relay with a device that answers with the relay's name. */
async function start(name: string, port: number, shared: boolean): Promise<TestRelay> {
  const listen = { public: { host: '127.0.0.1', port, shared }, control: free, admin: free };
  const to = await startRelay({}, { name, listen });
  opened.push(to);
  await to.connect({
    onStream: (stream) => {
      stream.respond({ ':status': 200 });
      stream.end(name);
    },
  });
  return to;
}

it.runIf(process.platform === 'linux')(
  'a public port can be shared by relays that both say so, and one of them can go',
  async () => {
    const a = await start('a', 0, true);
    const b = await start('b', a.publicPort, true);
    expect(b.publicPort).toBe(a.publicPort);
    const answer = async (): Promise<string> => (await h1(a, { path: '/' })).body.toString();

    // Connections are dealt out by a hash of their addresses and ports.
    const heard = new Set<string>();
    await expect.poll(async () => heard.add(await answer()).size).toBe(2);

    await a.relay.close(0);
    for (let n = 0; n < 8; n += 1) expect(await answer()).toBe('b');
  },
);

it('a public port is shared only where all say so', async () => {
  const alone = await start('a', 0, false);
  const taken = { code: 'PORT_IN_USE', params: { port: alone.publicPort } };
  await expect(start('b', alone.publicPort, true)).rejects.toMatchObject(taken);
  if (process.platform !== 'linux') return;
  const sharing = await start('c', 0, true);
  const also = { code: 'PORT_IN_USE', params: { port: sharing.publicPort } };
  await expect(start('d', sharing.publicPort, false)).rejects.toMatchObject(also);
});
