import { closeServer, type ListenOn } from '../listen.ts';
import { createAppDesk, type App } from './app-desk.ts';
import {
  wecomPatience,
  type CallbackBot,
  type CallbackRecord,
  type Patience,
  type VerifyResult,
} from './callback-record.ts';
import { createCallbackSender } from './callbacks.ts';
import { CallbackInput } from './callback-input.ts';
import { createFaults, type FaultName } from './faults.ts';
import { createResponseDesk } from './response-desk.ts';
import { createRobotDesk, type ChatMessage, type Robot } from './robot.ts';
import { startServer } from './server.ts';

export type { CallbackBot, CallbackRecord, VerifyResult } from './callback-record.ts';
export type { App } from './app-desk.ts';
export type { FaultName } from './faults.ts';
export type { ChatMessage, Robot } from './robot.ts';

export interface SimulatorOptions {
  /** Port 0 takes a free one. */
  readonly listen: ListenOn;
  readonly robots: readonly Robot[];
  readonly apps?: readonly App[];
  readonly patience?: Partial<Patience>;
  /** Clock of the webhook's limits, milliseconds; for tests. */
  readonly now?: () => number;
}

/** WeCom on this machine: takes what robots send, and calls bots back. */
export interface Simulator {
  /** `http://host:port` */
  readonly address: string;
  webhook(key: string): string;
  setBot(bot: CallbackBot): void;
  /** Throws BOT_NOT_FOUND or BUSY. */
  verifyUrl(bot: string): Promise<VerifyResult>;
  /** Delivers one callback. Throws BOT_NOT_FOUND or BUSY, or a ZodError for a malformed input. */
  post(input: typeof CallbackInput._input): Promise<CallbackRecord>;
  messages(): ChatMessage[];
  /** Makes something go wrong until it is switched off. */
  setFault(name: FaultName, on: boolean): void;
  /** Every access token that was given out ends now. */
  expireTokens(): void;
  /** How often each API was called: `gettoken`, `message/send`, `webhook/send`, … */
  calls(): Readonly<Record<string, number>>;
  callbacks(): CallbackRecord[];
  close(): Promise<void>;
}

/** Starts the simulator. Rejects with the system's error where the port is taken. */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const now = options.now ?? Date.now;
  // Grows over restarts too, so that an open page does not wait for ids that come again.
  let lastId = 0;
  const nextId = (): number => (lastId = Math.max(lastId + 1, Date.now()));
  const robots = createRobotDesk(options.robots, nextId);
  const faults = createFaults();
  const apps = createAppDesk(options.apps ?? [], nextId, faults);
  const responses = createResponseDesk(nextId);
  let address = '';
  const callbacks = createCallbackSender({
    address: () => address,
    nextId,
    newResponseUrl: (bot) =>
      `${address}/cgi-bin/aibot/response?response_code=${responses.newCode(bot, now())}`,
    patience: { ...wecomPatience, ...options.patience },
  });
  const { address: listening, server } = await startServer(options.listen, {
    robots,
    apps,
    faults,
    responses,
    callbacks,
    now,
  });
  address = listening;

  return {
    address,
    webhook: (key) => `${address}/cgi-bin/webhook/send?key=${encodeURIComponent(key)}`,
    setBot: (bot) => callbacks.setBot(bot),
    verifyUrl: (bot) => callbacks.verifyUrl(bot),
    post: (input) => callbacks.post(CallbackInput.parse(input)),
    messages: () =>
      [...robots.messages(0), ...apps.messages(0), ...responses.messages(0)].sort(
        (a, b) => a.id - b.id,
      ),
    setFault: (name, on) => faults.set(name, on),
    expireTokens: () => apps.expireTokens(),
    calls: () => faults.counts(),
    callbacks: () => callbacks.records(0),
    async close() {
      await callbacks.close();
      await closeServer(server);
    },
  };
}
