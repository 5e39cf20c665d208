// Many public connections in a process of its own, so that file descriptors and CPU are not the relay's. Started by `processes.ts`.
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import net from 'node:net';
import tls, { type TLSSocket } from 'node:tls';
import type { CrowdProgramOptions } from './processes.ts';

/** Handshakes at the same time. */
const AT_ONCE = 32;
/** Connections of one source address; a relay takes 1,000 of one. */
const OF_ONE_ADDRESS = 900;

const options = JSON.parse(await readFile(process.argv[2] ?? '', 'utf8')) as CrowdProgramOptions;
const sockets = new Set<TLSSocket>();
const answers = new Map<string, number>();
let session: Buffer | undefined;

/** One connection that asks once, and then lies idle. */
async function join(index: number): Promise<void> {
  const socket = tls.connect({
    socket: net.connect({
      host: '127.0.0.1',
      port: options.port,
      localAddress: `127.0.${options.network}.${1 + Math.floor(index / OF_ONE_ADDRESS)}`,
    }),
    ca: options.ca,
    servername: options.host,
    ALPNProtocols: ['http/1.1'],
    session,
  });
  socket.once('session', (ticket: Buffer) => (session ??= ticket));
  try {
    await once(socket, 'secureConnect');
    socket.write(`GET /crowd/${index} HTTP/1.1\r\nHost: ${options.host}\r\n\r\n`);
    const [head] = (await once(socket, 'data')) as [Buffer];
    count(head.toString('latin1', 9, 12));
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', () => undefined);
    socket.once('close', () => sockets.delete(socket));
  } catch (error) {
    count(error instanceof Error && 'code' in error ? String(error.code) : 'broken off');
    socket.destroy();
  }
}

function count(name: string): void {
  answers.set(name, (answers.get(name) ?? 0) + 1);
}

async function joinAll(): Promise<void> {
  let next = 0;
  const line = async (): Promise<void> => {
    while (next < options.connections) {
      const index = next;
      next += 1;
      await join(index);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, line));
}

const calls: Record<string, () => unknown> = {
  join: async () => {
    await joinAll();
    return Object.fromEntries(answers);
  },
  open: () => sockets.size,
  leave: () => {
    for (const socket of sockets) socket.destroy();
  },
};
process.on('message', (message: { id: number; call: string }) => {
  void Promise.resolve(calls[message.call]?.()).then((value) =>
    process.send?.({ id: message.id, value }),
  );
});
process.on('disconnect', () => process.exit(0));
process.send?.({ ready: {} });
