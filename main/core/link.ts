import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppError, toErrorInfo } from '../../common/errors/app-error.ts';
import type { Logger } from '../../common/domain/log.ts';
import { errorCode } from '../../common/http2/errors.ts';
import {
  createGateway,
  type Gateway,
  type GatewayOptions,
  type ServiceEditor,
} from '../../gateway/index.ts';
import type { Exclusive } from './api/exclusive.ts';
import type { Closers } from './closers.ts';
import { createCoreEgress } from './egress/egress.ts';
import type { ConfigFile, LayeredStores } from './config/index.ts';
import type { TunnelConfig } from './config/tunnel-config.ts';
import { gatewayConfig } from './state/gateway-config.ts';
import type { IdentityKeeper } from './state/identity.ts';
import { openIdentitySource, type IdentitySource } from './state/identity-source.ts';
import { isSameWay, wayOf } from './state/reach.ts';
import {
  createTunnel,
  type Dialer,
  type HealthOptions,
  type LinkWay,
  type Tunnel,
} from './tunnel/index.ts';
import type { CoreOptions } from './types.ts';

export interface LinkOptions {
  readonly options: CoreOptions;
  readonly stores: LayeredStores;
  /** As the program was started with it. */
  readonly file: ConfigFile | null;
  /** The `config.yaml` that is in force. */
  readonly tunnelConfig: () => TunnelConfig | null;
  readonly identity: IdentityKeeper;
  /** Stores published services for the management API. */
  readonly services: ServiceEditor;
  readonly exclusive: Exclusive;
  readonly logOf: (module: string) => Logger;
  readonly closers: Closers;
  /** Milliseconds that closing may still take. */
  readonly drainLeft: () => number;
  /** The tunnel, or who this device is, changed. */
  readonly changed: () => void;
}

/** The two halves of the program that carry messages. */
export interface Link {
  readonly tunnel: Tunnel;
  /** Who this device is to each relay, in the order of preference. */
  readonly identities: IdentitySource;
  /** How a relay is dialled now. */
  readonly dialer: Dialer;
  readonly gateway: Gateway;
  /**
   * Puts another `config.yaml` in force; connections that it makes different are replaced without losing a request. Throws
   * CONFIG_INVALID and changes nothing where the certificates that it names do not fit.
   */
  readonly adoptTunnelConfig: (
    next: TunnelConfig | null,
    before: TunnelConfig | null,
  ) => Promise<void>;
  /** A `config.toml` is in force that may name another path for health checks. */
  readonly adoptFile: (next: ConfigFile) => void;
}

/**
 * Starts the gateway and joins it to the tunnel: requests of the tunnel go to the gateway, messages of the gateway leave through
 * the tunnel. Nothing is dialled yet. Throws `PORT_IN_USE`, `STORE_UNAVAILABLE`.
 */
export async function createLink({
  options,
  stores,
  file,
  tunnelConfig,
  identity,
  services,
  exclusive,
  logOf,
  closers,
  drainLeft,
  changed,
}: LinkOptions): Promise<Link> {
  const log = logOf('core');
  // Each needs the other; the tunnel opens nothing before connect().
  let gateway: Gateway | undefined;
  const wayBy = (config: TunnelConfig | null): LinkWay =>
    wayOf(config, options.host, options.env ?? process.env, file?.tunnel.endpoint);
  let reach = wayBy(tunnelConfig());
  let healthPath = file?.tunnel.health_check;
  const retry = file?.tunnel.retry_interval;
  const identities = await openIdentitySource({
    keeper: identity,
    config: tunnelConfig(),
    onChange: () => tunnel.setIdentities(identities.list()),
    log: logOf('tunnel'),
  });
  closers.add('identities', () => identities.stop());
  const tunnel: Tunnel = createTunnel({
    log: logOf('tunnel'),
    ...reach,
    health: healthOf(tunnelConfig(), healthPath),
    untrustedSince: (at) => identity.untrustedSince(at),
    version: options.version,
    handleStream: (stream, headers, body) => {
      if (gateway === undefined) stream.close(errorCode.REFUSED_STREAM);
      else gateway.handleStream(stream, headers, body);
    },
    onChange: changed,
    onIdentity: (renewed) =>
      exclusive(async () => {
        // Forgotten or enrolled anew in the meantime: the old identity must not come back.
        if (identity.list().every(({ deviceId }) => deviceId !== renewed.deviceId)) return;
        await identity.save(renewed);
        changed();
      }),
    ...(retry === undefined ? {} : { timing: { backoffBase: retry } }),
    ...(options.now === undefined ? {} : { now: options.now }),
  });
  let stopped: Promise<void> | undefined;
  const stopTunnel = (): Promise<void> => (stopped ??= tunnel.stop(drainLeft()));
  closers.add('tunnel', stopTunnel);
  const way = createCoreEgress({
    relay: tunnel.egress,
    enrolled: () => identities.list().length > 0,
    online: () => tunnel.view().state.phase === 'online',
  });
  closers.add('egress', () => way.close());

  const gatewayDir = await messagesDir(options, file, closers);
  const started = await startGateway(
    {
      dataDir: gatewayDir,
      config: gatewayConfig(stores, file),
      log: logOf('gateway'),
      egress: way.egress,
      version: options.version,
      services,
      ...(options.now === undefined ? {} : { now: options.now }),
    },
    options.managementListen ?? fileListen(file),
    stores.settings.read().managementPort,
    log,
  );
  gateway = started;
  closers.add('gateway', () => started.close(drainLeft()));
  // Before the gateway, so that the relay sends nothing more while requests under way are finished.
  closers.add('tunnel', stopTunnel);
  tunnel.setIdentities(identities.list());
  return {
    tunnel,
    gateway: started,
    identities,
    dialer: (endpoint, signal) => reach.dialer(endpoint, signal),
    adoptTunnelConfig: async (next, before) => {
      const adopt = await identities.prepare(next);
      adopt();
      if (!isSameWay(next, before)) {
        reach = wayBy(next);
        tunnel.setWay(reach);
      }
      tunnel.setHealth(healthOf(next, healthPath));
      tunnel.setIdentities(identities.list());
    },
    adoptFile: ({ tunnel: { health_check: path } }) => {
      if (path === healthPath) return;
      healthPath = path;
      tunnel.setHealth(healthOf(tunnelConfig(), healthPath));
    },
  };
}

/** Where messages are stored; for a command that must not touch them, a place that goes with it. */
async function messagesDir(
  { dataDir, enrolOnly }: CoreOptions,
  file: ConfigFile | null,
  closers: Closers,
): Promise<string> {
  if (enrolOnly === true) {
    const aside = await mkdtemp(join(tmpdir(), 'causeway-'));
    closers.add('messages', () => rm(aside, { recursive: true, force: true }));
    return aside;
  }
  const dir = file?.storage.path ?? join(dataDir, 'gateway');
  await mkdir(dir, { recursive: true, mode: 0o700 });
  return dir;
}

/** How links are checked; `path` is `config.toml`'s. */
function healthOf(config: TunnelConfig | null, path: string | undefined): Partial<HealthOptions> {
  const { intervalMs, retries, failures, path: own } = config?.healthCheck ?? {};
  return {
    ...(own == null ? (path === undefined ? {} : { path }) : { path: own }),
    ...(intervalMs == null ? {} : { intervalMs }),
    ...(retries == null ? {} : { retries }),
    ...(failures == null ? {} : { failures }),
  };
}

/** A port that a file asks for has to be free, like one of the command line. */
function fileListen(file: ConfigFile | null): CoreOptions['managementListen'] {
  const { host, port } = file?.security.admin_listen ?? { host: '127.0.0.1', port: undefined };
  const wanted = file?.server.port ?? port;
  return wanted === undefined ? undefined : { host, port: wanted };
}

/**
 * Listens where the host says, or on the settings' port on loopback. A port that was asked for on the command line has to be
 * free. The settings' port gives way to any free one: callbacks come through the tunnel and do not need it, and an operator
 * can only choose another in a console that has started.
 */
async function startGateway(
  options: Omit<GatewayOptions, 'listen'>,
  listen: CoreOptions['managementListen'],
  settingsPort: number,
  log: Logger,
): Promise<Gateway> {
  if (listen !== undefined) return createGateway({ ...options, listen });
  const host = '127.0.0.1';
  try {
    return await createGateway({ ...options, listen: { host, port: settingsPort } });
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'PORT_IN_USE') throw error;
    const gateway = await createGateway({ ...options, listen: { host, port: 0 } });
    log.warn(
      { ...toErrorInfo(error), address: gateway.address },
      'the management port is taken; listening on a free one',
    );
    return gateway;
  }
}
