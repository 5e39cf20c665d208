import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Transport } from '../../common/contract/client.ts';
import { CONTRACT_VERSION, type AppInfo } from '../../common/contract/api.ts';
import { silentLogger, type Logger } from '../../common/domain/log.ts';
import { defaultSettings } from '../../common/domain/settings.ts';
import type { Gateway } from '../../gateway/index.ts';
import { botHandlers } from './api/bots.ts';
import { createDispatcher, type Handlers } from './api/dispatcher.ts';
import { createExclusive } from './api/exclusive.ts';
import { historyHandlers } from './api/history.ts';
import { COALESCE_MS, createHub } from './api/hub.ts';
import { settingsHandlers } from './api/settings.ts';
import { offeredCapabilities, shellHandlers } from './api/shell.ts';
import { tunnelHandlers } from './api/tunnel.ts';
import { makeApiKey } from './api-key.ts';
import { createClosers, type Closers } from './closers.ts';
import { createCoreEgress } from './egress/egress.ts';
import { startGateway } from './gateway-listen.ts';
import { createLogs } from './logs/index.ts';
import { openStores } from './settings/index.ts';
import { lockDirectory } from './settings/lock.ts';
import { createCertificateViews } from './state/certificates.ts';
import { createStateFeed, type SnapshotParts } from './state/feed.ts';
import { gatewayConfig } from './state/gateway-config.ts';
import { createIdentityKeeper } from './state/identity.ts';
import { coreMetrics } from './state/metrics.ts';
import { botViews, targetViews } from './state/views.ts';
import { createTunnelClient, enrol } from './tunnel/index.ts';
import type { Caller, Core, CoreOptions } from './types.ts';

/** How often figures that nobody announces (rates, health) are looked at while a console is open. */
const FIGURES_MS = 1_000;
/** Time that requests under way have when the program ends. */
const DRAIN_MS = 10_000;

/**
 * Starts the on-prem program on a data directory, which is its own until {@link Core.stop} resolves.
 * Throws `DATA_DIR_IN_USE`, `SETTINGS_CORRUPT`, `SETTINGS_FROM_FUTURE`, `PORT_IN_USE` and leaves nothing open.
 */
export async function createCore(options: CoreOptions): Promise<Core> {
  await mkdir(options.dataDir, { recursive: true, mode: 0o700 });
  const closers = createClosers();
  let log: Logger = silentLogger;
  try {
    const lock = lockDirectory(options.dataDir);
    closers.add('lock', () => lock.release());
    const logs = createLogs({
      dir: join(options.dataDir, 'logs'),
      level: defaultSettings.logLevel,
      ...(options.logStream === undefined ? {} : { stream: options.logStream }),
    });
    closers.add('logs', () => logs.close());
    log = logs.logger.child({ module: 'core' });
    return await assembleCore(options, closers, logs);
  } catch (error) {
    await closers.run(log);
    throw error;
  }
}

async function assembleCore(
  options: CoreOptions,
  closers: Closers,
  logs: ReturnType<typeof createLogs>,
): Promise<Core> {
  const { dataDir, host, version } = options;
  const now = options.now ?? Date.now;
  const log = logs.logger.child({ module: 'core' });
  const moduleLog = (module: string): Logger => logs.logger.child({ module });

  const stores = await openStores(dataDir, options.secrets, moduleLog('settings'));
  closers.add('settings', () => stores.close());
  const settings = stores.settings.read();
  logs.setLevel(settings.logLevel);
  const identity = createIdentityKeeper(stores);
  const exclusive = createExclusive();

  // Gateway and tunnel each need the other; the tunnel opens nothing before connect().
  let gateway: Gateway | undefined;
  let stateChanged = (): void => undefined;
  const tunnel = createTunnelClient({
    log: moduleLog('tunnel'),
    version,
    handleStream: (stream, headers) => {
      if (gateway === undefined) stream.close();
      else gateway.handleStream(stream, headers);
    },
    onChange: () => stateChanged(),
    onIdentity: (renewed) => {
      const saved = exclusive(async () => {
        // Forgotten or enrolled anew in the meantime: the old identity must not come back.
        if (identity.current()?.deviceId === renewed.deviceId) await identity.save(renewed);
      });
      saved.then(
        () => stateChanged(),
        (error: unknown) => log.error({ err: error }, 'a renewed certificate was not stored'),
      );
    },
  });
  tunnel.setIdentity(identity.current());
  const way = createCoreEgress({
    relay: tunnel.egress,
    enrolled: () => identity.current() !== null,
    online: () => tunnel.view().state.phase === 'online',
    loopbackOnly: options.practice !== undefined,
  });
  closers.add('egress', () => way.close());

  const gatewayDir = join(dataDir, 'gateway');
  await mkdir(gatewayDir, { recursive: true, mode: 0o700 });
  const started = await startGateway(
    {
      dataDir: gatewayDir,
      config: gatewayConfig(stores),
      log: moduleLog('gateway'),
      egress: way.egress,
      version,
      ...(options.now === undefined ? {} : { now: options.now }),
    },
    options.managementListen,
    settings.managementPort,
    log,
  );
  gateway = started;
  let drainUntil = 0;
  const drainLeft = (): number => Math.max(0, drainUntil - Date.now());
  closers.add('gateway', () => started.close(drainLeft()));
  closers.add('tunnel', () => tunnel.stop(drainLeft()));

  const locked: Readonly<Record<string, string>> =
    options.managementListen === undefined ? {} : { managementPort: '--management' };
  const certificates = createCertificateViews();
  const assemble = (): SnapshotParts => ({
    tunnel: tunnel.view(),
    certificates: certificates([
      ['device', identity.current()?.certificate],
      ['relay-ca', identity.current()?.ca],
      ['public', tunnel.publicCertificate()],
    ]),
    gateway: started.view(),
    bots: botViews(stores),
    targets: targetViews(stores, started.targetHealth()),
    settings: { values: stores.settings.read(), locked },
    practice: options.practice ?? null,
  });

  const hub = createHub(log);
  const feed = createStateFeed({
    assemble,
    publish: (patch) => hub.publish('state.changed', patch),
    intervalMs: COALESCE_MS,
  });
  stateChanged = () => feed.touchNow();
  const figures = setInterval(() => {
    if (hub.hasListeners('state.changed')) feed.touch();
  }, FIGURES_MS);
  figures.unref();
  const unsubscribe = [
    started.onMessage((row) => {
      hub.message(row);
      if (hub.hasListeners('state.changed')) feed.touch();
    }),
    logs.onEntry((entry) => hub.log(entry)),
  ];
  closers.add('topics', () => {
    clearInterval(figures);
    for (const end of unsubscribe) end();
    feed.stop();
    hub.stop();
  });
  started.addMetrics(() => Promise.resolve(coreMetrics(assemble())));

  const applied = (): void => {
    started.reconfigure(gatewayConfig(stores));
    feed.touchNow();
  };
  const offered = offeredCapabilities(host);
  const info: AppInfo = {
    version,
    contract: CONTRACT_VERSION,
    capabilities: [...offered],
    systemLocale: options.systemLocale,
    dataDir,
  };
  const handlers: Handlers = {
    'app.info': (_input, caller) => ({
      ...info,
      capabilities: info.capabilities.filter((capability) => caller.has.has(capability)),
    }),
    'state.get': () => feed.snapshot(),
    ...tunnelHandlers({
      tunnel,
      identity,
      enrol,
      exclusive,
      changed: () => feed.touchNow(),
      version,
      log: moduleLog('tunnel'),
    }),
    ...botHandlers({ stores, exclusive, applied, log: moduleLog('settings') }),
    ...historyHandlers(started, logs, moduleLog('console')),
    ...settingsHandlers({
      store: stores.settings,
      locked,
      setLoginItem: host.setLoginItem,
      exclusive,
      applied: (values) => {
        logs.setLevel(values.logLevel);
        applied();
      },
      log: moduleLog('settings'),
    }),
    ...shellHandlers(host),
  };
  const dispatcher = createDispatcher({ handlers, offered, log: moduleLog('console') });

  const subscribe: Core['subscribe'] = (caller, name, listener) => {
    const admitted = dispatcher.admit(caller, name);
    const end = hub.subscribe(admitted.topic, listener);
    return () => {
      end();
      admitted.release();
    };
  };
  const itself: Caller = { name: 'core', has: offered };
  const local: Transport = {
    call: (name, input) => dispatcher.dispatch(itself, name, input),
    subscribe: (name, listener) => subscribe(itself, name, listener),
  };

  if (settings.connectOnStart && identity.current() !== null) tunnel.connect();
  log.info({ version, address: started.address }, 'started');

  let stopping: Promise<void> | undefined;
  const stop = async (drainMs: number): Promise<void> => {
    drainUntil = Date.now() + drainMs;
    log.info({ drainMs }, 'stopping');
    await Promise.all([dispatcher.close(), exclusive(() => undefined)]);
    await closers.run(log);
  };
  return {
    dispatch: (caller, name, input) => dispatcher.dispatch(caller, name, input),
    subscribe,
    local,
    log: logs.logger,
    snapshot: () => feed.snapshot(),
    gatewayAddress: started.address,
    createApiKey: (id, scopes) =>
      exclusive(() => {
        const { key, hash } = makeApiKey();
        stores.apiKeys.save({ id, hash, scopes: [...scopes] }, now());
        applied();
        return key;
      }),
    wake: () => tunnel.wake(),
    stop: (drainMs = DRAIN_MS) => (stopping ??= stop(drainMs)),
    info,
  };
}
