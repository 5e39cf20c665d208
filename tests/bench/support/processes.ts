import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { fileURLToPath } from 'node:url';

/** Something that runs and is ended. */
export interface Running {
  readonly pid: number;
  readonly ready: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** One that answers each message with one. */
export interface Answering extends Running {
  ask(message: object): Promise<unknown>;
}

/** Starts a TypeScript program of this folder and waits for its word that it is ready. */
export async function startNode(
  file: string,
  args: readonly string[] = [],
  nodeOptions: readonly string[] = [],
): Promise<Answering> {
  const script = fileURLToPath(new URL(file, import.meta.url));
  const child = spawn(process.execPath, [...nodeOptions, script, ...args], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const failed = once(child, 'exit').then(([code]) => {
    throw new Error(`${file} ended with ${String(code)}`);
  });
  failed.catch(() => undefined);
  const [message] = (await Promise.race([once(child, 'message'), failed])) as [
    { ready: Record<string, string> },
  ];
  return {
    pid: child.pid ?? 0,
    ready: message.ready,
    stop: () => end(child),
    async ask(question) {
      child.send(question);
      const [answer] = (await Promise.race([once(child, 'message'), failed])) as [unknown];
      return answer;
    },
  };
}

/** Starts a program of the system; null where it is not installed. */
export async function startSystem(
  command: string,
  args: readonly string[],
  ports: readonly number[],
): Promise<Running | null> {
  const child = spawn(command, args, { stdio: 'ignore' });
  let missing = false;
  child.once('error', () => (missing = true));
  for (const port of ports) {
    for (let tries = 0; !(await listens(port)); tries += 1) {
      if (missing || tries > 100) {
        await end(child);
        return null;
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  return { pid: child.pid ?? 0, ready: {}, stop: () => end(child) };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 2_000);
  await ended;
  clearTimeout(timer);
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    const done = (yes: boolean): void => {
      socket.destroy();
      resolve(yes);
    };
    socket.once('connect', () => done(true));
    socket.once('error', () => done(false));
  });
}
