import type { ErrorInfo } from '../../../common/errors/app-error.ts';
import { earlyDelay } from '../../../common/tunnel/backoff.ts';
import { SESSIONS_WANTED } from '../../../common/tunnel/protocol.ts';
import { isCurableByWake, isRefusal, isVerdict } from './faults.ts';
import type { Connecting, Effect, Event, Online, Slot, State } from './state.ts';
import type { Timing } from './timing.ts';

/** The world at the time of an event, so that a step depends on nothing else. */
export interface Moment {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** [0, 1), for jitter. */
  readonly random: () => number;
  readonly timing: Timing;
}

export type Step = readonly [State, readonly Effect[]];

/** The first try after a link that held comes at once, but not for everybody at the same moment. */
const FIRST_RETRY_SPREAD_MS = 250;
/** A proxy counts wrong passwords and locks the account: tries with the same one come ever more rarely, up to this. */
const PROXY_AUTH_CAP_MS = 600_000;

export const initialState: State = { phase: 'unenrolled', wanted: false, last: 0 };

/** What an event makes of a state, and what is to be done about it. Pure: see {@link Moment}. */
export function step(state: State, event: Event, moment: Moment): Step {
  if (state.phase === 'closed') return [state, []];
  switch (event.type) {
    case 'stop':
      return [{ phase: 'closed', last: state.last }, [{ do: 'drain-all' }]];
    case 'identity':
      return onIdentity(state, event.present, moment);
    case 'connect':
      return onConnect(state, moment);
    case 'disconnect':
      return onDisconnect(state);
    case 'wake':
      return onWake(state, event.afresh === true, moment);
    case 'due':
      return onDue(state, event, moment);
    case 'registered':
    case 'attached':
    case 'slot-lost':
    case 'lost':
    case 'draining':
      if (state.phase === 'connecting') return onConnecting(state, event, moment);
      if (state.phase === 'online') return onOnline(state, event, moment);
      return [state, []];
  }
}

type LinkEvent = Extract<Event, { link: number }>;

function begin(state: State, attempt: number, moment: Moment): Step {
  const link = state.last + 1;
  const next: State = {
    phase: 'connecting',
    step: 'registering',
    link,
    attempt,
    since: moment.now,
    generation: 0,
    last: link,
  };
  return [next, [{ do: 'open', link }]];
}

function onIdentity(state: State, present: boolean, moment: Moment): Step {
  const wanted =
    state.phase === 'unenrolled'
      ? state.wanted
      : state.phase !== 'stopped' && state.phase !== 'closed';
  const [next, effects]: Step = !present
    ? [{ phase: 'unenrolled', wanted, last: state.last }, []]
    : wanted
      ? begin(state, 1, moment)
      : [{ phase: 'stopped', last: state.last }, []];
  return [next, [{ do: 'destroy-all' }, ...effects]];
}

function onConnect(state: State, moment: Moment): Step {
  switch (state.phase) {
    case 'unenrolled':
      return [{ ...state, wanted: true }, []];
    case 'stopped':
      return begin(state, 1, moment);
    case 'waiting':
    case 'refused':
      return begin(state, state.attempt + 1, moment);
    case 'connecting':
    case 'online':
    case 'closed':
      return [state, []];
  }
}

function onDisconnect(state: State): Step {
  if (state.phase === 'unenrolled') return [{ ...state, wanted: false }, []];
  return [{ phase: 'stopped', last: state.last }, [{ do: 'drain-all' }]];
}

function onWake(state: State, afresh: boolean, moment: Moment): Step {
  switch (state.phase) {
    case 'waiting':
      return begin(state, state.attempt + 1, moment);
    case 'refused':
      return afresh || isCurableByWake(state.error.code)
        ? begin(state, state.attempt + 1, moment)
        : [state, []];
    case 'connecting': {
      // A dial begun on the network of before would run into its deadline; one just begun is left alone, so that a
      // network that changes every moment cannot keep us from ever finishing.
      if (!afresh && moment.now - state.since < moment.timing.probeDeadline) return [state, []];
      const [next, effects] = begin(state, state.attempt, moment);
      return [next, [{ do: 'destroy', link: state.link }, ...effects]];
    }
    case 'online': {
      const effects: Effect[] = [{ do: 'probe', link: state.link }];
      const slots = state.slots.map((slot, index): Slot => {
        if (slot.step !== 'waiting') return slot;
        effects.push({ do: 'attach', link: state.link, slot: index });
        return { step: 'dialling', attempt: slot.attempt + 1 };
      });
      // What failed before the sleep says nothing of the network after it.
      return [{ ...state, attempt: 0, slots }, effects];
    }
    case 'unenrolled':
    case 'stopped':
    case 'closed':
      return [state, []];
  }
}

function onDue(state: State, event: Extract<Event, { type: 'due' }>, moment: Moment): Step {
  const { deadline } = event;
  switch (deadline.name) {
    case 'retry':
      return state.phase === 'waiting' || state.phase === 'refused'
        ? begin(state, state.attempt + 1, moment)
        : [state, []];
    case 'slot': {
      if (state.phase !== 'online') return [state, []];
      const slot = state.slots[deadline.slot];
      if (slot?.step !== 'waiting') return [state, []];
      return dialSlot(state, deadline.slot, slot.attempt + 1);
    }
  }
}

function dialSlot(state: Online & { readonly last: number }, slot: number, attempt: number): Step {
  return [
    { ...state, slots: state.slots.with(slot, { step: 'dialling', attempt }) },
    [{ do: 'attach', link: state.link, slot }],
  ];
}

function onConnecting(
  state: Connecting & { readonly last: number },
  event: LinkEvent,
  moment: Moment,
): Step {
  if (event.link !== state.link) return [state, []];
  const destroy: Effect = { do: 'destroy', link: state.link };
  switch (event.type) {
    case 'registered':
      return [
        { ...state, step: 'attaching', generation: event.generation },
        [{ do: 'attach', link: state.link, slot: 0 }],
      ];
    case 'attached': {
      const { link, attempt, generation, last } = state;
      return goOnline({ link, attempt, generation, last, since: moment.now }, moment);
    }
    case 'slot-lost':
      return [fail(state, event.error, null, moment), [destroy]];
    case 'lost':
      return [fail(state, event.error, event.retryAfterMs, moment), [destroy]];
    case 'draining':
      return [fail(state, draining, event.retryAfterMs, moment), [destroy]];
  }
}

/** The first session of a link carries requests: the second may follow, and what is left of older links may go. */
function goOnline(
  link: Pick<Online, 'link' | 'attempt' | 'generation' | 'since'> & { readonly last: number },
  moment: Moment,
): Step {
  const slots = Array.from({ length: SESSIONS_WANTED }, (_, index): Slot => {
    if (index === 0) return { step: 'live', attempt: 1, since: moment.now };
    return { step: 'dialling', attempt: 1 };
  });
  const effects: Effect[] = slots.flatMap((slot, index) =>
    slot.step === 'dialling' ? [{ do: 'attach' as const, link: link.link, slot: index }] : [],
  );
  return [
    { phase: 'online', ...link, slots },
    [...effects, { do: 'retire-others', link: link.link }],
  ];
}

const draining: ErrorInfo = { code: 'RELAY_DRAINING', params: {} };

function onOnline(
  state: Online & { readonly last: number },
  event: LinkEvent,
  moment: Moment,
): Step {
  if (event.link !== state.link) return [state, []];
  switch (event.type) {
    case 'registered':
      // The link was refreshed: the relay counts it anew.
      return [{ ...state, generation: event.generation }, []];
    case 'attached': {
      const slot = state.slots[event.slot];
      if (slot?.step !== 'dialling') return [state, []];
      const live: Slot = { step: 'live', attempt: slot.attempt, since: moment.now };
      return [{ ...state, slots: state.slots.with(event.slot, live) }, []];
    }
    case 'slot-lost':
      return onSlotLost(state, event, moment);
    case 'lost':
      return loseLink(state, event.error, event.retryAfterMs, moment);
    case 'draining':
      return loseLink(state, draining, event.retryAfterMs, moment);
  }
}

function onSlotLost(
  state: Online & { readonly last: number },
  event: Extract<Event, { type: 'slot-lost' }>,
  moment: Moment,
): Step {
  const slot = state.slots[event.slot];
  if (slot === undefined || slot.step === 'waiting') return [state, []];
  const held = slot.step === 'live' && isStable(slot.since, moment);
  const attempt = held ? 0 : slot.attempt;
  const at = moment.now + pauseAfter(event.error, attempt, moment);
  const slots = state.slots.with(event.slot, { step: 'waiting', attempt, at });
  const others = slots.some((other) => other.step === 'live');
  if (others && !isVerdict(event.error.code)) return [{ ...state, slots }, []];
  return loseLink({ ...state, slots }, event.error, null, moment);
}

/** Data sessions outlive their control session, and serve on until a new link is there; but not where the relay has said no. */
function loseLink(
  state: Online & { readonly last: number },
  error: ErrorInfo,
  retryAfterMs: number | null,
  moment: Moment,
): Step {
  if (isVerdict(error.code)) {
    return [fail(state, error, retryAfterMs, moment), [{ do: 'destroy-all' }]];
  }
  return [fail(state, error, retryAfterMs, moment), [{ do: 'abandon', link: state.link }]];
}

function isStable(since: number, moment: Moment): boolean {
  return moment.now - since >= moment.timing.stableAfter;
}

/** Milliseconds until the next try; `attempt` tries have failed since something last held. */
function pauseAfter({ code }: ErrorInfo, attempt: number, moment: Moment): number {
  const { random, timing } = moment;
  const spread = Math.round(random() * FIRST_RETRY_SPREAD_MS);
  if (code === 'PROXY_AUTH') {
    const doubled = timing.refusedRetry * 2 ** Math.min(Math.max(0, attempt - 1), 10);
    return Math.min(PROXY_AUTH_CAP_MS, doubled) + spread;
  }
  if (isRefusal(code)) return timing.refusedRetry + spread;
  if (attempt === 0) return spread;
  // Who answers too late may have too much to do.
  const early = code === 'RELAY_TIMEOUT' ? timing.dial : undefined;
  return earlyDelay(attempt - 1, random, early, timing.backoffBase, timing.backoffCap);
}

function fail(
  state: (Connecting | Online) & { readonly last: number },
  error: ErrorInfo,
  retryAfterMs: number | null,
  moment: Moment,
): State {
  const held = state.phase === 'online' && isStable(state.since, moment);
  const attempt = held ? 0 : state.attempt;
  const asked = Math.max(0, retryAfterMs ?? 0);
  const { last } = state;
  const pause = pauseAfter(error, attempt, moment);
  if (isRefusal(error.code)) {
    const retryAt = moment.now + Math.max(asked, pause);
    return { phase: 'refused', attempt, since: moment.now, retryAt, error, last };
  }
  return { phase: 'waiting', attempt, retryAt: moment.now + asked + pause, error, last };
}
