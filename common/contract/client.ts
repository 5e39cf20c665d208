import { fromErrorInfo } from '../errors/app-error.ts';
import type { Api } from './api.ts';
import type { CallName, In, Out, Payload, TopicName } from './define.ts';
import type { Reply } from './wire.ts';

/** Carries calls and topics; an Electron window and a WebSocket each implement it once. */
export interface Transport {
  /** Resolves with the envelope; a broken transport resolves with `HOST_GONE` rather than rejecting. */
  call(name: string, input: unknown): Promise<Reply>;
  /** Returns the function that ends the subscription. */
  subscribe(name: string, listener: (payload: unknown) => void): () => void;
}

export interface Client {
  /** Rejects with an `AppError` when the host says no. */
  call<K extends CallName<Api>>(
    name: K,
    ...input: In<Api, K> extends void ? [] : [In<Api, K>]
  ): Promise<Out<Api, K>>;
  on<K extends TopicName<Api>>(name: K, listener: (payload: Payload<Api, K>) => void): () => void;
}

/** The typed client over any transport. */
export function createClient(transport: Transport): Client {
  return {
    async call<K extends CallName<Api>>(
      name: K,
      ...input: In<Api, K> extends void ? [] : [In<Api, K>]
    ): Promise<Out<Api, K>> {
      const reply = await transport.call(name, input[0]);
      if (!reply.ok) throw fromErrorInfo(reply.error);
      return reply.value as Out<Api, K>;
    },
    on(name, listener) {
      return transport.subscribe(name, listener as (payload: unknown) => void);
    },
  };
}
