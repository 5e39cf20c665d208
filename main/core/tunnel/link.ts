import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import type { Logger } from '../../../common/domain/log.ts';
import { AppError } from '../../../common/errors/app-error.ts';
import type { RegisterResponse, RelayEvent } from '../../../common/tunnel/control.ts';
import { alpn } from '../../../common/tunnel/protocol.ts';
import { openControl, type Clocks, type ControlSession } from './control.ts';
import { openData, type DataSession } from './data.ts';
import { dial, type Dialer } from './dial.ts';
import { RelayRefusal } from './exchange.ts';
import { blameSkew, classify, type FaultContext } from './faults.ts';
import { endpointText, type DeviceIdentity } from './identity.ts';
import type { Timing } from './timing.ts';

export interface LinkOptions {
  readonly identity: DeviceIdentity;
  readonly dialer: Dialer;
  readonly version: string;
  readonly timing: Timing;
  readonly log: Logger;
  readonly now: () => number;
  /** How often this run has registered before. */
  readonly registrations: () => number;
  /** Milliseconds between heartbeats. Default: what the relay asks for. */
  readonly heartbeatMs?: number | undefined;
  /** Relay's clock minus ours as last measured, milliseconds. */
  readonly skewMs?: () => number | null;
  /** Whether to leave the device to another program that has it; see `RegisterRequest`. */
  readonly yields?: () => boolean;
}

/** What a link has to tell while it is the current one; it falls silent once it is abandoned, drained or destroyed. */
export interface LinkHandlers {
  readonly onRegistered: (registration: RegisterResponse) => void;
  readonly onAttached: (slot: number) => void;
  readonly onSlotLost: (slot: number, error: AppError) => void;
  readonly onLost: (error: AppError, retryAfterMs: number | null) => void;
  readonly onEvent: (event: RelayEvent) => void;
  readonly onClocks: (clocks: Clocks) => void;
  readonly onStream: (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void;
}

/** One registration at the relay: its control session and its data sessions. */
export interface Link {
  /** Identity that its connections have shown. */
  identity(): DeviceIdentity;
  /** The registered control session; null before, and after it is lost. */
  control(): ControlSession | null;
  open(): void;
  attach(slot: number): void;
  probe(): void;
  /**
   * Replaces every connection by one of `identity`, without losing a request: all are dialled first, then the relay is
   * told to let the old ones finish, and `handover` wraps the moment between. Throws, and leaves all as it was, when the
   * new connections cannot be made; once the old ones have been announced as leaving, a failure is a lost link.
   */
  refresh(
    identity: DeviceIdentity,
    handover: (register: () => Promise<void>) => Promise<void>,
  ): Promise<void>;
  /** Data sessions serve on as long as they live, at most `limitMs`. */
  abandon(limitMs: number): void;
  /** Takes nothing new, ends when what is under way has ended, at most after `limitMs`. */
  retire(limitMs: number): void;
  /** The same, having told the relay. */
  drain(limitMs: number): Promise<void>;
  destroy(): void;
  /** Resolves when no connection of this link is left. */
  closed(): Promise<void>;
}

export function createLink(options: LinkOptions, handlers: LinkHandlers): Link {
  const { timing, log, now } = options;
  const dials = new AbortController();
  const living = new Set<Promise<unknown>>();
  const controls = new Set<ControlSession>();
  const sessions = new Set<DataSession>();
  const slots = new Map<number, DataSession>();
  const attaching = new Set<Promise<void>>();
  let { identity } = options;
  let control: ControlSession | null = null;
  let silent = false;
  let limit: NodeJS.Timeout | null = null;

  const faults = (): FaultContext => ({
    endpoint: endpointText(identity.endpoint),
    certificate: identity.certificate,
    now: now(),
    skewMs: options.skewMs?.() ?? null,
  });

  const live = (work: Promise<unknown>): void => {
    const settled = work.catch(() => undefined).finally(() => living.delete(settled));
    living.add(settled);
  };

  const connect = (as: DeviceIdentity, protocol: string): Promise<TLSSocket> =>
    dial({
      endpoint: as.endpoint,
      alpn: protocol,
      ca: as.ca,
      privateKey: as.privateKey,
      certificate: as.certificate,
      dialer: options.dialer,
      deadlineMs: timing.dial,
      signal: dials.signal,
      now,
    });

  const register = async (socket: TLSSocket): Promise<ControlSession> => {
    let mine: ControlSession | null = null;
    const isCurrent = (): boolean => !silent && (mine === null || mine === control);
    mine = await openControl(
      {
        socket,
        version: options.version,
        registrations: options.registrations(),
        heartbeatMs: options.heartbeatMs,
        tunnel: identity.tunnel,
        yields: options.yields?.() ?? false,
        timing,
        log,
        now,
        faults,
      },
      {
        onClocks: (clocks) => {
          if (isCurrent()) handlers.onClocks(clocks);
        },
        onEvent: (event) => {
          if (isCurrent()) handlers.onEvent(event);
        },
        onLost: (error, retryAfterMs) => {
          if (!isCurrent()) return;
          control = null;
          handlers.onLost(error, retryAfterMs);
        },
      },
    );
    const opened = mine;
    controls.add(opened);
    live(opened.closed.then(() => controls.delete(opened)));
    if (dials.signal.aborted) {
      opened.destroy();
      throw dials.signal.reason;
    }
    control = opened;
    handlers.onRegistered(opened.registration);
    return opened;
  };

  const attach = async (slot: number, socket: TLSSocket, owner: ControlSession): Promise<void> => {
    const { generation } = owner.registration;
    const heartbeatMs = options.heartbeatMs ?? owner.registration.heartbeatMs;
    let mine: DataSession | null = null;
    let died: AppError | null = null;
    mine = await openData(
      { socket, generation, index: slot, heartbeatMs, timing, faults },
      {
        onStream: handlers.onStream,
        onLost: (error) => {
          died = error;
          if (mine === null || slots.get(slot) !== mine) return;
          slots.delete(slot);
          if (!silent) handlers.onSlotLost(slot, error);
        },
      },
    );
    const opened = mine;
    sessions.add(opened);
    live(opened.closed.then(() => sessions.delete(opened)));
    if (died === null && owner === control && !dials.signal.aborted) {
      slots.set(slot, opened);
      handlers.onAttached(slot);
      return;
    }
    opened.destroy();
    throw died ?? new AppError('SESSION_LOST', { reason: 'superseded' });
  };

  const slotLost = (slot: number, thrown: unknown): void => {
    if (!silent) handlers.onSlotLost(slot, classify(thrown, faults()));
  };

  const lost = (thrown: unknown): void => {
    if (silent) return;
    if (thrown instanceof RelayRefusal) {
      handlers.onLost(blameSkew(thrown.error, thrown.clock, now()), thrown.retryAfterMs);
    } else handlers.onLost(classify(thrown, faults()), null);
  };

  const end = (limitMs: number, finish: (session: DataSession) => void): void => {
    silent = true;
    dials.abort(new Error('the link was given up'));
    if (limit !== null) clearTimeout(limit);
    limit = setTimeout(destroy, limitMs);
    void closed().then(() => limit !== null && clearTimeout(limit));
    for (const each of controls) each.close();
    control = null;
    for (const session of sessions) finish(session);
  };

  const destroy = (): void => {
    silent = true;
    dials.abort(new Error('the link was given up'));
    if (limit !== null) clearTimeout(limit);
    control = null;
    for (const each of controls) each.destroy();
    for (const session of sessions) session.destroy();
  };

  const closed = async (): Promise<void> => {
    while (living.size > 0) await Promise.all(living);
  };

  return {
    identity: () => identity,
    control: () => control,
    open: () => live(connect(identity, alpn.control).then(register).catch(lost)),
    attach: (slot) => {
      const owner = control;
      const work = connect(identity, alpn.data)
        .then((socket) => {
          if (owner !== null) return attach(slot, socket, owner);
          socket.destroy();
          throw new AppError('SESSION_LOST', { reason: 'superseded' });
        })
        .catch((thrown: unknown) => slotLost(slot, thrown))
        .finally(() => attaching.delete(work));
      attaching.add(work);
      live(work);
    },
    probe: () => {
      control?.probe(timing.probeDeadline);
      for (const session of slots.values()) session.probe(timing.probeDeadline);
    },
    refresh: (fresh, handover) => {
      const work = refresh(fresh, handover);
      live(work);
      return work;
    },
    abandon: (limitMs) => end(limitMs, () => undefined),
    retire: (limitMs) => end(limitMs, (session) => session.retire(limitMs)),
    drain: async (limitMs) => {
      silent = true;
      const heard = await control?.announceDrain(Math.min(limitMs, timing.probeDeadline));
      const isIdle = [...sessions].every((session) => session.inFlight() === 0);
      // Closing in good order takes two.
      if (heard === false && isIdle) destroy();
      else end(limitMs, (session) => session.retire(limitMs));
      await closed();
    },
    destroy,
    closed,
  };

  async function refresh(
    fresh: DeviceIdentity,
    handover: (register: () => Promise<void>) => Promise<void>,
  ): Promise<void> {
    // A session that is just being made would be cut half way.
    await Promise.all(attaching);
    const old = control;
    if (old === null || silent) return;
    const taken = [...slots.keys()];
    const sockets = await connectAll([alpn.control, ...taken.map(() => alpn.data)], fresh);
    const [first, ...rest] = sockets;
    if (first === undefined || control !== old || silent) {
      for (const socket of sockets) socket.destroy();
      return;
    }
    // From here on the relay may end the old connections at any moment, and that is no loss.
    const older = [...slots.values()];
    control = null;
    slots.clear();
    identity = fresh;
    try {
      await handover(async () => {
        await old.announceDrain(timing.probeDeadline);
        const owner = await register(first);
        old.close();
        // The handshakes are done and the relay's attach requests are waiting: one round trip more.
        await Promise.all(
          rest.map((socket, index) => {
            const slot = taken[index] ?? 0;
            return attach(slot, socket, owner).catch((thrown: unknown) => slotLost(slot, thrown));
          }),
        );
      });
    } catch (thrown) {
      for (const socket of sockets) socket.destroy();
      lost(thrown);
    }
    // The relay goes over to the new sessions when it has our answer, not when we send it, and then ends the old ones.
    for (const session of older) session.retire(timing.drainMax, timing.probeDeadline);
  }

  async function connectAll(
    protocols: readonly string[],
    as: DeviceIdentity,
  ): Promise<TLSSocket[]> {
    const results = await Promise.allSettled(protocols.map((protocol) => connect(as, protocol)));
    const sockets = results.flatMap((result) =>
      result.status === 'fulfilled' ? [result.value] : [],
    );
    const failed = results.find((result) => result.status === 'rejected');
    if (failed === undefined) return sockets;
    for (const socket of sockets) socket.destroy();
    throw failed.reason;
  }
}
