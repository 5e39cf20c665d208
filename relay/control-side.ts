import type { Logger } from '../common/domain/log.ts';
import { createAdmission, RECOVERY_DAYS } from './admission.ts';
import { createAuthFiles, type AuthFiles } from './auth-files.ts';
import type { Authority } from './ca/authority.ts';
import { createAcceptRamp, spreadOf } from './control/accept-ramp.ts';
import { serveControl } from './control/control-connection.ts';
import { serveData } from './control/data-connection.ts';
import { serveEnrol } from './control/enrol-connection.ts';
import { createIdentify } from './control/identity.ts';
import { createRateLimit } from './control/rate-limit.ts';
import { openControlServer, type ControlServer } from './control/server.ts';
import { createEgressAudit } from './egress/egress-audit.ts';
import { createEgress } from './egress/egress.ts';
import { parsePattern } from './egress/pattern.ts';
import type { Metrics } from './metrics.ts';
import type { Recoveries } from './recoveries.ts';
import type { Registry } from './registry/registry.ts';
import type { Store } from './store/index.ts';
import type { RelayOptions } from './types.ts';

export interface ControlSideOptions {
  readonly relay: RelayOptions;
  readonly store: Store;
  readonly authority: Authority;
  readonly registry: Registry;
  readonly metrics: Metrics;
  readonly publicPort: () => number;
  /** PEM chain that the public is shown under these domains. */
  readonly publicCertificate: (domains: readonly string[]) => string;
  readonly recoveries: Recoveries;
  readonly isDraining: () => boolean;
  readonly log: Logger;
  readonly now: () => number;
}

/** Everything that devices meet: the control port with what is served on it, enrolment, egress. */
export interface ControlSide extends ControlServer {
  readonly authFiles: AuthFiles;
  /** Connections that devices have open to the outside. */
  readonly egressOpen: () => number;
  /** Over how long devices are to spread their coming back, milliseconds. */
  readonly spread: () => number;
}

/** Opens the control port. Throws `BAD_INPUT` (egress pattern), `PORT_IN_USE`. */
export async function openControlSide(options: ControlSideOptions): Promise<ControlSide> {
  const { relay, store, authority, registry, metrics, isDraining, log, now } = options;
  const identify = createIdentify(authority, store, now);
  const admission = createAdmission({
    store,
    authority,
    renewals: createRateLimit(10, 60_000, now),
    relay: { name: relay.name, fixedIp: relay.fixedIp },
    recoveryDays: relay.recoveryDays ?? RECOVERY_DAYS,
    recoveries: options.recoveries,
    publicPort: options.publicPort,
    publicCertificate: options.publicCertificate,
    now,
  });
  const authFiles = createAuthFiles({ store, authority, now });
  // By the clock that never jumps: one that is set at the start of a machine would end the ramp, or begin it again.
  const takeTurn = relay.acceptRamp === true ? createAcceptRamp(() => performance.now()) : () => 0;
  const spread = (): number => spreadOf(registry.deviceCount());
  const egress = createEgress({
    allow: relay.egressAllow.map(parsePattern),
    metrics,
    audit: createEgressAudit(store.audit, log, now),
    log,
  });
  const enrolments = createRateLimit(10, 6_000, now);
  let sessionCount = 0;
  const nextSessionId = (): number => {
    sessionCount += 1;
    return sessionCount;
  };
  const server = await openControlServer({
    listen: relay.listen.control,
    host: relay.controlHost,
    authority,
    identify,
    metrics,
    log,
    now,
    serve: {
      control: (socket) =>
        serveControl(socket, {
          identify,
          registry,
          admit: admission.admit,
          renew: admission.renew,
          recover: admission.recover,
          takeTurn,
          spread,
          egress: egress.connect,
          isDraining,
          log,
          now,
        }),
      data: (socket) => {
        serveData(socket, { identify, registry, metrics, log, now, nextSessionId }).catch(
          (err: unknown) => {
            log.error({ err }, 'data connection failed');
            socket.destroy();
          },
        );
      },
      enrol: (socket, address) =>
        serveEnrol(socket, address, {
          store,
          authority,
          authFiles,
          rateLimit: enrolments,
          metrics,
          log,
          now,
        }),
    },
  });
  return { ...server, authFiles, egressOpen: egress.openCount, spread };
}
