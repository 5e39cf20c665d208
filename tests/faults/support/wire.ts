import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';

/** What a connection does with bytes: `towards` is from the dialling side to the listening one. */
export type Mode = 'pass' | 'blackhole' | 'blackhole-towards' | 'blackhole-back';

/** A TCP relay in user land that can lose, delay and break, for machines whose kernel has no netem. */
export interface Wire {
  readonly port: number;
  /** From now on, for open and new connections. */
  mode(mode: Mode): void;
  /** Half of it each way. */
  delay(roundTripMs: number): void;
  /** RST on every open connection. */
  reset(): void;
  /** Forgets connections that carry nothing for so long, without telling either end, as a firewall's table does. */
  forgetIdleAfter(ms: number): void;
  /** Forgets the connections that are open: they lead nowhere any more, new ones pass. */
  forget(): void;
  /** Connections from now on lead to this port. */
  leadTo(port: number): void;
  open(): number;
  /** Bytes carried both ways, all connections together. */
  carried(): number;
  close(): Promise<void>;
}

/** Bytes that may be on their way in one direction of a delayed connection: more than window × round trip of any test. */
const MAX_DELAYED = 64 << 20;

export async function openWire(targetPort: number, host = '127.0.0.1'): Promise<Wire> {
  const sockets = new Set<Socket>();
  let target = targetPort;
  let mode: Mode = 'pass';
  let oneWayMs = 0;
  let idleMs = 0;
  let carried = 0;
  let forgottenUpTo = 0;
  let opened = 0;

  const carry = (from: Socket, to: Socket, isTowards: boolean, alive: () => boolean): void => {
    let waiting = 0;
    const swallows = (): boolean =>
      !alive() ||
      mode === 'blackhole' ||
      mode === (isTowards ? 'blackhole-towards' : 'blackhole-back');
    const write = (chunk: Buffer): void => {
      if (swallows() || to.destroyed) return;
      carried += chunk.length;
      if (!to.write(chunk)) {
        from.pause();
        to.once('drain', () => from.resume());
      }
    };
    from.on('data', (chunk: Buffer) => {
      if (swallows()) return;
      if (oneWayMs === 0) return write(chunk);
      waiting += chunk.length;
      if (waiting > MAX_DELAYED) from.pause();
      setTimeout(() => {
        waiting -= chunk.length;
        if (waiting <= MAX_DELAYED && from.isPaused()) from.resume();
        write(chunk);
      }, oneWayMs);
    });
    from.on('close', () => {
      // A blackhole swallows FIN and RST as well.
      if (!swallows()) setTimeout(() => to.destroy(), oneWayMs);
    });
  };

  const server = net.createServer((near) => {
    const far = net.connect(target, host);
    const number = (opened += 1);
    let forgotten = false;
    let timer: NodeJS.Timeout | null = null;
    const touch = (): void => {
      if (idleMs === 0) return;
      if (timer !== null) clearTimeout(timer);
      timer = setTimeout(() => (forgotten = true), idleMs);
    };
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      socket.on('data', touch);
      socket.on('close', () => sockets.delete(socket));
    }
    const alive = (): boolean => !forgotten && number > forgottenUpTo;
    carry(near, far, true, alive);
    carry(far, near, false, alive);
    touch();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    mode: (next) => (mode = next),
    delay: (roundTripMs) => (oneWayMs = roundTripMs / 2),
    reset: () => {
      for (const socket of sockets) socket.resetAndDestroy();
    },
    forgetIdleAfter: (ms) => (idleMs = ms),
    forget: () => (forgottenUpTo = opened),
    leadTo: (port) => (target = port),
    open: () => sockets.size / 2,
    carried: () => carried,
    close: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}
