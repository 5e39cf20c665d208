import { fromErrorInfo } from '../errors/app-error.ts';
import type { Api } from './api.ts';
import type { CallName, Contract, In, Out, Payload, TopicName } from './define.ts';
import type { Reply } from './wire.ts';

/** Carries calls and topics; an Electron window and a WebSocket each implement it once. */
export interface Transport {
  /** Resolves with the envelope; a broken transport resolves with `HOST_GONE` rather than rejecting. */
  call(name: string, input: unknown): Promise<Reply>;
  /** Returns the function that ends the subscription. */
  subscribe(name: string, listener: (payload: unknown) => void): () => void;
}

/** The typed client of a contract. */
export interface ClientOf<C extends Contract> {
  /** Rejects with an `AppError` when the host says no. */
  call<K extends CallName<C>>(
    name: K,
    ...input: In<C, K> extends void ? [] : [In<C, K>]
  ): Promise<Out<C, K>>;
  on<K extends TopicName<C>>(name: K, listener: (payload: Payload<C, K>) => void): () => void;
}

/** The typed client of the operator contract. */
export type Client = ClientOf<Api>;

/** The typed client of any contract over any transport. */
export function createClientOf<C extends Contract>(transport: Transport): ClientOf<C> {
  return {
    async call<K extends CallName<C>>(
      name: K,
      ...input: In<C, K> extends void ? [] : [In<C, K>]
    ): Promise<Out<C, K>> {
      const reply = await transport.call(name, input[0]);
      if (!reply.ok) throw fromErrorInfo(reply.error);
      return reply.value as Out<C, K>;
    },
    on(name, listener) {
      return transport.subscribe(name, listener as (payload: unknown) => void);
    },
  };
}

/** The typed client of the operator contract over any transport. */
export function createClient(transport: Transport): Client {
  return createClientOf<Api>(transport);
}
