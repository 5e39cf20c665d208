import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { main } from '../index.ts';

/** What a command said, and its exit code. */
export interface Run {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command of the relay in this process. */
export async function run(...argv: string[]): Promise<Run> {
  const out: string[] = [];
  const err: string[] = [];
  const code = await main(argv, {
    out: (line) => out.push(line),
    err: (line) => err.push(line),
  });
  return { code, out: out.join('\n'), err: err.join('\n') };
}

const program = `
  import { main } from ${JSON.stringify(new URL('../index.ts', import.meta.url).href)};
  process.exitCode = await main(process.argv.slice(1));
`;

/** `relay start` on free ports in a process of its own. */
export function startChild(dir: string): ChildProcess {
  const free = '127.0.0.1:0';
  const args = ['start', '--data-dir', dir, '--log-level', 'error'];
  for (const port of ['public', 'control', 'admin']) args.push(`--listen-${port}`, free);
  return spawn(process.execPath, ['--input-type=module', '-e', program, '--', ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

/** The admin address that a started relay prints. */
export async function adminAddress(child: ChildProcess): Promise<string> {
  for await (const line of createInterface(child.stdout!)) {
    const address = /admin (https?:\S+)/.exec(line)?.[1];
    if (address !== undefined) return address;
  }
  throw new Error('the relay did not start');
}
