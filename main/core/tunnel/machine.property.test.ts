import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ErrorInfo } from '../../../common/errors/app-error.ts';
import { timing } from '../../../common/tunnel/protocol.ts';
import { initialState, step } from './machine.ts';
import { deadlines, type Event, type State } from './state.ts';

const lost: ErrorInfo = { code: 'SESSION_LOST', params: {} };
const revoked: ErrorInfo = { code: 'CERT_REVOKED', params: {} };

/** Does what effects ask for, in the slowest and most awkward way: answers come when the test says. */
interface World {
  state: State;
  now: number;
  /** Links being registered, and sessions being attached: each owes one event. */
  opening: Set<number>;
  attaching: Set<string>;
  live: Set<number>;
}

function apply(world: World, event: Event, random: number): void {
  const [state, effects] = step(world.state, event, {
    now: world.now,
    random: () => random,
    timing,
  });
  world.state = state;
  for (const effect of effects) {
    if (effect.do === 'open') world.opening.add(effect.link);
    else if (effect.do === 'attach') world.attaching.add(`${effect.link} ${effect.slot}`);
    else if (effect.do === 'destroy' || effect.do === 'abandon') forget(world, effect.link);
    else if (effect.do === 'destroy-all' || effect.do === 'drain-all') {
      for (const link of world.live) forget(world, link);
      world.opening.clear();
      world.attaching.clear();
    }
  }
}

function forget(world: World, link: number): void {
  world.opening.delete(link);
  world.live.delete(link);
  for (const key of world.attaching) if (key.startsWith(`${link} `)) world.attaching.delete(key);
}

function underWay({ state, opening, attaching, live }: World): boolean {
  if (deadlines(state).length > 0) return true;
  if (state.phase === 'connecting') {
    return state.step === 'registering'
      ? opening.has(state.link)
      : attaching.has(`${state.link} 0`);
  }
  // A live session reports its own end, and a link that is up its own loss.
  return state.phase === 'online' && live.has(state.link);
}

type Command =
  | { readonly kind: 'user'; readonly event: Event }
  | { readonly kind: 'open'; readonly ok: boolean; readonly error: ErrorInfo }
  | { readonly kind: 'attach'; readonly ok: boolean; readonly error: ErrorInfo }
  | { readonly kind: 'break'; readonly what: 'link' | 0 | 1 | 'drain'; readonly error: ErrorInfo }
  | { readonly kind: 'time' };

const errors = fc.constantFrom<ErrorInfo>(lost, revoked, { code: 'RELAY_TIMEOUT', params: {} });
const commands: fc.Arbitrary<Command> = fc.oneof(
  fc
    .constantFrom<Event>(
      { type: 'connect' },
      { type: 'disconnect' },
      { type: 'wake' },
      { type: 'identity', present: true },
      { type: 'identity', present: false },
    )
    .map((event) => ({ kind: 'user' as const, event })),
  fc.record({ kind: fc.constant('open' as const), ok: fc.boolean(), error: errors }),
  fc.record({ kind: fc.constant('attach' as const), ok: fc.boolean(), error: errors }),
  fc.record({
    kind: fc.constant('break' as const),
    what: fc.constantFrom('link' as const, 0 as const, 1 as const, 'drain' as const),
    error: errors,
  }),
  fc.constant({ kind: 'time' as const }),
);

function perform(world: World, command: Command, random: number): void {
  switch (command.kind) {
    case 'user':
      return apply(world, command.event, random);
    case 'open': {
      const [link] = world.opening;
      if (link === undefined) return;
      world.opening.delete(link);
      if (!command.ok) {
        return apply(
          world,
          { type: 'lost', link, error: command.error, retryAfterMs: null },
          random,
        );
      }
      world.live.add(link);
      return apply(world, { type: 'registered', link, generation: link }, random);
    }
    case 'attach': {
      const [key] = world.attaching;
      if (key === undefined) return;
      world.attaching.delete(key);
      const [link = 0, slot = 0] = key.split(' ').map(Number);
      if (command.ok) return apply(world, { type: 'attached', link, slot }, random);
      return apply(world, { type: 'slot-lost', link, slot, error: command.error }, random);
    }
    case 'break': {
      if (world.state.phase !== 'online') return;
      const { link } = world.state;
      const { what, error } = command;
      if (what === 'link') {
        return apply(world, { type: 'lost', link, error, retryAfterMs: null }, random);
      }
      if (what === 'drain')
        return apply(world, { type: 'draining', link, retryAfterMs: 100 }, random);
      if (world.state.slots[what]?.step !== 'live') return;
      return apply(world, { type: 'slot-lost', link, slot: what, error }, random);
    }
    case 'time': {
      const [first] = deadlines(world.state).toSorted((a, b) => a.at - b.at);
      if (first === undefined) return;
      world.now = Math.max(world.now, first.at);
      return apply(world, { type: 'due', deadline: first }, random);
    }
  }
}

const scripts = fc.array(fc.tuple(commands, fc.double({ min: 0, max: 0.999, noNaN: true })), {
  maxLength: 60,
});

function play(
  script: readonly (readonly [Command, number])[],
  look: (world: World, command: Command) => void,
): World {
  const world: World = {
    state: initialState,
    now: 1_000,
    opening: new Set(),
    attaching: new Set(),
    live: new Set(),
  };
  apply(world, { type: 'identity', present: true }, 0);
  apply(world, { type: 'connect' }, 0);
  for (const [command, random] of script) {
    perform(world, command, random);
    look(world, command);
  }
  return world;
}

function isIdentity(command: Command): boolean {
  return command.kind === 'user' && command.event.type === 'identity';
}

function isAttemptRight(before: State, { state, now }: World, command: Command): boolean {
  const ends = state.phase === 'waiting' || state.phase === 'refused';
  if (ends && (before.phase === 'connecting' || before.phase === 'online')) {
    const held = before.phase === 'online' && now - before.since >= timing.stableAfter;
    return state.attempt === (held ? 0 : before.attempt);
  }
  if (state.phase !== 'connecting' || isIdentity(command)) return true;
  if (before.phase !== 'waiting' && before.phase !== 'refused') return true;
  return state.attempt === before.attempt + 1;
}

describe('whatever happens', () => {
  it('something is under way, or nobody wants it', () => {
    fc.assert(
      fc.property(scripts, (script) => {
        play(script, (world) => {
          const off = ['unenrolled', 'stopped', 'closed'].includes(world.state.phase);
          expect(off || underWay(world)).toBe(true);
        });
      }),
      { numRuns: 500 },
    );
  });

  it('the attempt grows with each try and falls only after a link that held', () => {
    fc.assert(
      fc.property(scripts, (script) => {
        let before: State = initialState;
        const wrong: State[] = [];
        play(script, (world, command) => {
          if (!isAttemptRight(before, world, command)) wrong.push(world.state);
          before = world.state;
        });
        expect(wrong).toEqual([]);
      }),
    );
  });

  it('disconnect ends in stopped, connect leaves it, and no deadline of before survives', () => {
    fc.assert(
      fc.property(scripts, (script) => {
        const world = play(script, () => undefined);
        apply(world, { type: 'identity', present: true }, 0);
        apply(world, { type: 'disconnect' }, 0);
        expect(world.state.phase).toBe('stopped');
        expect(deadlines(world.state)).toEqual([]);
        expect(world.opening.size + world.attaching.size).toBe(0);
        apply(world, { type: 'connect' }, 0);
        expect(world.state.phase).toBe('connecting');
        apply(world, { type: 'stop' }, 0);
        apply(world, { type: 'connect' }, 0);
        expect(world.state.phase).toBe('closed');
      }),
    );
  });
});
