import { expect, it } from 'vitest';
import { startRelay } from '../testing/relay.ts';
import { h1 } from '../testing/public.ts';
import { signedCall } from '../testing/wecom.ts';

const token = 'QDG6eK';
const path = '/wecom/callback/desk';

it('lets nothing overtake what is held because another, which was set aside, has expired', async () => {
  let skew = 0;
  const to = await startRelay({}, { now: () => Date.now() + skew });
  to.relay.rules.setGate('acme', { path, token });
  to.relay.rules.setHold('acme', { enabled: true, maxAgeMs: 600_000, maxBytes: 1024 * 1024 });
  const held = (): number => to.relay.held()['acme']?.rows ?? 0;
  const send = async (): Promise<string> => {
    const call = signedCall({ token, path, timestamp: Math.floor((Date.now() + skew) / 1000) });
    expect((await h1(to, call)).status).toBe(200);
    return call.body;
  };
  const bad = await send();
  let tries = 0;
  const peer = await to.connect({
    onStream: (stream) => {
      stream.on('error', () => undefined);
      tries += 1;
      stream.close(2);
    },
  });
  await expect.poll(() => tries).toBe(5);
  peer.close();
  await expect.poll(() => to.relay.listTunnels()[0]?.sessions).toBe(0);
  skew = 500_000;
  const waiting = await send();
  skew = 610_000;
  await expect.poll(held).toBe(1);

  const bodies: string[] = [];
  await to.connect({
    onStream: (stream) => {
      let body = '';
      stream.on('error', () => undefined);
      stream.on('data', (chunk: Buffer) => (body += chunk.toString()));
      stream.on('end', () => {
        bodies.push(body);
        stream.respond({ ':status': 200 }, { endStream: true });
      });
    },
  });
  const fresh = await send();
  await expect.poll(() => bodies.length).toBe(2);
  expect(bodies).toEqual([waiting, fresh]);
  expect(bodies).not.toContain(bad);
  await to.close();
});
