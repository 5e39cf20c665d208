import type { TLSSocket } from 'node:tls';
import { AppError } from '../../../common/errors/app-error.ts';
import { CODING } from '../../../common/tunnel/compression.ts';
import { alpn } from '../../../common/tunnel/protocol.ts';
import { openControl, type ControlSession } from './control.ts';
import { openData, type DataSession } from './data.ts';
import { dial, type DialOptions } from './dial.ts';
import { RelayRefusal } from './exchange.ts';
import { blameSkew, classify, type FaultContext } from './faults.ts';
import { endpointText, type DeviceIdentity } from './identity.ts';
import type { Link, LinkHandlers, LinkOptions } from './link-types.ts';
import { explainDates } from './relay-clock.ts';
import type { LinkWay } from './types.ts';

export function createLink(options: LinkOptions, handlers: LinkHandlers): Link {
  const { timing, log, now } = options;
  const dials = new AbortController();
  const living = new Set<Promise<unknown>>();
  const controls = new Set<ControlSession>();
  const sessions = new Set<DataSession>();
  const bytes = { received: 0, sent: 0 };
  const slots = new Map<number, DataSession>();
  const attaching = new Set<Promise<void>>();
  let { identity, way } = options;
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

  const connect = async (
    as: DeviceIdentity,
    protocol: string,
    { dialer }: LinkWay = way,
  ): Promise<TLSSocket> => {
    const to: DialOptions = {
      endpoint: as.endpoint,
      alpn: protocol,
      ca: as.ca,
      privateKey: as.privateKey,
      certificate: as.certificate,
      dialer,
      deadlineMs: timing.dial,
      signal: dials.signal,
      now,
    };
    return dial(to).catch(async (thrown: unknown) => {
      throw await explainDates(thrown, to);
    });
  };

  const register = async (socket: TLSSocket): Promise<ControlSession> => {
    let mine: ControlSession | null = null;
    const isCurrent = (): boolean => !silent && (mine === null || mine === control);
    mine = await openControl(
      {
        socket,
        version: options.version,
        registrations: options.registrations(),
        heartbeatMs: way.heartbeatMs,
        tunnel: identity.tunnel,
        yields: options.yields?.() ?? false,
        ...(way.compression ? { codings: [CODING] } : {}),
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
    const heartbeatMs = way.heartbeatMs ?? owner.registration.heartbeatMs;
    let mine: DataSession | null = null;
    let died: AppError | null = null;
    mine = await openData(
      { socket, generation, index: slot, heartbeatMs, timing, log, signal: dials.signal, faults },
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
    live(
      opened.closed.then(() => {
        sessions.delete(opened);
        addBytes(bytes, opened.bytes());
      }),
    );
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
    way: () => way,
    control: () => control,
    bytes: () => {
      const total = { ...bytes };
      for (const session of sessions) addBytes(total, session.bytes());
      return total;
    },
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
    refresh: (fresh, next, handover) => {
      const work = refresh(fresh, next, handover);
      live(work);
      return work;
    },
    // What took the control session may have taken these too: a reset that meets a full pipe says nothing by itself.
    abandon: (limitMs) => end(limitMs, (session) => session.probe(timing.probeDeadline)),
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
    next: LinkWay,
    handover: (register: () => Promise<void>) => Promise<void>,
  ): Promise<void> {
    // A session that is just being made would be cut half way.
    await Promise.all(attaching);
    const old = control;
    if (old === null || silent) return;
    const taken = [...slots.keys()];
    const purposes = [alpn.control, ...taken.map(() => alpn.data)];
    const sockets = await connectAll(purposes, fresh, next);
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
    way = next;
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
    by: LinkWay,
  ): Promise<TLSSocket[]> {
    const results = await Promise.allSettled(
      protocols.map((protocol) => connect(as, protocol, by)),
    );
    const sockets = results.flatMap((result) =>
      result.status === 'fulfilled' ? [result.value] : [],
    );
    const failed = results.find((result) => result.status === 'rejected');
    if (failed === undefined) return sockets;
    for (const socket of sockets) socket.destroy();
    throw failed.reason;
  }
}

function addBytes(
  total: { received: number; sent: number },
  more: { readonly received: number; readonly sent: number },
): void {
  total.received += more.received;
  total.sent += more.sent;
}
