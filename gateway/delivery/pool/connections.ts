import { isIP } from 'node:net';
import { buildConnector, Client, Pool } from 'undici';
import { addressRefused, ruledLookup, type NetworkRule } from './network-rule.ts';

/** How many connections a target may have; `[connection_pool]` of the configuration. */
export interface PoolPolicy {
  /** Idle connections that are kept; more are closed within half a second, with 0 at once. */
  readonly maxIdle: number;
  /** Connections in all; requests beyond wait. */
  readonly maxOpen: number;
  /** After how long an idle connection is closed, milliseconds. */
  readonly idleTimeoutMs: number;
}

export const defaultPoolPolicy: PoolPolicy = {
  maxIdle: 50,
  maxOpen: 200,
  idleTimeoutMs: 30 * 60_000,
};

const CONNECT_MS = 3_000;
/** How long a connection beyond `maxIdle` has to lie unused before it goes; under load most are idle for moments only. */
const SURPLUS_MS = 250;

/** The connections to one target's origin. */
export interface Connections {
  readonly pool: Pool;
  /** To be called whenever a request is over: sees to it that what is idle beyond the policy is closed. */
  trim(): void;
  figures(): { open: number; idle: number; busy: number; pending: number };
  /** Resolves when what is in flight has ended. */
  close(): Promise<void>;
  destroy(): Promise<void>;
}

interface Connection {
  readonly bytesWritten: number;
  destroy(): unknown;
}

/** Opens nothing yet. `rule` is asked about the address of every connection, when it is made. */
export function createConnections(
  origin: string,
  policy: PoolPolicy,
  rule: NetworkRule,
): Connections {
  const open = new Map<Client, Connection>();
  /** What each surplus connection had written when it was last looked at. */
  const written = new WeakMap<Connection, number>();
  let trimming: NodeJS.Timeout | undefined;

  const connect = buildConnector({
    timeout: CONNECT_MS,
    allowH2: false,
    lookup: ruledLookup(rule),
  });
  const guarded: buildConnector.connector = (options, callback) => {
    const host = options.hostname.replaceAll(/^\[|\]$/g, '');
    // Node resolves names only: an address is connected to as it is.
    if (isIP(host) !== 0 && !rule(host)) callback(addressRefused(), null);
    else connect(options, callback);
  };
  const pool = new Pool(origin, {
    connections: policy.maxOpen,
    keepAliveTimeout: policy.idleTimeoutMs,
    keepAliveMaxTimeout: policy.idleTimeoutMs,
    // Each call has a deadline of its own.
    headersTimeout: 0,
    bodyTimeout: 0,
    factory(url, options) {
      let client: Client;
      const remember: buildConnector.connector = (target, callback) =>
        guarded(target, (...result) => {
          const [error, socket] = result;
          if (error === null && socket !== null) {
            open.set(client, socket);
            socket.once('close', () => {
              if (open.get(client) === socket) open.delete(client);
            });
          }
          callback(...result);
        });
      client = new Client(url, { ...options, connect: remember });
      return client;
    },
  });

  function idle(): Connection[] {
    return [...open].filter(([client]) => client.stats.size === 0).map(([, socket]) => socket);
  }

  /** The newest go first: the pool fills its oldest clients before the others. */
  function closeSurplus(): void {
    trimming = undefined;
    let watched = false;
    for (const socket of idle().slice(policy.maxIdle)) {
      if (policy.maxIdle === 0 || written.get(socket) === socket.bytesWritten) {
        socket.destroy();
        continue;
      }
      written.set(socket, socket.bytesWritten);
      watched = true;
    }
    if (watched) trim();
  }

  function trim(): void {
    if (open.size <= policy.maxIdle) return;
    trimming ??= setTimeout(closeSurplus, policy.maxIdle === 0 ? 0 : SURPLUS_MS).unref();
  }

  return {
    pool,
    trim,
    figures() {
      const free = idle().length;
      return { open: open.size, idle: free, busy: open.size - free, pending: pool.stats.pending };
    },
    close: () => pool.close(),
    destroy() {
      clearTimeout(trimming);
      return pool.destroy();
    },
  };
}
