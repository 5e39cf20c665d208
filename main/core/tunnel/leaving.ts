import type { TunnelClient } from './types.ts';

interface Leaver {
  readonly client: Pick<TunnelClient, 'stop'>;
  readonly watch: { stop(): void };
}

/** Clients on their way out: each finishes what it has under way. */
export interface Leaving<M extends Leaver> {
  readonly part: (member: M) => void;
  /** The same once `successor` has come, or at the latest after the time of a drain. */
  readonly replace: (member: M, successor: M) => void;
  /** This member is online now, or goes itself: whom it replaces need not wait. */
  readonly release: (successor: M) => void;
  /** Resolves when all have gone. */
  readonly ended: () => Promise<void>;
  /** Gives them no more than this time. */
  readonly stop: (drainMs?: number) => Promise<void>;
}

/** `drainMs`: the longest that one may take for what it has under way. */
export function createLeaving<M extends Leaver>(drainMs: number): Leaving<M> {
  const waiting = new Map<M, () => void>();
  const ending = new Map<Promise<void>, M>();

  const part = (member: M): void => {
    member.watch.stop();
    const work = member.client.stop(drainMs).finally(() => ending.delete(work));
    ending.set(work, member);
  };
  const ended = async (): Promise<void> => {
    for (const leave of waiting.values()) leave();
    await Promise.all(ending.keys());
  };

  return {
    part,
    replace: (member, successor) => {
      const leave = (): void => {
        clearTimeout(timer);
        waiting.delete(successor);
        part(member);
      };
      const timer = setTimeout(leave, drainMs);
      waiting.set(successor, leave);
    },
    release: (successor) => waiting.get(successor)?.(),
    ended,
    stop: async (limitMs) => {
      const gone = ended();
      await Promise.all([...ending.values()].map(({ client }) => client.stop(limitMs)));
      await gone;
    },
  };
}
