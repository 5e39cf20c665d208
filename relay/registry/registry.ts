import type { RelayEvent } from '../../common/tunnel/control.ts';
import { timing } from '../../common/tunnel/protocol.ts';
import type { DataSession } from './data-session.ts';

/** The control connection of a registered device, as the registry needs it. */
export interface ControlLink {
  /** Says something to the device, if it listens. */
  readonly tell: (event: RelayEvent) => void;
  /** Ends the connection: what was told is flushed first, for a moment at most. */
  readonly cut: () => void;
}

interface LiveDevice {
  readonly id: string;
  readonly tunnel: string;
  generation: number;
  readonly takesGzip: boolean;
  /** Null once the control connection is gone: the data sessions live on by themselves. */
  link: ControlLink | null;
  draining: boolean;
  readonly sessions: Set<DataSession>;
}

/** Who is connected, and which session a request goes to. */
export interface Registry {
  /**
   * Makes `generation` the only owner of the device. Sessions of the one before are cut at once, unless the device had
   * announced their end by a drain: then they finish what they carry.
   */
  readonly register: (device: {
    id: string;
    tunnel: string;
    generation: number;
    link: ControlLink;
    /** Whether it takes bodies of requests in gzip. */
    takesGzip: boolean;
  }) => void;
  /** Current generation of a device; null when it is not registered. */
  readonly generation: (deviceId: string) => number | null;
  /** Whether the device takes bodies of requests in gzip, as it said when it registered. */
  readonly takesGzip: (deviceId: string) => boolean;
  /** Takes a data session in; false when its generation is not the current one or the device has too many. */
  readonly attach: (session: DataSession) => boolean;
  readonly detach: (session: DataSession) => void;
  /** The control connection of that generation has gone. */
  readonly unlink: (deviceId: string, link: ControlLink) => void;
  /** The device takes its leave: it gets no further request while another can. False for a generation that is over. */
  readonly drain: (deviceId: string, generation: number) => boolean;
  /** The session with the least in flight; null when there is none. */
  readonly pick: (tunnel: string, except?: DataSession) => DataSession | null;
  /** Ends everything of a device at once. */
  readonly cut: (deviceId: string, event: RelayEvent) => void;
  /** Asks every session of a tunnel for life; those that do not answer within `deadlineMs` are destroyed. */
  readonly probe: (tunnel: string, deadlineMs: number) => void;
  readonly isOnline: (deviceId: string) => boolean;
  /** Devices that are registered now. */
  readonly deviceCount: () => number;
  readonly sessions: () => DataSession[];
  readonly sessionsOf: (tunnel: string) => DataSession[];
  readonly tell: (deviceId: string, event: RelayEvent) => void;
  readonly tellAll: (event: RelayEvent) => void;
  readonly cutAll: () => void;
}

/** More data sessions than this no device needs; a device that opens more is broken. */
const MAX_SESSIONS = 8;

export function createRegistry(): Registry {
  const devices = new Map<string, LiveDevice>();
  const byTunnel = new Map<string, Set<DataSession>>();
  /**
   * Of generations that are over and may finish what they carry. They still take requests until the next generation has a
   * session of its own, so that a renewal leaves no moment without one.
   */
  const leaving = new Set<DataSession>();

  const drop = (session: DataSession): void => {
    const ofTunnel = byTunnel.get(session.tunnel);
    ofTunnel?.delete(session);
    if (ofTunnel?.size === 0) byTunnel.delete(session.tunnel);
  };

  const forget = (device: LiveDevice): void => {
    if (device.link === null && device.sessions.size === 0) devices.delete(device.id);
  };

  const supersede = (old: LiveDevice): void => {
    for (const session of old.sessions) {
      if (old.draining) leaving.add(session);
      else {
        drop(session);
        session.cut();
      }
    }
    old.sessions.clear();
  };

  const retireLeaving = (deviceId: string): void => {
    for (const session of leaving) {
      if (session.deviceId !== deviceId) continue;
      drop(session);
      session.retire(timing.drainMax);
    }
  };

  return {
    register: ({ id, tunnel, generation, link, takesGzip }) => {
      const old = devices.get(id);
      if (old !== undefined) {
        supersede(old);
        if (old.link !== null && old.link !== link) {
          old.link.tell({ type: 'displaced', generation });
          old.link.cut();
        }
      }
      devices.set(id, {
        id,
        tunnel,
        generation,
        takesGzip,
        link,
        draining: false,
        sessions: new Set(),
      });
    },
    generation: (id) => devices.get(id)?.generation ?? null,
    takesGzip: (id) => devices.get(id)?.takesGzip === true,
    attach: (session) => {
      const device = devices.get(session.deviceId);
      if (device?.generation !== session.generation) return false;
      if (device.sessions.size >= MAX_SESSIONS) return false;
      device.sessions.add(session);
      const ofTunnel = byTunnel.get(session.tunnel) ?? new Set();
      ofTunnel.add(session);
      byTunnel.set(session.tunnel, ofTunnel);
      retireLeaving(session.deviceId);
      return true;
    },
    detach: (session) => {
      leaving.delete(session);
      drop(session);
      const device = devices.get(session.deviceId);
      if (device?.sessions.delete(session) === true) forget(device);
    },
    unlink: (id, link) => {
      const device = devices.get(id);
      if (device === undefined || device.link !== link) return;
      device.link = null;
      forget(device);
    },
    drain: (id, generation) => {
      const device = devices.get(id);
      if (device?.generation !== generation) return false;
      device.draining = true;
      return true;
    },
    pick: (tunnel, except) => {
      let best: DataSession | null = null;
      let bestIsLeaving = false;
      for (const session of byTunnel.get(tunnel) ?? []) {
        if (session === except || !session.usable) continue;
        const isLeaving = leaving.has(session) || devices.get(session.deviceId)?.draining === true;
        const better =
          best === null ||
          (bestIsLeaving && !isLeaving) ||
          (bestIsLeaving === isLeaving && session.inFlight < best.inFlight);
        if (!better) continue;
        best = session;
        bestIsLeaving = isLeaving;
      }
      return best;
    },
    cut: (id, event) => {
      for (const session of leaving) {
        if (session.deviceId !== id) continue;
        drop(session);
        session.cut();
      }
      const device = devices.get(id);
      if (device === undefined) return;
      devices.delete(id);
      for (const session of device.sessions) {
        drop(session);
        session.cut();
      }
      device.link?.tell(event);
      device.link?.cut();
    },
    probe: (tunnel, deadlineMs) => {
      for (const session of byTunnel.get(tunnel) ?? []) void session.pulse.probe(deadlineMs);
    },
    deviceCount: () => devices.size,
    isOnline: (id) => (devices.get(id)?.sessions.size ?? 0) > 0,
    sessions: () => [...devices.values()].flatMap((device) => [...device.sessions]),
    sessionsOf: (tunnel) => [...(byTunnel.get(tunnel) ?? [])],
    tell: (id, event) => devices.get(id)?.link?.tell(event),
    tellAll: (event) => {
      for (const device of devices.values()) device.link?.tell(event);
    },
    cutAll: () => {
      for (const session of leaving) session.cut();
      for (const device of devices.values()) {
        for (const session of device.sessions) session.cut();
        device.link?.cut();
      }
    },
  };
}
