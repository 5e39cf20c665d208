import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ListenOn {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
}

/** Listens, and resolves with the base address. Rejects with the system's error where the port is taken. */
export async function listen(server: Server, on: ListenOn): Promise<{ address: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen({ host: on.host, port: on.port }, resolve);
  await promise;
  server.off('error', reject);
  const { port } = server.address() as AddressInfo;
  return { address: `http://${on.host}:${port}` };
}

/** Stops listening and ends every connection. */
export async function closeServer(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  server.closeAllConnections();
  await promise;
}

/** Starts something on the wanted port, or on a free one where that is taken or gone. */
export async function onPort<T>(wanted: number, start: (port: number) => Promise<T>): Promise<T> {
  if (wanted === 0) return start(0);
  try {
    return await start(wanted);
  } catch (error) {
    if (!isPortTaken(error)) throw error;
    return start(0);
  }
}

function isPortTaken(error: unknown): boolean {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'EADDRINUSE' || code === 'EACCES' || code === 'PORT_IN_USE';
}
