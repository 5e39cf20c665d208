import { isIP } from 'node:net';
import { buildConnector, Client, Pool } from 'undici';
import { addressRefused, ruledLookup, type NetworkRule } from './network-rule.ts';

/** How many connections a target may have; `[connection_pool]` of the configuration. */
export interface PoolPolicy {
  /** Idle connections that are kept; more are closed at once. */
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

/** The connections to one target's origin. */
export interface Connections {
  readonly pool: Pool;
  /** To be called whenever a request is over: closes what is idle beyond the policy. */
  trim(): void;
  figures(): { open: number; idle: number; busy: number; pending: number };
  /** Resolves when what is in flight has ended. */
  close(): Promise<void>;
  destroy(): Promise<void>;
}

/** Opens nothing yet. `rule` is asked about the address of every connection, when it is made. */
export function createConnections(
  origin: string,
  policy: PoolPolicy,
  rule: NetworkRule,
): Connections {
  const open = new Map<Client, { destroy(): unknown }>();
  let trimming: NodeJS.Immediate | undefined;

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

  function idle(): { destroy(): unknown }[] {
    return [...open].filter(([client]) => client.stats.size === 0).map(([, socket]) => socket);
  }

  /** The newest go first: the pool fills its oldest clients before the others. */
  function closeSurplus(): void {
    trimming = undefined;
    for (const socket of idle().slice(policy.maxIdle)) socket.destroy();
  }

  return {
    pool,
    trim() {
      trimming ??= setImmediate(closeSurplus);
    },
    figures() {
      const free = idle().length;
      return { open: open.size, idle: free, busy: open.size - free, pending: pool.stats.pending };
    },
    close: () => pool.close(),
    destroy: () => pool.destroy(),
  };
}
