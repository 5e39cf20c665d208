import type * as z from 'zod';
import type { Logger } from '../domain/log.ts';
import { AppError, toErrorInfo, type ErrorInfo } from '../errors/app-error.ts';
import { firstIssue } from '../errors/first-issue.ts';
import type {
  CallName,
  Capability,
  Contract,
  Out,
  Parsed,
  Procedure,
  Topic,
  TopicName,
} from './define.ts';
import { measure } from './measure.ts';
import type { Reply } from './wire.ts';

/** Who calls: decided by the host that carries the call, never by the call. */
export interface Caller {
  /** For the log: `desktop`, `browser 127.0.0.1`, `cli`. */
  readonly name: string;
  readonly has: ReadonlySet<Capability>;
}

/** One function for each call of a contract; its input has been validated and its caller authorised. */
export type HandlersOf<C extends Contract, W extends Caller = Caller> = {
  readonly [K in CallName<C>]: (input: Parsed<C, K>, caller: W) => Out<C, K> | Promise<Out<C, K>>;
};

/** The only door to a program, whatever carried the call. */
export interface DispatcherOf<C extends Contract, W extends Caller = Caller> {
  dispatch(caller: W, name: string, input: unknown): Promise<Reply>;
  /** Checks a subscription and counts it; the function it returns ends it. Throws UNKNOWN_CALL, FORBIDDEN, BUSY. */
  admit(caller: W, topic: string): { readonly topic: TopicName<C>; release(): void };
  /** Refuses every further call with HOST_GONE and resolves when those under way have settled. */
  close(): Promise<void>;
}

/** Bytes of JSON that one call may carry. */
export const MAX_INPUT_BYTES = 4 * 1024 * 1024;
/** Calls that one caller may have under way. */
export const MAX_CALLS = 32;
/** Subscriptions that one caller may hold. */
export const MAX_SUBSCRIPTIONS = 32;

export interface DispatcherOptionsOf<C extends Contract, W extends Caller = Caller> {
  readonly contract: C;
  readonly handlers: HandlersOf<C, W>;
  /** What this host can do at all; a caller never has more. */
  readonly offered: ReadonlySet<Capability>;
  readonly log: Logger;
}

/** Looks a call up, checks capability, size and input, runs it, and answers with an envelope. */
export function createDispatcherOf<C extends Contract, W extends Caller = Caller>(
  options: DispatcherOptionsOf<C, W>,
): DispatcherOf<C, W> {
  const { contract, handlers, offered, log } = options;
  const calls = new WeakMap<W, number>();
  const subscriptions = new WeakMap<W, number>();
  const pending = new Set<Promise<Reply>>();
  let closed = false;

  const mayUse = (caller: W, needs: readonly Capability[]): boolean =>
    needs.every((need) => offered.has(need) && caller.has.has(need));

  const run = async (caller: W, name: string, raw: unknown): Promise<Reply> => {
    const procedure = find(contract, 'call', name);
    if (procedure === undefined) return refuse({ code: 'UNKNOWN_CALL', params: {} });
    if (!mayUse(caller, procedure.needs)) {
      log.warn({ call: name, caller: caller.name, code: 'FORBIDDEN' }, 'call refused');
      return refuse({ code: 'FORBIDDEN', params: { call: name } });
    }
    const size = measure(raw, MAX_INPUT_BYTES);
    if (size === 'too-large')
      return refuse({ code: 'TOO_LARGE', params: { limit: MAX_INPUT_BYTES } });
    if (size === 'not-json')
      return refuse({ code: 'BAD_INPUT', params: { call: name, field: '' } });
    const input = procedure.input.safeParse(raw);
    if (!input.success) return refuse(badInput(name, input.error));
    try {
      const handler = handlers[name as CallName<C>] as (input: unknown, caller: W) => unknown;
      return { ok: true, value: await handler(input.data, caller) };
    } catch (error) {
      if (!(error instanceof AppError)) {
        log.error({ call: name, caller: caller.name, err: error }, 'a call failed unexpectedly');
      }
      return refuse(toErrorInfo(error));
    }
  };

  return {
    async dispatch(caller, name, input) {
      if (closed) return refuse({ code: 'HOST_GONE', params: {} });
      const underWay = calls.get(caller) ?? 0;
      if (underWay >= MAX_CALLS) return refuse({ code: 'BUSY', params: { limit: MAX_CALLS } });
      calls.set(caller, underWay + 1);
      const reply = run(caller, name, input);
      pending.add(reply);
      try {
        return await reply;
      } finally {
        pending.delete(reply);
        calls.set(caller, (calls.get(caller) ?? 1) - 1);
      }
    },
    admit(caller, name) {
      const topic = find(contract, 'topic', name);
      if (topic === undefined) throw new AppError('UNKNOWN_CALL');
      if (!mayUse(caller, topic.needs)) throw new AppError('FORBIDDEN', { topic: name });
      const held = subscriptions.get(caller) ?? 0;
      if (held >= MAX_SUBSCRIPTIONS) throw new AppError('BUSY', { limit: MAX_SUBSCRIPTIONS });
      subscriptions.set(caller, held + 1);
      let released = false;
      return {
        topic: name as TopicName<C>,
        release() {
          if (released) return;
          released = true;
          subscriptions.set(caller, (subscriptions.get(caller) ?? 1) - 1);
        },
      };
    },
    async close() {
      closed = true;
      await Promise.all(pending);
    },
  };
}

/** hasOwn, because `constructor` and `__proto__` are not calls. */
function find<K extends 'call' | 'topic'>(
  contract: Contract,
  kind: K,
  name: string,
): (K extends 'call' ? Procedure : Topic) | undefined {
  const entry = Object.hasOwn(contract, name) ? contract[name] : undefined;
  return entry?.kind === kind ? (entry as K extends 'call' ? Procedure : Topic) : undefined;
}

function refuse(error: ErrorInfo): Reply {
  return { ok: false, error };
}

/** Names the first field that is wrong and why. zod's words describe the schema, never the value. */
function badInput(call: string, error: z.ZodError): ErrorInfo {
  const { field, reason } = firstIssue(error);
  return {
    code: 'BAD_INPUT',
    params: {
      call,
      field: field.slice(0, 128),
      issue: reason.slice(0, 256),
    },
  };
}
