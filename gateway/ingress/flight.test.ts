import { expect, it, onTestFinished, vi } from 'vitest';
import type { InLine } from '../delivery/courier.ts';
import { startFlight, type Flight } from './flight.ts';

interface Started {
  readonly flight: Flight<string>;
  readonly land: (result: string) => void;
  readonly line: Required<InLine>;
  readonly concluded: [result: string, inTime: boolean][];
}

function start(): Started {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const concluded: Started['concluded'] = [];
  const { promise, resolve: land } = Promise.withResolvers<string>();
  const lines: Required<InLine>[] = [];
  const flight = startFlight(
    (line) => {
      lines.push(line);
      return promise;
    },
    (result, inTime) => {
      concluded.push([result, inTime]);
      return Promise.resolve();
    },
  );
  const [line] = lines;
  if (line === undefined) throw new Error('the work was not started');
  return { flight, land, line, concluded };
}

it('gives its result to all who wait, and each its own time', async () => {
  const { flight, land, concluded } = start();
  const early = flight.wait(1_000);
  const long = flight.wait(4_000);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(await early).toBe('late');
  land('reply');
  expect(await long).toBe('reply');
  await flight.finished;
  expect(concluded).toEqual([['reply', true]]);
  expect(vi.getTimerCount()).toBe(0);
});

it('lets nobody wait behind a message that has failed', async () => {
  const { flight, land, line, concluded } = start();
  const short = flight.wait(1_000);
  const long = flight.wait(4_000);
  line.onHeld();
  expect(await Promise.all([short, long])).toEqual(['late', 'late']);
  expect(await flight.wait(4_000)).toBe('late');
  land('reply');
  await flight.finished;
  expect(concluded).toEqual([['reply', false]]);
  expect(vi.getTimerCount()).toBe(0);
});

it('lets a repetition wait that comes when it has its turn', async () => {
  const { flight, land, line, concluded } = start();
  line.onHeld();
  line.onTurn();
  const waiting = flight.wait(1_000);
  land('reply');
  expect(await waiting).toBe('reply');
  expect(concluded).toEqual([['reply', true]]);
});
