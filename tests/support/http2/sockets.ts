import { once } from 'node:events';
import net, { type Socket } from 'node:net';

/** Two ends of one connection over loopback; `far` stays open behind the end of `near` if `allowHalfOpen`. */
export async function connectedSockets(
  allowHalfOpen = true,
): Promise<{ readonly near: Socket; readonly far: Socket }> {
  const server = net.createServer({ allowHalfOpen }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  const near = net.connect(port, '127.0.0.1');
  const [[far]] = (await Promise.all([once(server, 'connection'), once(near, 'connect')])) as [
    [Socket],
    unknown,
  ];
  server.close();
  far.on('error', () => undefined);
  far.setNoDelay(true);
  near.setNoDelay(true);
  return { near, far };
}
