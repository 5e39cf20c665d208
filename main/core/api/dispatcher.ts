import type * as z from 'zod';
import { api, type Api } from '../../../common/contract/api.ts';
import type {
  CallName,
  Capability,
  Out,
  Parsed,
  Procedure,
  Topic,
  TopicName,
} from '../../../common/contract/define.ts';
import type { Reply } from '../../../common/contract/wire.ts';
import { AppError, toErrorInfo, type ErrorInfo } from '../../../common/errors/app-error.ts';
import type { Logger } from '../../../common/domain/log.ts';
import type { Caller } from '../types.ts';
import { measure } from './measure.ts';

/** One function for each call; its input has been validated and its caller authorised. */
export type Handlers = {
  readonly [K in CallName<Api>]: (
    input: Parsed<Api, K>,
    caller: Caller,
  ) => Out<Api, K> | Promise<Out<Api, K>>;
};

/** The only door to the core, whatever carried the call. */
export interface Dispatcher {
  dispatch(caller: Caller, name: string, input: unknown): Promise<Reply>;
  /** Checks a subscription and counts it; the function it returns ends it. Throws UNKNOWN_CALL, FORBIDDEN, BUSY. */
  admit(caller: Caller, topic: string): { readonly topic: TopicName<Api>; release(): void };
  /** Refuses every further call with HOST_GONE and resolves when those under way have settled. */
  close(): Promise<void>;
}

/** Bytes of JSON that one call may carry. */
export const MAX_INPUT_BYTES = 4 * 1024 * 1024;
/** Calls that one caller may have under way. */
export const MAX_CALLS = 32;
/** Subscriptions that one caller may hold. */
export const MAX_SUBSCRIPTIONS = 32;

export interface DispatcherOptions {
  readonly handlers: Handlers;
  /** What this host can do at all; a caller never has more. */
  readonly offered: ReadonlySet<Capability>;
  readonly log: Logger;
}

export function createDispatcher({ handlers, offered, log }: DispatcherOptions): Dispatcher {
  const calls = new WeakMap<Caller, number>();
  const subscriptions = new WeakMap<Caller, number>();
  const pending = new Set<Promise<Reply>>();
  let closed = false;

  const mayUse = (caller: Caller, needs: readonly Capability[]): boolean =>
    needs.every((need) => offered.has(need) && caller.has.has(need));

  const run = async (caller: Caller, name: string, raw: unknown): Promise<Reply> => {
    const procedure = find('call', name);
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
      const handler = handlers[name as CallName<Api>] as (
        input: unknown,
        caller: Caller,
      ) => unknown;
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
      const topic = find('topic', name);
      if (topic === undefined) throw new AppError('UNKNOWN_CALL');
      if (!mayUse(caller, topic.needs)) throw new AppError('FORBIDDEN', { topic: name });
      const held = subscriptions.get(caller) ?? 0;
      if (held >= MAX_SUBSCRIPTIONS) throw new AppError('BUSY', { limit: MAX_SUBSCRIPTIONS });
      subscriptions.set(caller, held + 1);
      let released = false;
      return {
        topic: name as TopicName<Api>,
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
  kind: K,
  name: string,
): (K extends 'call' ? Procedure : Topic) | undefined {
  const contract: Readonly<Record<string, Procedure | Topic>> = api;
  const entry = Object.hasOwn(contract, name) ? contract[name] : undefined;
  return entry?.kind === kind ? (entry as K extends 'call' ? Procedure : Topic) : undefined;
}

function refuse(error: ErrorInfo): Reply {
  return { ok: false, error };
}

/** Names the first field that is wrong and why. zod's words describe the schema, never the value. */
function badInput(call: string, error: z.ZodError): ErrorInfo {
  const issue = error.issues[0];
  return {
    code: 'BAD_INPUT',
    params: {
      call,
      field: (issue?.path ?? []).map(String).join('.').slice(0, 128),
      issue: (issue?.message ?? '').slice(0, 256),
    },
  };
}
