import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { IncomingHttpHeaders } from 'node:http2';
import net, { type AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { adminKeyFile } from '../admin/key.ts';
import { startRelay, type TestRelay } from '../testing/relay.ts';

/** What the relay has noted of egress, newest first. */
async function audited(to: TestRelay): Promise<unknown[]> {
  const key = (await readFile(adminKeyFile(to.dataDir), 'utf8')).trim();
  const answer = await fetch(`${to.relay.addresses.admin}/api/audit`, {
    headers: { authorization: `Bearer ${key}` },
  });
  const { entries } = (await answer.json()) as {
    entries: { action: string; actor: string; subject: string; details: unknown }[];
  };
  return entries
    .filter(({ action }) => action.startsWith('egress.'))
    .map(({ action, actor, subject, details }) => [action, actor, subject, details]);
}

it('goes over the control connection of a registered device only', async () => {
  const target = net.createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1');
  await once(target, 'listening');
  const { port } = target.address() as AddressInfo;
  const to = await startRelay({}, { egressAllow: [`127.0.0.1:${port}`] });
  const peer = await to.connect({ onStream: () => undefined });

  const stream = peer.control.request({ ':method': 'CONNECT', ':authority': `127.0.0.1:${port}` });
  stream.setEncoding('utf8');
  stream.write('ping');
  expect(await once(stream, 'data')).toEqual(['ping']);

  const refused = peer.control.request({ ':method': 'CONNECT', ':authority': '192.0.2.1:25' });
  refused.on('error', () => undefined);
  const [head] = (await once(refused, 'response')) as [IncomingHttpHeaders];
  expect(head[':status']).toBe(403);
  expect(await audited(to)).toEqual([
    ['egress.refuse', peer.deviceId, 'acme', { destination: '192.0.2.1:25' }],
    ['egress.open', peer.deviceId, 'acme', { destination: `127.0.0.1:${port}` }],
  ]);

  to.relay.revokeDevice(peer.deviceId);
  await new Promise((resolve) => {
    stream.on('error', resolve);
    stream.once('close', resolve);
  });
  const connections = (): Promise<number> =>
    new Promise((resolve, reject) => {
      target.getConnections((error, count) => (error === null ? resolve(count) : reject(error)));
    });
  await expect.poll(connections).toBe(0);
  target.close();
  await to.close();
});
