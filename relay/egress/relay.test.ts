import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { startRelay } from '../testing/relay.ts';

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
