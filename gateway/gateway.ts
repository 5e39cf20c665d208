import type { MessageRow } from '../common/domain/history.ts';
import { AppError } from '../common/errors/app-error.ts';
import { createApi } from './api.ts';
import { createCourier } from './delivery/courier.ts';
import { startRedelivery } from './delivery/redelivery.ts';
import { createLanes } from './delivery/lanes.ts';
import { defaultPolicies } from './delivery/balancing/policies.ts';
import type { Routing } from './delivery/routing/routing.ts';
import { createAddressGuard } from './delivery/pool/address-guard.ts';
import { createTargetPool } from './delivery/target-pool.ts';
import { gatewayView, healthAnswer, healthOf } from './gateway-view.ts';
import { observeGateway } from './gauges.ts';
import { indexConfig } from './indexed-config.ts';
import { retentionPolicy, startRetention } from './inbox/retention.ts';
import { inboundRow } from './inbox/rows.ts';
import { openSqliteStore } from './inbox/sqlite-store.ts';
import { createAdmission } from './ingress/admission.ts';
import { createCallbackSources } from './ingress/callback-sources.ts';
import { createQuietLog } from './ingress/quiet-log.ts';
import { createHitCounter } from './ingress/credential-hits.ts';
import { createLateReplies } from './ingress/late-replies.ts';
import { createInboundMedia } from './media/inbound-media.ts';
import { createReplays } from './replay/replays.ts';
import { createPipeline } from './ingress/pipeline.ts';
import { createTunnelDoor } from './ingress/tunnel-door.ts';
import { createAuthorize } from './management/keys.ts';
import type { Health } from './management/schemas.ts';
import { startManagement } from './management/server.ts';
import { createExposition } from './metrics/exposition.ts';
import { createMetrics } from './metrics/metrics.ts';
import { createStatistics } from './metrics/statistics.ts';
import { createUpstreamMetrics } from './metrics/upstream.ts';
import { createSender, SEND_TIMEOUT_MS } from './sending/sender.ts';
import { createPublisher } from './publish/publisher.ts';
import { createRowFeed } from './row-feed.ts';
import { shutDown, type ShutdownParts } from './shutdown.ts';
import { SUBSCRIBE_PATH } from './subscribers/limits.ts';
import { createStreams } from './streams/streams.ts';
import { createSubscribers } from './subscribers/subscribers.ts';
import { createTargetSockets } from './subscribers/target-sockets.ts';
import type { Gateway, GatewayOptions } from './types.ts';

const DRAIN_MS = 10_000;
const MAX_CONNECTIONS = 10_000;

/**
 * Starts a gateway: opens its inbox, takes up what a crash left pending, listens. Throws PORT_IN_USE {port},
 * SETTINGS_FROM_FUTURE, STORE_UNAVAILABLE.
 */
export async function createGateway(options: GatewayOptions): Promise<Gateway> {
  const { version } = options;
  const log = options.log.child({ module: 'gateway' });
  const now = options.now ?? Date.now;
  let current = indexConfig(options.config);
  const metrics = createMetrics(version);
  const statistics = createStatistics(now);
  const rows = createRowFeed(log);
  const onRow = (row: MessageRow): void => rows.publish(row);

  const store = openSqliteStore({
    dataDir: options.dataDir,
    now,
    sendTimeoutMs: SEND_TIMEOUT_MS,
    onCommit: ({ seconds, size }) => {
      metrics.commitDuration.observe(seconds);
      metrics.commitBatch.observe(size);
    },
  });
  const route: Routing = (message) => current.route(message);
  const upstream = createUpstreamMetrics(metrics.registry);
  const streams = createStreams({
    store: store.streams,
    registry: metrics.registry,
    log,
    now,
    onLate: (id, reply) => late.leave(id, reply),
  });
  const sockets = createTargetSockets(metrics, async (target, message, feed) => {
    if (store.inbound(message)?.target !== target) throw new AppError('NOT_FOUND');
    return streams.feed(message, feed);
  });
  const pool = createTargetPool({
    config: options.config,
    version,
    metrics,
    upstream,
    sockets,
    now,
    random: Math.random,
    policies: options.balancing ?? defaultPolicies,
  });
  const lanes = createLanes({
    now,
    onOvertaken: () => upstream.overtaken.inc(),
    onFull: () => upstream.overflowed.inc(),
  });
  const authorize = createAuthorize(() => current.config.apiKeys);
  const subscribers = createSubscribers({
    authorize,
    config: () => current.config,
    sockets,
    metrics,
    log,
  });
  const courier = createCourier({
    store,
    pool,
    route,
    lanes,
    metrics,
    log,
    now,
    random: Math.random,
    onRow,
    streams,
    onLate: (id) => late.take(id),
  });
  const admission = createAdmission({
    store,
    courier,
    route: (message) => route(message)?.group.members[0]?.id ?? null,
    now,
    onRow,
    onMessage: (message) => {
      subscribers.publish(message);
      media.received(message.id, message.bot);
    },
  });
  const guard = createAddressGuard(() => current.config.allowedTargetNetworks ?? []);
  const foreign = createQuietLog(log, now);
  const hits = createHitCounter();
  const sources = createCallbackSources({
    mode: () => current.config.callbackSources ?? 'warn',
    fetch: (bot) => sender.callbackIps(bot),
    onForeign: (bot) => {
      metrics.foreignSources.inc({ bot });
      foreign({ bot }, 'signed callback from an address that WeCom does not list');
    },
    log,
    now,
  });
  const pipeline = createPipeline({
    sources,
    bots: () => current.bots,
    admission,
    store,
    streams,
    hits,
    metrics,
    statistics,
    log,
    now,
    onRow,
  });
  const sender = createSender({
    ...options.sending,
    dataDir: options.dataDir,
    bots: () => current.bots.byId,
    store,
    egress: options.egress,
    guard,
    metrics,
    log,
    now,
    onRow,
  });

  const media = createInboundMedia({
    dataDir: options.dataDir,
    store,
    bots: () => current.bots.byId,
    egress: options.egress,
    guard,
    log,
    now,
  });
  const replays = createReplays({
    store,
    pool,
    route,
    bots: () => current.bots.byId,
    allowedNetworks: () => current.config.allowedTargetNetworks ?? [],
    log,
    now,
    onRow,
  });
  const late = createLateReplies({
    store,
    sendLate: (answer) => sender.sendLate(answer),
    counter: metrics.lateReplies,
    log,
    onSettled: (record) => onRow(inboundRow(record)),
  });

  let closing: Promise<void> | undefined;
  const health = (): Health => healthOf(store, closing !== undefined, version);
  const publisher = createPublisher({
    match: () => current.services,
    balancer: pool.balancer,
    compression: () => current.config.compression,
    maxOpen: () => current.config.maxConnections ?? MAX_CONNECTIONS,
    metrics: upstream,
    log,
    now,
  });
  const door = createTunnelDoor({
    pipeline,
    health: () => healthAnswer(health()),
    healthPath: () => current.config.healthPath,
    handleUpgrade(request, socket, head) {
      const [path] = (request.url ?? '').split('?');
      if (path !== SUBSCRIBE_PATH && publisher.handleUpgrade(request, socket, head)) return;
      subscribers.handleUpgrade(request, socket, head);
    },
    publish: (stream, headers, body) => publisher.handle(stream, headers, body),
    log,
    now,
  });
  const exposition = createExposition(metrics.registry);
  const api = createApi({ store, pool, sockets, sender, replays, media, hits, streams });

  const management = await startManagement({
    listen: options.listen,
    version,
    gateway: api,
    services: options.services ?? null,
    authorize,
    health,
    healthPath: () => current.config.healthPath,
    trustedProxies: options.config.trustedProxies ?? [],
    metrics: exposition.read,
    pipeline,
    subscribers,
    maxConnections: options.config.maxConnections ?? MAX_CONNECTIONS,
    compression: () => current.config.compression,
    onCompressed: () => upstream.compressed.inc({ encoding: 'gzip' }),
    log,
  }).catch(async (error: unknown) => {
    subscribers.close();
    await Promise.all([pool.close(), guard.close()]);
    store.close();
    throw error;
  });
  replays.resume();
  const redelivery = startRedelivery({ store, courier, metrics, log, now });
  const retention = startRetention({
    store,
    policy: () => retentionPolicy(current.config),
    now,
    log,
    onDone: (kind, rows) => metrics.retired.inc({ kind }, rows),
  });
  observeGateway(metrics, { pipeline, store, redelivery, subscribers, pool, lanes, now });
  log.info({ address: management.address, pending: store.pending }, 'gateway started');

  const parts: ShutdownParts = {
    ...{
      door,
      subscribers,
      retention,
      redelivery,
      management,
      sender,
      admission,
      courier,
      streams,
    },
    ...{ late, replays, media, publisher, pool, guard, store, metrics, log },
  };

  return {
    ...api,
    address: management.address,
    handleStream: (stream, headers, body) => door.handleStream(stream, headers, body ?? null),
    reconfigure(config) {
      const next = indexConfig(config);
      pool.reconfigure(config);
      current = next;
      hits.reconfigure(next.bots.byId);
      subscribers.review();
      void retention.run();
      management.limit(config.maxConnections ?? MAX_CONNECTIONS);
      sender.reconfigured();
    },
    sendLate: (late) => sender.sendLate(late),
    onMessage: (listener) => rows.subscribe(listener),
    view: () =>
      gatewayView(closing === undefined ? management.address : null, {
        store,
        pool,
        pipeline,
        statistics,
        sender,
      }),
    serviceFigures: () => publisher.figures(),
    targetHealth: () => pool.health(),
    addMetrics: exposition.add,
    close: (drainMs = DRAIN_MS) => (closing ??= shutDown(parts, drainMs)),
  };
}
