import * as z from 'zod';
import { ErrorInfo } from '../errors/app-error.ts';

/** What the gateway says of itself; every figure is of this running program. */
export const GatewayView = z.object({
  /** `http://127.0.0.1:8080`, where the management API listens; null when it does not. */
  address: z.string().nullable(),
  store: z.discriminatedUnion('state', [
    z.object({ state: z.literal('ok') }),
    z.object({ state: z.literal('failing'), error: ErrorInfo }),
  ]),
  /** Callbacks taken in the last full minute. */
  callbacksPerMinute: z.number(),
  inFlight: z.int(),
  received: z.int(),
  rejected: z.int(),
  stored: z.int(),
  /** 99th percentile of the time to answer a callback over the last minutes, milliseconds. */
  answerP99Ms: z.number().nullable(),
  /** What keeps bots from sending until somebody acts, such as an address that WeCom does not trust (UNTRUSTED_IP). */
  problems: z.array(z.object({ bot: z.string(), since: z.int(), error: ErrorInfo })),
  targets: z.object({ total: z.int(), healthy: z.int() }),
});
export type GatewayView = z.infer<typeof GatewayView>;
