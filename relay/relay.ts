import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { AppError } from '../common/errors/app-error.ts';
import type { RelayView } from '../common/domain/relay/views.ts';
import { timing } from '../common/tunnel/protocol.ts';
import { RECOVERY_DAYS } from './admission.ts';
import { createAccounts, resetPassword } from './admin/accounts.ts';
import { defaultRendererDir } from './admin/console-files.ts';
import { openAdminKey } from './admin/key.ts';
import { openAdmin } from './admin/server.ts';
import { createSessions } from './admin/sessions.ts';
import { openAuthority } from './ca/authority.ts';
import { describeCertificate } from './ca/describe.ts';
import { createConsole, createTraffic } from './console/index.ts';
import { openControlSide } from './control-side.ts';
import { createEntrance } from './control/websocket-entrance.ts';
import { defaultLimits } from './ingress/limits.ts';
import type { PublicTls } from './ingress/server.ts';
import { createHeld } from './held.ts';
import { createMetrics } from './metrics.ts';
import { openPublicSide } from './public-side.ts';
import { hostOf } from './registry/domain-name.ts';
import { createHostTable } from './registry/host-table.ts';
import { createRecoveries } from './recoveries.ts';
import { createRegistry } from './registry/registry.ts';
import { openStore } from './store/index.ts';
import { createRuleBook } from './tunnel-rules.ts';
import { createTunnels } from './tunnels.ts';
import { keepYoungGenerationSmall } from './young-generation.ts';
import type { RelayParts, RunningRelay } from './running-relay.ts';
import type { Relay, RelayOptions } from './types.ts';

export type { RelayParts, RunningRelay } from './running-relay.ts';

/**
 * Starts a relay: store, CA, control port, public port, admin port. Resolves when all three listen; when one cannot, what
 * was opened is closed again. Throws `BAD_INPUT` (egress pattern), `CONFIG_INVALID`, `DATA_DIR_IN_USE`,
 * `SETTINGS_FROM_FUTURE`, `PORT_IN_USE`.
 */
export async function createRelay(
  options: RelayOptions,
  parts: RelayParts = {},
): Promise<RunningRelay> {
  keepYoungGenerationSmall();
  const now = options.now ?? Date.now;
  const log = options.log.child({ module: 'relay' });
  const store = openStore(options.dataDir);
  const opened: (() => Promise<void> | void)[] = [() => store.close()];
  const closeAll = async (): Promise<void> => {
    for (const close of opened.splice(0).toReversed()) await close();
  };
  try {
    const authority = await openAuthority(options.dataDir, now);
    const adminKey = await openAdminKey(options.dataDir);
    const registry = createRegistry();
    const hosts = createHostTable();
    const metrics = createMetrics(registry);
    let publicTls: PublicTls = options.publicTls;
    let draining = false;
    // Until the control port is open.
    let acceptTunnel = (stream: Duplex, _address: string): void => void stream.destroy();
    let certificatesChanged = (): void => undefined;
    // Devices come in under the first by `wss`, and check it against public authorities.
    const ownNames = [options.controlHost, ...(options.publicNames ?? [])].map(hostOf);
    const traffic = createTraffic(now);
    const rules = createRuleBook(store, now);
    const publicPort = (): number => options.publicPort ?? ingress.address.port;

    // Before anything listens: a request of the public must not meet a relay that does not know its hosts yet.
    const tunnels = createTunnels({
      store,
      registry,
      hosts,
      authority,
      controlEndpoint: () => ({ host: options.controlHost, port: control.address.port }),
      publicPort,
      onDomains: rules.forget,
      onRemoved: (tunnel) => {
        rules.forget(tunnel);
        publicSide.spool.forget(tunnel);
      },
      now,
    });
    const publicSide = await openPublicSide({
      dataDir: options.dataDir,
      listen: options.listen,
      tls: publicTls,
      limits: { ...defaultLimits, ...parts.limits },
      gates: parts.gates ?? [],
      entrance: createEntrance(options.controlHost, (stream, address) => {
        acceptTunnel(stream, address);
      }),
      watcher: traffic.watcher,
      trustedProxies: options.trustedProxies ?? [],
      proxyProtocol: options.proxyProtocol ?? false,
      hstsSeconds: options.hstsSeconds ?? 0,
      ...(options.acme === undefined ? {} : { acme: options.acme }),
      ...(parts.acmePollMs === undefined ? {} : { acmePollMs: parts.acmePollMs }),
      ...(parts.overload === undefined ? {} : { overload: parts.overload }),
      ...(options.publicPort === undefined ? {} : { publicPort: options.publicPort }),
      hosts,
      domains: () => [...ownNames, ...store.tunnels.all().flatMap(({ domains }) => domains)],
      registry,
      rules,
      metrics,
      onCertificates: () => certificatesChanged(),
      log,
      now,
    });
    opened.push(publicSide.close);
    const { ingress, spool, acme, timelines, redirect } = publicSide;

    const recoveryMode = options.recovery ?? 'auto';
    const recoveries = createRecoveries({
      store,
      modeOf: (tunnel) => rules.of(tunnel)?.recovery ?? recoveryMode,
      now,
    });
    const control = await openControlSide({
      relay: options,
      store,
      authority,
      registry,
      metrics,
      publicPort,
      publicCertificate: (domains) => acme?.certificateOf(domains) ?? publicTls.cert,
      recoveries,
      isDraining: () => draining,
      log,
      now,
    });
    opened.push(control.close);
    acceptTunnel = control.accept;

    const startedAt = now();
    const addresses = (): Relay['addresses'] => ({
      public: `https://${addressText(ingress.address)}`,
      control: addressText(control.address),
      admin: admin.address,
      redirect: redirect === null ? null : `http://${addressText(redirect.address)}`,
    });
    const view = (): RelayView => ({
      name: options.name,
      fixedIp: options.fixedIp,
      addresses: addresses(),
      controlEndpoint: `${options.controlHost}:${control.address.port}`,
      caFingerprint: authority.fingerprint,
      startedAt,
      recovery: { mode: recoveryMode, days: options.recoveryDays ?? RECOVERY_DAYS },
    });
    const held = createHeld({ store, spool, rules, now });
    const accounts = createAccounts(store, now);
    const relayConsole = createConsole(
      {
        store,
        registry,
        traffic,
        relay: view,
        certificates: () => [
          describeCertificate(publicTls.cert, 'public'),
          ...(acme?.chains() ?? []).map((chain) => describeCertificate(chain, 'public', 'itself')),
          describeCertificate(authority.pem, 'relay-ca'),
        ],
        held: held.views,
        recoveries: recoveries.list,
        inFlight: ingress.inFlight,
        egressOpen: control.egressOpen,
      },
      {
        version: options.version,
        tunnels,
        rules,
        authFiles: control.authFiles,
        recoveries,
        held,
        accounts,
        now,
      },
      log,
    );
    opened.push(relayConsole.close);
    certificatesChanged = relayConsole.feed.certificatesChanged;
    const admin = await openAdmin({
      listen: options.listen.admin,
      ...(options.adminTls === undefined ? {} : { tls: options.adminTls }),
      hosts: options.adminHosts ?? [],
      key: adminKey,
      version: options.version,
      name: options.name,
      metrics,
      registry,
      store,
      tunnels,
      rules,
      recoveries,
      held,
      now,
      console: {
        rendererDir: options.rendererDir ?? defaultRendererDir(),
        accounts,
        sessions: createSessions(store.admins, now),
        dispatcher: relayConsole.dispatcher,
        feed: relayConsole.feed,
      },
      log,
    });
    opened.push(admin.close);

    const shutDown = async (drainMs: number): Promise<void> => {
      draining = true;
      registry.tellAll({
        type: 'drain',
        retryAfterMs: timing.backoffBase,
        jitterMs: control.spread(),
      });
      ingress.stop();
      control.stop();
      await drained(ingress.inFlight, drainMs);
      registry.cutAll();
      await closeAll();
      log.info({}, 'relay closed');
    };
    let closing: Promise<void> | null = null;

    log.info({ ...addresses(), version: options.version }, 'relay listens');
    return {
      addresses: addresses(),
      caPem: authority.pem,
      createTunnel: tunnels.create,
      listTunnels: tunnels.list,
      createToken: tunnels.createToken,
      revokeDevice: tunnels.revokeDevice,
      authFiles: control.authFiles,
      recoveries,
      oncePassword: async (user) => {
        const known = store.admins.byName(user);
        return known !== null && known.onceUntil === null
          ? null
          : resetPassword(store, user, now());
      },
      reloadPublicTls: (tls) => {
        ingress.reloadTls(tls);
        publicTls = tls;
        metrics.certificateLoads.inc({ result: 'loaded' });
      },
      reloadAdminTls: admin.reloadTls,
      publicTlsBroken: () => metrics.certificateLoads.inc({ result: 'broken' }),
      rules,
      traffic: { recent: timelines.recent, subscribe: timelines.subscribe },
      held: () =>
        Object.fromEntries(spool.tunnels().map((tunnel) => [tunnel, spool.figures(tunnel)])),
      acmeState: () => acme?.state() ?? [],
      checkCertificates: async () => acme?.check(),
      close: (drainMs = timing.drain) => (closing ??= shutDown(drainMs)),
    };
  } catch (thrown) {
    await closeAll();
    if (thrown instanceof AppError) throw thrown;
    throw asConfigError(thrown);
  }
}

const DRAIN_POLL = 50;

/** Resolves when nothing is in flight any more, or after `limitMs`. */
async function drained(inFlight: () => number, limitMs: number): Promise<void> {
  const end = performance.now() + limitMs;
  while (inFlight() > 0 && performance.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, DRAIN_POLL));
  }
}

/** OpenSSL's complaint about the public certificate or key is the operator's to mend; the rest is passed on. */
function asConfigError(thrown: unknown): unknown {
  const code = (thrown as { code?: unknown }).code;
  if (typeof code !== 'string' || !/^ERR_(SSL|OSSL|CRYPTO)_/.test(code)) return thrown;
  return new AppError('CONFIG_INVALID', { key: 'publicTls', reason: code }, { cause: thrown });
}

function addressText({ address, family, port }: AddressInfo): string {
  return `${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
