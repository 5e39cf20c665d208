import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';

/** A TCP connection through which a test can swallow bytes, so that both ends see a link that went silent. */
export interface Wire {
  readonly port: number;
  /** From now on nothing passes, in either direction, and nothing is closed. */
  blackhole(): void;
  /** Ends every connection; new ones pass. */
  cut(): void;
  close(): Promise<void>;
}

export async function startWire(target: { host: string; port: number }): Promise<Wire> {
  const sockets = new Set<Socket>();
  let open = true;
  const server = net.createServer((near) => {
    const far = net.connect(target.port, target.host);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('error', () => undefined);
      from.on('data', (chunk) => open && to.write(chunk));
      from.on('close', () => {
        sockets.delete(from);
        if (open) to.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    blackhole: () => {
      open = false;
    },
    cut: () => {
      for (const socket of sockets) socket.destroy();
    },
    close: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}
