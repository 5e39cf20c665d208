import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';

/** A TCP line to a server that can go silent while every socket stays open, as a dead NAT entry does. */
export interface Line {
  readonly port: number;
  /** From now on nothing passes, in neither direction. */
  freeze(): void;
  /** Ends every connection; new ones pass. */
  cut(): void;
  close(): Promise<void>;
}

/** Opens a line to `host:port`. */
export async function openLine(target: string): Promise<Line> {
  const { hostname, port } = new URL(`tcp://${target}`);
  const sockets = new Set<Socket>();
  let frozen = false;
  const track = (socket: Socket): Socket => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => sockets.delete(socket));
    return socket;
  };
  const server = net.createServer((near) => {
    const far = net.connect(Number(port), hostname);
    const pass = (from: Socket, to: Socket): void => {
      track(from);
      from.on('data', (chunk) => {
        if (!frozen) to.write(chunk);
      });
      from.once('close', () => {
        if (!frozen) to.destroy();
      });
    };
    pass(near, far);
    pass(far, near);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    freeze: () => {
      frozen = true;
    },
    cut: () => {
      for (const socket of sockets) socket.destroy();
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
