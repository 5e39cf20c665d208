import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';

const run = promisify(execFile);

/** A network of its own for one program, joined to this one by a cable (veth) with rules that can be set on it. */
export interface Namespace {
  /** Address of this side, for what the program is to reach. */
  readonly address: string;
  /** Put in front of a command line that is to run inside. */
  readonly before: readonly string[];
  /** Adds an iptables rule inside; `direction` is the program's: INPUT is what comes to it. */
  rule(direction: 'INPUT' | 'OUTPUT', ...match: string[]): Promise<void>;
  /** Takes all rules off. */
  clear(): Promise<void>;
}

let count = 0;

/** Makes a namespace, removed with the test; null where this machine does not let us. */
export async function openNamespace(): Promise<Namespace | null> {
  count += 1;
  const name = `cwf${process.pid % 10_000}-${count}`;
  const [here, there] = [`${name}h`, `${name}t`];
  const net = `10.213.${count % 250}`;
  const inside = (...command: string[]): Promise<unknown> =>
    run('ip', ['netns', 'exec', name, ...command]);
  try {
    await run('ip', ['netns', 'add', name]);
  } catch {
    return null;
  }
  onTestFinished(async () => {
    await run('ip', ['link', 'del', here]).catch(() => undefined);
    await run('ip', ['netns', 'del', name]).catch(() => undefined);
  });
  try {
    await run('ip', ['link', 'add', here, 'type', 'veth', 'peer', 'name', there]);
    await run('ip', ['link', 'set', there, 'netns', name]);
    await run('ip', ['addr', 'add', `${net}.1/24`, 'dev', here]);
    await run('ip', ['link', 'set', here, 'up']);
    await inside('ip', 'addr', 'add', `${net}.2/24`, 'dev', there);
    await inside('ip', 'link', 'set', there, 'up');
    await inside('ip', 'link', 'set', 'lo', 'up');
    await inside('iptables', '-L', '-n');
  } catch {
    return null;
  }
  return {
    address: `${net}.1`,
    before: ['ip', 'netns', 'exec', name],
    rule: async (direction, ...match) => {
      await inside('iptables', '-A', direction, ...match);
    },
    clear: async () => {
      await inside('iptables', '-F');
    },
  };
}
