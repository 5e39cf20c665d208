import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));

/** The ready line of `npm start -- --practice --json` (DESIGN §6). */
export interface Ready {
  readonly event: 'ready';
  readonly console: string;
  readonly gateway: string;
  readonly public: string;
  readonly publicCa: string;
  readonly relayAdmin: string;
  readonly simulator: string;
  readonly apiKey: string;
  readonly bots: readonly (
    | {
        readonly id: string;
        readonly kind: 'app';
        readonly callback: string;
        readonly token: string;
        readonly encodingAESKey: string;
        readonly receiveId: string;
      }
    | { readonly id: string; readonly kind: 'robot'; readonly webhook: string }
  )[];
}

export interface Program {
  readonly ready: Ready;
  /** Everything it wrote to stdout: the ready line alone. */
  stdout(): string;
  stderr(): string;
  /** Sends SIGTERM and resolves with the exit code. */
  stop(): Promise<number | null>;
}

/**
 * Starts the program as `npm start -- --practice --json` does, with a data directory of its own. `mode: 'enrol'` leaves practice mode out: the
 * ready line then has the console and the gateway alone.
 */
export async function startProgram(
  mode: 'practice' | 'enrol' = 'practice',
  extra: readonly string[] = [],
): Promise<Program> {
  const dataDir = await mkdtemp(join(tmpdir(), 'causeway-e2e-'));
  const child: ChildProcess = spawn(
    process.execPath,
    [
      join(root, 'scripts', 'start.ts'),
      '--json',
      '--data-dir',
      dataDir,
      ...(mode === 'practice' ? ['--practice'] : ['--management', '127.0.0.1:0']),
      ...extra,
    ],
    { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let stdout = '';
  let stderr = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const { stdout: pipe } = child;
  if (pipe === null) throw new Error('no stdout');
  const lines = createInterface({ input: pipe });
  lines.on('line', (line) => {
    stdout += `${line}\n`;
  });
  const first = await Promise.race([
    once(lines, 'line').then(([line]) => String(line)),
    once(child, 'exit').then(([code]) => {
      throw new Error(`the program ended with ${String(code)} before it was ready:\n${stderr}`);
    }),
  ]);
  return {
    ready: JSON.parse(first) as Ready,
    stdout: () => stdout,
    stderr: () => stderr,
    async stop() {
      if (child.exitCode === null) {
        const ended = once(child, 'exit');
        child.kill('SIGTERM');
        await ended;
      }
      await rm(dataDir, { recursive: true, force: true });
      return child.exitCode;
    },
  };
}
