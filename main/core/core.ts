import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { CONTRACT_VERSION, type AppInfo } from '../../common/contract/api.ts';
import { silentLogger, type Logger } from '../../common/domain/log.ts';
import { defaultSettings } from '../../common/domain/settings.ts';
import { createKeyMaker } from './api-key.ts';
import { botHandlers } from './api/bots.ts';
import { routeHandlers } from './api/routes.ts';
import { serviceChanges } from './api/services.ts';
import { targetHandlers } from './api/targets.ts';
import { createDispatcher, type Handlers } from './api/dispatcher.ts';
import { createUploads } from './api/uploads.ts';
import { createExclusive } from './api/exclusive.ts';
import { historyHandlers } from './api/history.ts';
import { settingsHandlers } from './api/settings.ts';
import { offeredCapabilities, shellHandlers } from './api/shell.ts';
import { tunnelHandlers } from './api/tunnel.ts';
import type { ServiceEditor } from '../../gateway/index.ts';
import { createClosers, withinMs, type Closers } from './closers.ts';
import { lockedByTunnelConfig, pickupRelay } from './config/tunnel-config.ts';
import { createLink } from './link.ts';
import { createLogs, type Logs } from './logs/index.ts';
import { keepConfigFiles, readFirstConfig, type FirstConfig } from './config/files.ts';
import { checkReferences, layerConfig } from './config/index.ts';
import { outputsOf } from './config/log-outputs.ts';
import { replayHandlers } from './api/replay.ts';
import { rotationHandlers } from './api/rotation.ts';
import { openStores } from './settings/index.ts';
import { lockDirectory } from './settings/lock.ts';
import { createAssembler } from './state/assemble.ts';
import { gatewayConfig } from './state/gateway-config.ts';
import { deviceFacts } from './state/device-facts.ts';
import { createIdentityKeeper } from './state/identity.ts';
import { createIdentityRequests } from './state/identity-request.ts';
import { coreMetrics } from './state/metrics.ts';
import { createRelayTrust } from './state/relay-trust.ts';
import { createTopics } from './state/topics.ts';
import { serviceViews } from './state/views.ts';
import { enrol, pickUp, type DeviceIdentity } from './tunnel/index.ts';
import type { Caller, Core, CoreOptions } from './types.ts';

/** Time that requests under way have when the program ends. */
const DRAIN_MS = 10_000;

/**
 * Starts the on-prem program on a data directory, which is its own until {@link Core.stop} resolves.
 * Throws `CONFIG_INVALID`, `DATA_DIR_IN_USE`, `SETTINGS_CORRUPT`, `SETTINGS_FROM_FUTURE`, `PORT_IN_USE` and then leaves nothing open.
 */
export async function createCore(options: CoreOptions): Promise<Core> {
  // Before anything is touched: nothing starts half configured.
  const first = readFirstConfig(options, options.env ?? process.env);
  const file = first.gateway;
  await mkdir(options.dataDir, { recursive: true, mode: 0o700 });
  const closers = createClosers();
  let log: Logger = silentLogger;
  try {
    const lock = lockDirectory(options.dataDir);
    closers.add('lock', () => lock.release());
    const outputs = outputsOf(file, (failing, path) => {
      if (failing) log.error({ file: path }, 'a log output cannot be written');
      else log.warn({ file: path }, 'a log output is written again');
    });
    closers.add('log outputs', async () => outputs?.flushFiles());
    const stream = outputs ?? options.logStream;
    const logs = createLogs({
      dir: join(options.dataDir, 'logs'),
      level: file?.logging.level ?? defaultSettings.logLevel,
      ...(stream === undefined ? {} : { stream }),
    });
    closers.add('log', () => logs.close());
    log = logs.logger.child({ module: 'core' });
    return await startCore(options, first, logs, closers);
  } catch (error) {
    await closers.run(log);
    throw error;
  }
}

async function startCore(
  options: CoreOptions,
  first: FirstConfig,
  logs: Logs,
  closers: Closers,
): Promise<Core> {
  const { host, version } = options;
  const now = options.now ?? Date.now;
  const logOf = (module: string): Logger => logs.logger.child({ module });
  const log = logOf('core');
  let drainUntil = 0;
  let changed = (): void => undefined;

  const stored = await openStores(options.dataDir, options.secrets, logOf('settings'));
  closers.add('settings', () => stored.close());
  if (first.gateway !== null) checkReferences(first.gateway, stored);
  const exclusive = createExclusive();
  const config = keepConfigFiles({
    places: options,
    env: options.env ?? process.env,
    first,
    check: (next) => checkReferences(next, stored),
    applyGateway: (next) => {
      applied();
      adoptFile(next);
      logs.setLevel(stores.settings.read().logLevel);
    },
    applyTunnel: (next, before) => adoptTunnelConfig(next, before),
    onChange: () => changed(),
    exclusive,
    log,
    now,
    lookMs: options.configLookMs,
  });
  const stores = layerConfig(stored, config.gateway);
  const settings = stores.settings.read();
  logs.setLevel(settings.logLevel);
  const identity = createIdentityKeeper(stores);
  const services: ServiceEditor = {
    list: () => serviceViews(stores, gateway.serviceFigures()),
    ...serviceChanges({ stores, exclusive, applied: () => applied(), log: logOf('settings') }),
  };
  const link = await createLink({
    services,
    options,
    stores,
    file: first.gateway,
    tunnelConfig: config.tunnel,
    identity,
    exclusive,
    logOf,
    closers,
    drainLeft: () => Math.max(0, drainUntil - Date.now()),
    changed: () => changed(),
  });
  const { tunnel, gateway, identities, dialer, adoptFile, adoptTunnelConfig } = link;

  const adopt = async (enrolled: DeviceIdentity): Promise<void> => {
    await identity.save(enrolled);
    tunnel.setIdentities(identities.list());
    if (options.enrolOnly !== true) tunnel.connect();
    changed();
  };
  const facts = deviceFacts(version);
  const requests = createIdentityRequests({
    stores,
    facts,
    pickUp: (input) => pickUp({ ...input, dialer }),
    adopt,
    exclusive,
    changed: () => changed(),
    log: logOf('tunnel'),
    now,
  });
  closers.add('enrolment', () => requests.stop());

  const { managementListen } = options;
  const locked = (): Readonly<Record<string, string>> => ({
    ...stores.lockedSettings(),
    ...(managementListen === undefined ? {} : { managementPort: '--management' }),
    ...lockedByTunnelConfig(config.tunnel()),
  });
  const assemble = createAssembler({
    stores,
    identities,
    tunnel,
    requests,
    gateway,
    locked,
    files: config.views,
    practice: options.practice ?? null,
  });
  const topics = createTopics(assemble, gateway, logs, log);
  closers.add('topics', () => topics.stop());
  gateway.addMetrics(() =>
    Promise.resolve(coreMetrics(assemble(), tunnel.stats(), tunnel.linkStats())),
  );
  changed = () => topics.feed.touchNow();
  const learnTrust = createRelayTrust({
    problems: () => gateway.view().problems,
    links: () => tunnel.view().links ?? [],
    identity,
    onChange: () => tunnel.reconsider(),
    now,
  });
  closers.add('trust', gateway.onMessage(learnTrust));
  const applied = (): void => {
    gateway.reconfigure(gatewayConfig(stores, config.gateway()));
    changed();
  };
  const createKey = createKeyMaker({ stores, now, applied, log });

  const offered = offeredCapabilities(host);
  const info: AppInfo = {
    version,
    contract: CONTRACT_VERSION,
    capabilities: [...offered],
    systemLocale: options.systemLocale,
    dataDir: options.dataDir,
  };
  const uploads = createUploads(gateway);
  closers.add('uploads', () => uploads.stop());
  const handlers: Handlers = {
    'app.info': (_input, caller) => ({
      ...info,
      capabilities: info.capabilities.filter((capability) => caller.has.has(capability)),
    }),
    'state.get': () => topics.feed.snapshot(),
    ...tunnelHandlers({
      tunnel,
      identity,
      identities,
      enrol: (input) => enrol({ ...input, dialer }),
      adopt,
      requests,
      pickupRelay: () => pickupRelay(config.tunnel()),
      orderFrom: () => locked()['tunnel.relays'] ?? null,
      facts,
      exclusive,
      changed,
      log: logOf('tunnel'),
    }),
    ...botHandlers({ stores, exclusive, applied, log: logOf('settings') }),
    ...rotationHandlers({ stores, exclusive, applied, log: logOf('settings') }),
    ...replayHandlers(gateway, logOf('console')),
    ...targetHandlers({
      stores,
      exclusive,
      applied,
      createKey: (id, target) => createKey(id, ['send'], target),
      log: logOf('settings'),
    }),
    ...routeHandlers({ stores, exclusive, applied, log: logOf('settings') }),
    'services.list': () => ({ services: services.list() }),
    'services.save': (service) => services.save(service),
    'services.remove': ({ id }) => services.remove(id),
    ...historyHandlers(gateway, logs, logOf('console')),
    ...settingsHandlers({
      store: stores.settings,
      locked,
      setLoginItem: host.setLoginItem,
      exclusive,
      applied: ({ logLevel }) => {
        logs.setLevel(logLevel);
        applied();
      },
      log: logOf('settings'),
    }),
    ...uploads.handlers,
    ...shellHandlers(host),
  };
  const dispatcher = createDispatcher({ handlers, offered, log: logOf('console') });
  const subscribe: Core['subscribe'] = (caller, name, listener) => {
    const admitted = dispatcher.admit(caller, name);
    const end = topics.hub.subscribe(admitted.topic, listener);
    return () => {
      end();
      admitted.release();
    };
  };
  const itself: Caller = { name: 'core', has: offered };

  closers.add('configuration files', await config.watch());
  requests.start();
  const isEnrolled = identities.list().length > 0;
  if (isEnrolled && settings.connectOnStart && options.enrolOnly !== true) tunnel.connect();
  log.info({ version, address: gateway.address }, 'started');

  const stop = async (drainMs: number): Promise<void> => {
    log.info({ drainMs }, 'stopping');
    drainUntil = Date.now() + drainMs;
    const settled = Promise.all([dispatcher.close(), exclusive(() => undefined)]);
    await withinMs(settled, drainMs);
    await closers.run(log);
  };
  let stopping: Promise<void> | undefined;
  return {
    dispatch: (caller, name, input) => dispatcher.dispatch(caller, name, input),
    subscribe,
    local: {
      call: (name, input) => dispatcher.dispatch(itself, name, input),
      subscribe: (name, listener) => subscribe(itself, name, listener),
    },
    log: logs.logger,
    snapshot: () => topics.feed.snapshot(),
    gatewayAddress: gateway.address,
    createApiKey: (id, scopes) => exclusive(() => createKey(id, scopes)),
    reloadConfig: config.reload,
    wake: () => tunnel.wake(),
    stop: (drainMs = DRAIN_MS) => (stopping ??= stop(drainMs)),
    info,
  };
}
