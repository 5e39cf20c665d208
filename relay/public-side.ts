import { Gauge } from 'prom-client';
import type { Logger } from '../common/domain/log.ts';
import { openAcme, type AcmeManager } from './acme/manager.ts';
import type { AcmeAccount } from './acme/order.ts';
import { watchOverload, type Overload } from './gates/overload.ts';
import { createPolicy } from './gates/policy.ts';
import { createSourceList } from './gates/source-list.ts';
import type { Entrance } from './control/websocket-entrance.ts';
import { createBodyEncoder } from './ingress/encode.ts';
import type { Gate } from './ingress/gate.ts';
import type { IngressLimits } from './ingress/limits.ts';
import type { Watcher } from './ingress/passage.ts';
import { openIngress, type Ingress, type PublicTls } from './ingress/server.ts';
import { createTimelines, type Timelines } from './ingress/timeline.ts';
import type { Metrics } from './metrics.ts';
import { openRedirect, type RedirectServer } from './redirect/server.ts';
import type { HostTable } from './registry/host-table.ts';
import type { Registry } from './registry/registry.ts';
import { openSpool, type Spool } from './spool/spool.ts';
import type { RuleBook } from './tunnel-rules.ts';
import type { Listen } from './types.ts';

export interface PublicSideOptions {
  readonly dataDir: string;
  readonly listen: { readonly public: Listen; readonly redirect?: Listen };
  readonly tls: PublicTls;
  readonly limits: IngressLimits;
  readonly gates: readonly Gate[];
  readonly entrance: Entrance;
  readonly watcher: Watcher;
  readonly trustedProxies: readonly string[];
  readonly proxyProtocol: boolean;
  /** Seconds that browsers keep to HTTPS; 0 does not say so. */
  readonly hstsSeconds: number;
  readonly acme?: AcmeAccount;
  /** Between looks at a certificate order, milliseconds. */
  readonly acmePollMs?: number;
  readonly publicPort?: number;
  readonly hosts: HostTable;
  readonly domains: () => readonly string[];
  readonly registry: Registry;
  readonly rules: RuleBook;
  readonly metrics: Metrics;
  /** How far the event loop is behind; measured unless told. */
  readonly overload?: Overload;
  readonly onCertificates: () => void;
  readonly log: Logger;
  readonly now: () => number;
}

/** Everything that the public meets: ingress, gates, spool, certificates, redirect. */
export interface PublicSide {
  readonly ingress: Ingress;
  readonly spool: Spool;
  readonly timelines: Timelines;
  /** Null where certificates are files. */
  readonly acme: AcmeManager | null;
  /** Null where it does not listen. */
  readonly redirect: RedirectServer | null;
  readonly close: () => Promise<void>;
}

/**
 * Opens the public side. Throws `DATA_DIR_IN_USE`, `SETTINGS_FROM_FUTURE` (spool), `CONFIG_INVALID` (ACME account key),
 * `PORT_IN_USE`; what was opened is closed again then.
 */
export async function openPublicSide(options: PublicSideOptions): Promise<PublicSide> {
  const { dataDir, limits, registry, rules, metrics, log, now, hosts } = options;
  const opened: (() => Promise<void> | void)[] = [];
  const close = async (): Promise<void> => {
    for (const one of opened.splice(0).toReversed()) await one();
  };
  try {
    const overload = options.overload ?? watchOverload(limits.overloadDelayMs);
    opened.push(overload.stop);
    const probe = (tunnel: string): void => registry.probe(tunnel, limits.probeDeadlineMs);
    const spool = openSpool({
      dataDir,
      rulesOf: (tunnel) => rules.of(tunnel)?.hold ?? null,
      pick: registry.pick,
      probe,
      metrics,
      log,
      now,
    });
    opened.push(spool.close);
    showHeld(metrics, spool);
    const acme =
      options.acme === undefined
        ? null
        : await openAcme({
            dataDir,
            account: options.acme,
            domains: options.domains,
            metrics,
            log,
            now,
            onChanged: options.onCertificates,
            ...(options.acmePollMs === undefined ? {} : { pollMs: options.acmePollMs }),
          });
    if (acme !== null) opened.push(acme.close);
    const timelines = createTimelines(metrics.hops);
    const ingress = await openIngress({
      listen: options.listen.public,
      tls: options.tls,
      limits,
      encoder: createBodyEncoder(),
      policy: createPolicy(rules, limits, now),
      gates: options.gates,
      entrance: options.entrance,
      spool,
      overload,
      trustedProxies:
        options.trustedProxies.length === 0 ? null : createSourceList(options.trustedProxies),
      proxyProtocol: options.proxyProtocol,
      hsts: options.hstsSeconds === 0 ? null : `max-age=${options.hstsSeconds}`,
      contextFor: (name) => acme?.contextFor(name),
      metrics,
      log,
      now,
      watchers: [options.watcher, timelines.watcher],
      find: hosts.find,
      pick: registry.pick,
      probe: registry.probe,
    });
    opened.push(ingress.close);
    const redirect =
      options.listen.redirect === undefined
        ? null
        : await openRedirect({
            listen: options.listen.redirect,
            find: hosts.find,
            publicPort: () => options.publicPort ?? ingress.address.port,
            challenge: (token) => acme?.challenge(token) ?? null,
          });
    if (redirect !== null) opened.push(redirect.close);
    // Challenges can be answered from here on.
    acme?.check().catch((err: unknown) => log.error({ err }, 'certificates were not looked at'));
    return { ingress, spool, timelines, acme, redirect, close };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

function showHeld({ registry }: Metrics, spool: Spool): void {
  const show = (name: string, help: string, figure: 'rows' | 'bytes'): void => {
    const gauge = new Gauge({
      name,
      help,
      labelNames: ['tunnel'],
      registers: [registry],
      collect: () => {
        gauge.reset();
        for (const tunnel of spool.tunnels()) gauge.set({ tunnel }, spool.figures(tunnel)[figure]);
      },
    });
  };
  show(
    'relay_held_callbacks',
    'Callbacks that are held for a client that is not connected.',
    'rows',
  );
  show('relay_held_bytes', 'Bytes of the callbacks that are held.', 'bytes');
}
