import { isDeepStrictEqual } from 'node:util';
import type { RelaySwitch, TunnelView } from '../../../common/domain/tunnel.ts';
import { AppError } from '../../../common/errors/app-error.ts';
import { timing as defaultTiming } from '../../../common/tunnel/protocol.ts';
import type { Egress } from '../../../gateway/index.ts';
import { createTunnelClient } from './client.ts';
import { chooseEgress } from './egress-choice.ts';
import { sumStats } from './figures.ts';
import {
  defaultHealth,
  isFailing,
  unknownHealth,
  watchHealth,
  type Health,
  type HealthOptions,
} from './health.ts';
import { endpointText, type DeviceIdentity } from './identity.ts';
import { createLeaving } from './leaving.ts';
import { summarise, type Part } from './summary.ts';
import type { LinkWay, Tunnel, TunnelClient, TunnelOptions } from './types.ts';

/** How long a mark of WeCom's refusal counts: by then somebody may have added the address. */
const UNTRUSTED_MS = 24 * 3_600_000;

interface Member {
  readonly key: string;
  readonly client: TunnelClient;
  readonly watch: ReturnType<typeof watchHealth>;
  /** As it was given; a renewal of the link's own is not in it. */
  identity: DeviceIdentity;
  wasOnline: boolean;
  onlineSince: number | null;
  probeFailures: number;
}

export function createTunnel(options: TunnelOptions): Tunnel {
  const { log } = options;
  const now = options.now ?? Date.now;
  const { stableAfter, drain } = { ...defaultTiming, ...options.timing };
  let health: HealthOptions = { ...defaultHealth, ...options.health };
  let way: LinkWay | null = null;
  const leaving = createLeaving<Member>(drain);
  let members: readonly Member[] = [];
  let wanted = false;
  let chosen: string | null = null;
  /** By which messages left last; a time without any way out is no switch. */
  let lastWay: string | null = null;
  let switched: RelaySwitch | null = null;
  let again: NodeJS.Timeout | null = null;
  let stopped = false;

  const untrustedSince = ({ identity }: Member): number | null => {
    const since = options.untrustedSince?.(identity.endpoint) ?? null;
    return since !== null && now() - since < UNTRUSTED_MS ? since : null;
  };
  const healthOf = (member: Member): Health =>
    member.wasOnline ? member.watch.health() : unknownHealth;

  const choose = (): void => {
    const candidates = members.map((member) => ({
      key: member.key,
      online: member.wasOnline,
      failing: isFailing(healthOf(member), health.failures),
      steadySince: steadySince(member),
      untrusted: untrustedSince(member) !== null,
    }));
    const next = chooseEgress(chosen, candidates, now(), stableAfter);
    if (next !== chosen) {
      if (chosen !== null || members.length > 1) {
        log.info({ from: chosen ?? '', to: next ?? '' }, 'way out changed');
      }
      if (next !== null) {
        if (lastWay !== null && lastWay !== next) {
          switched = { at: now(), from: lastWay, to: next };
        }
        lastWay = next;
      }
      // What goes by the old relay finishes there.
      chosen = next;
    }
    // A preferred relay becomes steady by time alone.
    if (again !== null) clearTimeout(again);
    again = null;
    const due = candidates
      .filter(({ key, steadySince: since }) => key !== chosen && since !== null)
      .map(({ steadySince: since }) => (since ?? 0) + stableAfter - now())
      .filter((wait) => wait > 0);
    if (due.length > 0 && !stopped) {
      again = setTimeout(update, Math.min(...due) + 1);
      again.unref();
    }
  };

  /** Both online and free of failed checks since then; a link that was never checked counts by being online. */
  const steadySince = (member: Member): number | null => {
    const { failures, steadySince: passing } = healthOf(member);
    if (member.onlineSince === null || failures > 0) return null;
    return Math.max(member.onlineSince, passing ?? 0);
  };

  const partOf = (member: Member): Part => {
    const view = member.client.view();
    const { failures, steadySince: passing } = healthOf(member);
    const pending = member.client.pending();
    return {
      view,
      link: {
        endpoint: member.key,
        name: view.relay?.name ?? null,
        fixedIp: view.relay?.fixedIp ?? null,
        transport: member.client.way().transport,
        state: view.state,
        egress: member.key === chosen,
        failures: failures === 0 && passing === null ? null : failures,
        untrustedSince: untrustedSince(member),
        ...(pending === null ? {} : { pending: pending.toInfo() }),
      },
    };
  };
  let shown = summarise([]);

  const update = (): void => {
    for (const member of members) {
      const online = member.client.view().state.phase === 'online';
      if (online === member.wasOnline) continue;
      member.wasOnline = online;
      member.onlineSince = online ? now() : null;
      member.watch.reset();
      if (online) leaving.release(member);
    }
    choose();
    const next: TunnelView = {
      ...summarise(members.map(partOf)),
      ...(switched === null ? {} : { switched }),
    };
    if (isDeepStrictEqual(next, shown)) return;
    shown = next;
    options.onChange(next);
  };

  const join = (identity: DeviceIdentity): Member => {
    const key = endpointText(identity.endpoint);
    const client = createTunnelClient({
      ...options,
      ...way,
      log: log.child({ relay: key }),
      onChange: () => update(),
    });
    const member: Member = {
      key,
      client,
      identity,
      wasOnline: false,
      onlineSince: null,
      probeFailures: 0,
      watch: watchHealth({
        ...health,
        probe: (path) => client.probe(path),
        isUp: () => member.wasOnline,
        now,
        onChange: ({ failures }) => {
          if (failures > 0) {
            member.probeFailures += 1;
            log.warn({ relay: key, failures }, 'health check failed');
            // A connection that is dead without saying so ends by this, and is made anew.
            client.wake();
          }
          update();
        },
      }),
    };
    client.setIdentity(identity);
    if (wanted) client.connect();
    return member;
  };

  /** Another device at the same relay: the one before serves until this one does. */
  const succeed = (before: Member, identity: DeviceIdentity): Member => {
    const next = join(identity);
    if (before.wasOnline && wanted) leaving.replace(before, next);
    else leaving.part(before);
    return next;
  };

  const current = (): Member | undefined => members.find(({ key }) => key === chosen);
  const egress: Egress = {
    via: 'relay',
    ip: () => (current() ?? members[0])?.client.egress.ip() ?? null,
    dispatcher: () => {
      const member = current();
      if (member === undefined) throw new AppError('TUNNEL_OFFLINE');
      return member.client.egress.dispatcher();
    },
  };

  return {
    view: () => shown,
    setIdentities: (identities) => {
      // Files may change while the program ends.
      if (stopped) return;
      const gone = new Map(members.map((member) => [member.key, member]));
      members = identities.map((identity) => {
        const key = endpointText(identity.endpoint);
        const member = gone.get(key);
        if (member === undefined) return join(identity);
        gone.delete(key);
        const before = member.identity;
        if (before.deviceId !== identity.deviceId) return succeed(member, identity);
        member.identity = identity;
        if (before.certificate !== identity.certificate || before.ca !== identity.ca) {
          member.client.updateIdentity(identity);
        }
        return member;
      });
      for (const member of gone.values()) {
        leaving.release(member);
        leaving.part(member);
      }
      update();
    },
    setWay: (next) => {
      way = next;
      for (const { client } of members) client.setWay(next);
      update();
    },
    setHealth: (next) => {
      health = { ...defaultHealth, ...next };
      for (const { watch } of members) watch.adjust(health);
      update();
    },
    connect: () => {
      wanted = true;
      for (const { client } of members) client.connect();
      update();
    },
    disconnect: async () => {
      wanted = false;
      await Promise.all([...members.map(({ client }) => client.disconnect()), leaving.ended()]);
    },
    wake: () => {
      for (const { client } of members) client.wake();
    },
    reconsider: update,
    egress,
    publicCertificate: () =>
      (current() ?? members.find(({ wasOnline }) => wasOnline))?.client.publicCertificate() ?? null,
    stats: () =>
      sumStats(
        members.map(({ client }) => client.stats()),
        (current() ?? members[0])?.client.stats().rttMs ?? null,
      ),
    linkStats: () =>
      members.map(({ key, client, probeFailures }) => {
        const { state } = client.view();
        return {
          ...client.stats(),
          endpoint: key,
          sessions: state.phase === 'online' ? state.sessions.live : 0,
          probeFailures,
        };
      }),
    stop: async (drainMs) => {
      stopped = true;
      if (again !== null) clearTimeout(again);
      for (const { watch } of members) watch.stop();
      await Promise.all([
        ...members.map(({ client }) => client.stop(drainMs)),
        leaving.stop(drainMs),
      ]);
    },
  };
}
