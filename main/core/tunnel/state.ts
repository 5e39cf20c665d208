import type { ErrorInfo } from '../../../common/errors/app-error.ts';

/** One data session of a link. */
export type Slot =
  | { readonly step: 'dialling'; readonly attempt: number }
  | { readonly step: 'live'; readonly attempt: number; readonly since: number }
  | { readonly step: 'waiting'; readonly attempt: number; readonly at: number };

/** Getting a link up: first the control session, then the first data session. */
export interface Connecting {
  readonly phase: 'connecting';
  readonly link: number;
  readonly step: 'registering' | 'attaching';
  readonly attempt: number;
  readonly since: number;
  readonly generation: number;
}

export interface Online {
  readonly phase: 'online';
  readonly link: number;
  readonly attempt: number;
  readonly since: number;
  readonly generation: number;
  readonly slots: readonly Slot[];
}

export interface Waiting {
  readonly phase: 'waiting';
  readonly attempt: number;
  readonly retryAt: number;
  readonly error: ErrorInfo;
}

export interface Refused {
  readonly phase: 'refused';
  readonly attempt: number;
  readonly since: number;
  readonly retryAt: number;
  readonly error: ErrorInfo;
}

/**
 * Where the tunnel is. `last` is the number of the newest link: links are numbered so that news of one that was given up
 * is known for what it is.
 */
export type State = { readonly last: number } & (
  | { readonly phase: 'unenrolled'; readonly wanted: boolean }
  | { readonly phase: 'stopped' }
  | { readonly phase: 'closed' }
  | Connecting
  | Online
  | Waiting
  | Refused
);

export type Event =
  | { readonly type: 'identity'; readonly present: boolean }
  | { readonly type: 'connect' }
  | { readonly type: 'disconnect' }
  | { readonly type: 'stop' }
  /** The machine woke up, or its network changed; `afresh`: so did how the relay is reached, and nothing met before counts. */
  | { readonly type: 'wake'; readonly afresh?: boolean }
  | { readonly type: 'registered'; readonly link: number; readonly generation: number }
  | { readonly type: 'attached'; readonly link: number; readonly slot: number }
  /** A data session could not be opened, or ended. */
  | {
      readonly type: 'slot-lost';
      readonly link: number;
      readonly slot: number;
      readonly error: ErrorInfo;
    }
  /** The control session could not be opened, or ended. */
  | {
      readonly type: 'lost';
      readonly link: number;
      readonly error: ErrorInfo;
      readonly retryAfterMs: number | null;
    }
  /** The relay is about to restart. */
  | { readonly type: 'draining'; readonly link: number; readonly retryAfterMs: number }
  | { readonly type: 'due'; readonly deadline: Deadline };

export type Effect =
  /** Dial a control session and register. */
  | { readonly do: 'open'; readonly link: number }
  /** Dial one data session of a registered link. */
  | { readonly do: 'attach'; readonly link: number; readonly slot: number }
  | { readonly do: 'probe'; readonly link: number }
  /** End a link at once. */
  | { readonly do: 'destroy'; readonly link: number }
  /** Leave a link's data sessions to serve on as long as they live; it gets no new ones. */
  | { readonly do: 'abandon'; readonly link: number }
  /** Let every other link finish what it has under way. */
  | { readonly do: 'retire-others'; readonly link: number }
  | { readonly do: 'destroy-all' }
  /** Tell the relay, finish what is under way, end every link. */
  | { readonly do: 'drain-all' };

export type Deadline =
  | { readonly name: 'retry'; readonly at: number }
  | { readonly name: 'slot'; readonly slot: number; readonly at: number };

/** The times at which a state wants a `due` event: what it waits for is never kept anywhere else. */
export function deadlines(state: State): readonly Deadline[] {
  switch (state.phase) {
    case 'waiting':
    case 'refused':
      return [{ name: 'retry', at: state.retryAt }];
    case 'online':
      return state.slots.flatMap((slot, index) =>
        slot.step === 'waiting' ? [{ name: 'slot' as const, slot: index, at: slot.at }] : [],
      );
    case 'unenrolled':
    case 'stopped':
    case 'closed':
    case 'connecting':
      return [];
  }
}

/** Data sessions that carry requests. */
export function liveSlots(slots: readonly Slot[]): number {
  return slots.filter((slot) => slot.step === 'live').length;
}
