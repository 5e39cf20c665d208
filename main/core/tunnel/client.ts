import { isDeepStrictEqual } from 'node:util';
import type { TunnelView } from '../../../common/domain/tunnel.ts';
import { AppError, toErrorInfo } from '../../../common/errors/app-error.ts';
import type { ErrorCode } from '../../../common/errors/codes.ts';
import type { RelayEvent } from '../../../common/tunnel/control.ts';
import { timing as defaultTiming } from '../../../common/tunnel/protocol.ts';
import { createAlarms } from './alarms.ts';
import { watchClock } from './clock.ts';
import { createEgress } from './egress.ts';
import { createIntake } from './intake.ts';
import { createLink } from './link.ts';
import type { Link } from './link-types.ts';
import { initialState, step } from './machine.ts';
import { newsOf } from './news.ts';
import { createOwnIdentity } from './own-identity.ts';
import { createRecovery } from './recovery.ts';
import { createRenewal } from './renewal.ts';
import { deadlines, type Effect, type Event, type State } from './state.ts';
import type { Timing } from './timing.ts';
import { sumBytes } from './figures.ts';
import type { TunnelClient, TunnelClientOptions } from './types.ts';
import { nothingKnown, viewOf } from './view.ts';
import { keepWay } from './way.ts';
import { keepYoungGenerationSmall } from './young-generation.ts';

/** Makes a client that is off and nobody yet: `setIdentity`, then `connect`. */
export function createTunnelClient(options: TunnelClientOptions): TunnelClient {
  keepYoungGenerationSmall();
  const { log } = options;
  const now = options.now ?? Date.now;
  const random = options.random ?? Math.random;
  const timing: Timing = { ...defaultTiming, ...options.timing };
  const links = new Map<number, Link>();
  const queue: Event[] = [];
  let stepping = false;
  let state: State = initialState;
  const own = createOwnIdentity({ log, save: options.onIdentity });
  let known = nothingKnown;
  /** Another program has this device: it is not taken from it again unless somebody asks. */
  let displaced = false;
  const losses = new Map<ErrorCode, number>();
  /** Bytes of links that are gone. */
  const ended = { received: 0, sent: 0 };
  let drainMs = timing.drain;
  let registrations = 0;
  const way = keepWay(options);
  const intake = createIntake({
    log,
    handleStream: options.handleStream,
    get compression() {
      return way.get().compression;
    },
  });

  const current = (): Link | null =>
    state.phase === 'online' || state.phase === 'connecting'
      ? (links.get(state.link) ?? null)
      : null;
  const control = () => current()?.control() ?? null;
  const view = (): TunnelView =>
    viewOf(state.phase === 'refused' ? { ...state, error: recovery.explain(state.error) } : state, {
      identity: own.get(),
      ...known,
    });
  let shown = view();

  const publish = (): void => {
    const next = view();
    if (isDeepStrictEqual(next, shown)) return;
    shown = next;
    options.onChange(next);
  };

  /** Events that come while one is being worked off wait for their turn. */
  const dispatch = (event: Event): void => {
    queue.push(event);
    if (stepping) return;
    stepping = true;
    try {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        const before = state;
        const [after, effects] = step(before, next, { now: now(), random, timing });
        state = after;
        report(before, after);
        for (const effect of effects) run(effect);
      }
    } finally {
      stepping = false;
    }
    alarms.set(deadlines(state));
    publish();
  };

  const alarms = createAlarms(now, (deadline) => dispatch({ type: 'due', deadline }));

  const report = (before: State, after: State): void => {
    if (before.phase === after.phase) return;
    const error = 'error' in after ? { code: after.error.code, ...after.error.params } : {};
    if ('error' in after) {
      losses.set(after.error.code, (losses.get(after.error.code) ?? 0) + 1);
      recovery.consider(after.error);
    }
    const level = after.phase === 'refused' ? 'warn' : 'info';
    log[level]({ from: before.phase, ...error }, `tunnel ${after.phase}`);
  };

  const run = (effect: Effect): void => {
    switch (effect.do) {
      case 'open':
        openLink(effect.link);
        break;
      case 'attach':
        links.get(effect.link)?.attach(effect.slot);
        break;
      case 'probe':
        links.get(effect.link)?.probe();
        break;
      case 'destroy':
        links.get(effect.link)?.destroy();
        break;
      case 'abandon':
        links.get(effect.link)?.abandon(timing.drainMax);
        break;
      case 'retire-others':
        for (const [id, link] of links) if (id !== effect.link) link.retire(timing.drain);
        break;
      case 'destroy-all':
        for (const link of links.values()) link.destroy();
        break;
      case 'drain-all':
        // Idle connections of egress would keep the control session open.
        void egress.settle(drainMs);
        for (const link of links.values()) void link.drain(drainMs);
        break;
    }
  };

  const openLink = (id: number): void => {
    const identity = own.get();
    if (identity === null) return;
    const link = createLink(
      {
        identity,
        way: way.get(),
        version: options.version,
        timing,
        log,
        now,
        registrations: () => registrations,
        skewMs: () => known.clocks?.clockSkewMs ?? null,
        yields: () => displaced,
      },
      {
        onRegistered: (response) => {
          way.settle();
          registrations += 1;
          displaced = false;
          known = { ...known, registration: response, publicUrls: response.publicUrls };
          own.bound(response.tunnel.domains);
          dispatch({ type: 'registered', link: id, generation: response.generation });
        },
        onAttached: (slot) => {
          dispatch({ type: 'attached', link: id, slot });
          renewal.check();
        },
        onSlotLost: (slot, error) =>
          dispatch({ type: 'slot-lost', link: id, slot, error: toErrorInfo(error) }),
        onLost: (error, retryAfterMs) =>
          dispatch({ type: 'lost', link: id, error: toErrorInfo(error), retryAfterMs }),
        onEvent: (event) => onEvent(id, event),
        onClocks: (measured) => {
          known = { ...known, clocks: measured };
          publish();
        },
        onStream: intake.serve,
      },
    );
    links.set(id, link);
    link.open();
    void link.closed().then(() => {
      links.delete(id);
      const { received, sent } = link.bytes();
      ended.received += received;
      ended.sent += sent;
    });
  };

  const onEvent = (link: number, event: RelayEvent): void => {
    if (event.type === 'domains') {
      known = { ...known, publicUrls: event.publicUrls };
      own.bound(event.domains);
      publish();
      return;
    }
    displaced ||= event.type === 'displaced';
    dispatch(newsOf(link, event, random));
  };

  const egress = createEgress({
    session: () => control()?.http2 ?? null,
    fixedIp: () => known.registration?.relay.fixedIp ?? null,
    ...(options.egressCa === undefined ? {} : { ca: options.egressCa }),
  });

  const renewal = createRenewal({
    log,
    now,
    timing,
    identity: own.get,
    control,
    store: async (renewed) => void (await own.renewed(renewed)),
    isStale: () => way.isStale(current(), own.get()),
    refresh: async () => {
      const [link, identity] = [current(), own.get()];
      if (link === null || identity === null || state.phase !== 'online') return;
      await way
        .refresh(link, identity, (register) => egress.handover(register, timing.pingDeadline))
        .finally(() => options.onChange(shown));
    },
  });

  const recovery = createRecovery({
    log,
    now,
    timing,
    dialer: (endpoint, signal) => way.get().dialer(endpoint, signal),
    identity: own.get,
    store: async (renewed) => {
      if (await own.renewed(renewed)) dispatch({ type: 'connect' });
    },
    isRefused: () => state.phase === 'refused',
    onChange: publish,
  });

  const wake = (afresh = false): void => {
    dispatch({ type: 'wake', afresh });
    renewal.check();
  };
  const stopClock = watchClock(now, () => wake());

  const allClosed = async (): Promise<void> => {
    await Promise.all([...links.values()].map((link) => link.closed()));
  };

  return {
    view: () => shown,
    setIdentity: (next) => {
      own.set(next);
      known = nothingKnown;
      dispatch({ type: 'identity', present: next !== null });
    },
    updateIdentity: (next) => {
      own.set(next);
      if (state.phase === 'online') renewal.check();
      else wake(true);
    },
    setWay: (next) => {
      way.set(next);
      wake(true);
    },
    way: () => current()?.way() ?? way.get(),
    // Where there are no such connections any more, the state says what is wrong.
    pending: () => (way.isStale(current(), own.get()) ? way.pending() : null),
    connect: () => {
      displaced = false;
      dispatch({ type: 'connect' });
    },
    disconnect: async () => {
      dispatch({ type: 'disconnect' });
      await allClosed();
    },
    wake: () => wake(),
    probe: async (path) => {
      const session = control();
      if (session === null) throw new AppError('TUNNEL_OFFLINE');
      const { status } = await session.ask(path);
      if (status >= 500) throw new AppError('ANSWER_TIMEOUT', { status });
    },
    egress,
    publicCertificate: () => known.registration?.publicCertificate ?? null,
    stats: () => ({
      reconnects: Math.max(0, registrations - 1),
      rttMs: known.clocks?.rttMs ?? null,
      up: state.phase === 'online',
      ...intake.figures(),
      losses,
      bytes: sumBytes([ended, ...[...links.values()].map((link) => link.bytes())]),
    }),
    stop: async (limitMs = timing.drain) => {
      drainMs = limitMs;
      stopClock();
      renewal.stop();
      recovery.stop();
      // Who asks once more has another limit.
      if (state.phase === 'closed') run({ do: 'drain-all' });
      else dispatch({ type: 'stop' });
      await allClosed();
      await egress.close();
    },
  };
}
