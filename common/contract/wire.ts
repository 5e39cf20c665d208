import * as z from 'zod';
import { ErrorInfo } from '../errors/app-error.ts';

/** The result envelope of a call, the same over every transport. JSON leaves out a value that is undefined. */
export const Reply = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), value: z.unknown().optional() }),
  z.object({ ok: z.literal(false), error: ErrorInfo }),
]);
export type Reply = z.infer<typeof Reply>;

/** What a console sends over a WebSocket. */
export const ClientFrame = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('call'),
    id: z.int(),
    name: z.string().max(64),
    input: z.unknown().optional(),
  }),
  z.object({ kind: z.literal('subscribe'), topic: z.string().max(64) }),
  z.object({ kind: z.literal('unsubscribe'), topic: z.string().max(64) }),
]);
export type ClientFrame = z.infer<typeof ClientFrame>;

/** What the host sends. `hello` comes first and names the contract's version. */
export const ServerFrame = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('hello'), contract: z.int() }),
  z.object({ kind: z.literal('reply'), id: z.int(), reply: Reply }),
  z.object({ kind: z.literal('event'), topic: z.string(), payload: z.unknown() }),
]);
export type ServerFrame = z.infer<typeof ServerFrame>;

/** Path of the operator's WebSocket on the console server. */
export const CONSOLE_SOCKET_PATH = '/api/console';
