import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { finished } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { Gateway, GatewayConfig } from '../../../gateway/index.ts';
import { call, type Answered } from '../../../gateway/testing/harness.ts';
import {
  newKeys,
  signCallback,
  textMessage,
  type SignedCallback,
} from '../../../gateway/testing/wecom-client.ts';

const runner = fileURLToPath(new URL('../../../gateway/testing/run-gateway.ts', import.meta.url));

/** What is kept of a process's words, characters. */
const MOST_SAID = 10_000;

export const keys = newKeys('ww1');
export const path = '/wecom/callback/app';

export function sealed(plaintext: string): SignedCallback {
  return signCallback(keys, { path, plaintext });
}

/** Posts one callback; `reset` where the connection was cut, or nobody listened. */
export function post(
  gateway: { readonly address: string },
  { target, body }: Pick<SignedCallback, 'target' | 'body'>,
): Promise<Answered | 'reset'> {
  return call(gateway, target, { body }).catch(() => 'reset' as const);
}

/** A gateway as a process of its own. */
export interface Child {
  readonly address: string;
  readonly process: ChildProcess;
  /** Resolves with the exit code when it is gone. */
  end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null>;
}

/** `around` is a command that the gateway's is put behind. Throws with what it said where it does not start. */
export async function startChild(
  dataDir: string,
  config: GatewayConfig,
  around: readonly string[] = [],
): Promise<Child> {
  const own = [process.execPath, runner, dataDir, JSON.stringify(config)];
  const [command = '', ...args] = [...around, ...own];
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-MOST_SAID);
  });
  const gone = once(child, 'exit') as Promise<[number | null]>;
  onTestFinished(() => void child.kill('SIGKILL'));
  for await (const address of createInterface({ input: child.stdout })) {
    return {
      address,
      process: child,
      async end(signal) {
        child.kill(signal);
        const [code] = await gone;
        return code;
      },
    };
  }
  await finished(child.stderr);
  throw new Error(`the gateway did not start: ${said}`);
}

/** What became of callbacks under load. */
export interface Load {
  /** Plaintexts that were answered 200. */
  readonly acked: string[];
  sent: number;
  resets: number;
  /** Answers other than 200. */
  readonly wrong: number[];
}

/** Sends fresh messages from `clients` at once until `stop` says so, or the gateway is gone for a client. */
export async function load(
  gateway: { readonly address: string },
  options: {
    readonly clients: number;
    readonly onAck?: (count: number) => void;
    readonly onReset?: () => void;
    readonly stop: () => boolean;
    /** Whether a reset ends the client that meets it: not before the gateway is being ended. */
    readonly untilReset?: () => boolean;
  },
): Promise<Load> {
  const result: Load = { acked: [], sent: 0, resets: 0, wrong: [] };
  const client = async (): Promise<void> => {
    while (!options.stop()) {
      const plaintext = textMessage('under load');
      result.sent += 1;
      const answer = await post(gateway, sealed(plaintext));
      if (answer === 'reset') {
        result.resets += 1;
        options.onReset?.();
        if (options.untilReset?.() === true) return;
      } else if (answer.status === 200) {
        result.acked.push(plaintext);
        options.onAck?.(result.acked.length);
      } else result.wrong.push(answer.status);
    }
  };
  await Promise.all(Array.from({ length: options.clients }, client));
  return result;
}

/** Everything that a gateway has stored: plaintext → how often. */
export function storedIn(gateway: Gateway): Map<string, number> {
  const stored = new Map<string, number>();
  let before: string | undefined;
  for (;;) {
    const page = gateway.listMessages({
      limit: 200,
      direction: 'in',
      ...(before === undefined ? {} : { before }),
    });
    for (const { id } of page.rows) {
      const raw = gateway.getMessage(id).raw ?? '';
      stored.set(raw, (stored.get(raw) ?? 0) + 1);
    }
    before = page.rows.at(-1)?.id;
    if (!page.more) return stored;
  }
}

/** Resolves when nothing waits for a target any more. */
export async function settled(gateway: Gateway): Promise<void> {
  const pending = (): boolean =>
    gateway.listMessages({ limit: 1, direction: 'in', outcome: 'pending' }).rows.length > 0;
  if (!pending()) return;
  await new Promise<void>((resolve) => {
    const stop = gateway.onMessage(() => {
      if (pending()) return;
      stop();
      resolve();
    });
    if (!pending()) {
      stop();
      resolve();
    }
  });
}

/** Plaintexts in what a target has heard. */
export function heardBy(service: { readonly heard: readonly { readonly body: string }[] }) {
  return service.heard.map(({ body }) => (JSON.parse(body) as { raw: { text: string } }).raw.text);
}
