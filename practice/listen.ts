import { createServer, type Server } from 'node:http';
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

/**
 * The wanted port if nothing has it now, else 0. Asked for each port before anything starts, so that one that was taken since
 * the last time moves alone.
 */
export async function portOrFree(host: string, wanted: number): Promise<number> {
  if (wanted === 0) return 0;
  const probe = createServer();
  try {
    await listen(probe, { host, port: wanted });
    return wanted;
  } catch {
    return 0;
  } finally {
    await closeServer(probe);
  }
}
