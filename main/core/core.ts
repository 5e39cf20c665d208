import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { CONTRACT_VERSION, type AppInfo } from '../../common/contract/api.ts';
import { silentLogger, type Logger } from '../../common/domain/log.ts';
import { defaultSettings } from '../../common/domain/settings.ts';
import { makeApiKey } from './api-key.ts';
import { botHandlers } from './api/bots.ts';
import { routeHandlers } from './api/routes.ts';
import { targetHandlers } from './api/targets.ts';
import { createDispatcher, type Handlers } from './api/dispatcher.ts';
import { createExclusive } from './api/exclusive.ts';
import { historyHandlers } from './api/history.ts';
import { settingsHandlers } from './api/settings.ts';
import { offeredCapabilities, shellHandlers } from './api/shell.ts';
import { tunnelHandlers } from './api/tunnel.ts';
import { createClosers, type Closers } from './closers.ts';
import { createLink } from './link.ts';
import { createLogs, type Logs } from './logs/index.ts';
import { openStores } from './settings/index.ts';
import { lockDirectory } from './settings/lock.ts';
import { createAssembler } from './state/assemble.ts';
import { gatewayConfig } from './state/gateway-config.ts';
import { deviceFacts } from './state/device-facts.ts';
import { createIdentityKeeper } from './state/identity.ts';
import { createIdentityRequests } from './state/identity-request.ts';
import { coreMetrics } from './state/metrics.ts';
import { createTopics } from './state/topics.ts';
import { enrol, pickUp, type DeviceIdentity } from './tunnel/index.ts';
import type { Caller, Core, CoreOptions } from './types.ts';

/** Time that requests under way have when the program ends. */
const DRAIN_MS = 10_000;

/**
 * Starts the on-prem program on a data directory, which is its own until {@link Core.stop} resolves.
 * Throws `DATA_DIR_IN_USE`, `SETTINGS_CORRUPT`, `SETTINGS_FROM_FUTURE`, `PORT_IN_USE` and then leaves nothing open.
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
    closers.add('log', () => logs.close());
    log = logs.logger.child({ module: 'core' });
    return await startCore(options, logs, closers);
  } catch (error) {
    await closers.run(log);
    throw error;
  }
}

async function startCore(options: CoreOptions, logs: Logs, closers: Closers): Promise<Core> {
  const { host, version } = options;
  const now = options.now ?? Date.now;
  const logOf = (module: string): Logger => logs.logger.child({ module });
  const log = logOf('core');
  let drainUntil = 0;
  let changed = (): void => undefined;

  const stores = await openStores(options.dataDir, options.secrets, logOf('settings'));
  closers.add('settings', () => stores.close());
  const settings = stores.settings.read();
  logs.setLevel(settings.logLevel);
  const identity = createIdentityKeeper(stores);
  const exclusive = createExclusive();
  const { tunnel, gateway } = await createLink({
    options,
    stores,
    identity,
    exclusive,
    logOf,
    closers,
    drainLeft: () => Math.max(0, drainUntil - Date.now()),
    changed: () => changed(),
  });

  const adopt = async (enrolled: DeviceIdentity): Promise<void> => {
    await identity.save(enrolled);
    tunnel.setIdentity(enrolled);
    tunnel.connect();
    changed();
  };
  const facts = deviceFacts(version);
  const requests = createIdentityRequests({
    stores,
    facts,
    pickUp,
    adopt,
    exclusive,
    changed: () => changed(),
    log: logOf('tunnel'),
    now,
  });
  closers.add('enrolment', () => requests.stop());

  const locked: Readonly<Record<string, string>> =
    options.managementListen === undefined ? {} : { managementPort: '--management' };
  const assemble = createAssembler({
    stores,
    identity,
    tunnel,
    requests,
    gateway,
    locked,
    practice: options.practice ?? null,
  });
  const topics = createTopics(assemble, gateway, logs, log);
  closers.add('topics', () => topics.stop());
  gateway.addMetrics(() => Promise.resolve(coreMetrics(assemble(), tunnel.stats())));
  changed = () => topics.feed.touchNow();
  const applied = (): void => {
    gateway.reconfigure(gatewayConfig(stores));
    changed();
  };

  const createKey = (
    id: string,
    scopes: readonly ('read' | 'send' | 'admin')[],
    target?: string,
  ): string => {
    const { key, hash } = makeApiKey();
    const bound = target === undefined ? {} : { target };
    stores.apiKeys.save({ id, hash, scopes: [...scopes], ...bound }, now());
    applied();
    log.info({ id, scopes: scopes.join(' '), ...bound }, 'management API key made');
    return key;
  };

  const offered = offeredCapabilities(host);
  const info: AppInfo = {
    version,
    contract: CONTRACT_VERSION,
    capabilities: [...offered],
    systemLocale: options.systemLocale,
    dataDir: options.dataDir,
  };
  const handlers: Handlers = {
    'app.info': (_input, caller) => ({
      ...info,
      capabilities: info.capabilities.filter((capability) => caller.has.has(capability)),
    }),
    'state.get': () => topics.feed.snapshot(),
    ...tunnelHandlers({
      tunnel,
      identity,
      enrol,
      adopt,
      requests,
      facts,
      exclusive,
      changed,
      log: logOf('tunnel'),
    }),
    ...botHandlers({ stores, exclusive, applied, log: logOf('settings') }),
    ...targetHandlers({
      stores,
      exclusive,
      applied,
      createKey: (id, target) => createKey(id, ['send'], target),
      log: logOf('settings'),
    }),
    ...routeHandlers({ stores, exclusive, applied, log: logOf('settings') }),
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

  requests.start();
  if (settings.connectOnStart && identity.current() !== null) tunnel.connect();
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
    wake: () => tunnel.wake(),
    stop: (drainMs = DRAIN_MS) => (stopping ??= stop(drainMs)),
    info,
  };
}

/** Waits for `work`, but not longer than `ms`. */
async function withinMs(work: Promise<unknown>, ms: number): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  await Promise.race([work, late]);
  clearTimeout(timer);
}
