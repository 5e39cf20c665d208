import { Readable, Writable } from 'node:stream';
import type { Io } from '../io.ts';

/** A process that exists only in memory. */
export interface TestIo extends Io {
  out(): string;
  err(): string;
  signal(): void;
  reload(): void;
  fail(error: unknown): void;
  /** Exit codes of hard exits. */
  readonly exits: readonly number[];
  /** Resolves with the first whole line on stdout. */
  firstLine(): Promise<string>;
}

export function testIo(options: { env?: Record<string, string>; stdin?: string } = {}): TestIo {
  const signals = new Set<() => void>();
  const reloads = new Set<() => void>();
  const defects = new Set<(error: unknown) => void>();
  const exits: number[] = [];
  const { promise: firstLine, resolve } = Promise.withResolvers<string>();
  const written = { out: '', err: '' };
  const sink = (name: 'out' | 'err'): Writable =>
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        written[name] += chunk.toString();
        const end = written.out.indexOf('\n');
        if (end >= 0) resolve(written.out.slice(0, end));
        done();
      },
    });
  const add = <T>(set: Set<T>, item: T): (() => void) => {
    set.add(item);
    return () => void set.delete(item);
  };
  return {
    stdin: Readable.from([options.stdin ?? '']),
    stdout: sink('out'),
    stderr: sink('err'),
    env: { LANG: 'en_GB.UTF-8', ...options.env },
    onSignal: (listener) => add(signals, listener),
    onReload: (listener) => add(reloads, listener),
    onDefect: (listener) => add(defects, listener),
    exit: (code) => void exits.push(code),
    out: () => written.out,
    err: () => written.err,
    signal() {
      for (const listener of signals) listener();
    },
    reload() {
      for (const listener of reloads) listener();
    },
    fail(error) {
      for (const listener of defects) listener(error);
    },
    exits,
    firstLine: () => firstLine,
  };
}
