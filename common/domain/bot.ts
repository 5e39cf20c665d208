import * as z from 'zod';
import { ErrorInfo } from '../errors/app-error.ts';
import { SecretView } from './secret.ts';

/**
 * `app` self-built app (XML callbacks) · `robot` group webhook, send only · `aibot` smart bot in URL mode (JSON callbacks,
 * empty ReceiveId) · `sealed` the fixed-IV envelope of private relays.
 */
export const BotKind = z.enum(['app', 'robot', 'aibot', 'sealed']);
export type BotKind = z.infer<typeof BotKind>;

/** Name of a bot in addresses, files and metrics. */
export const BotId = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,62}$/);

/** Name of a target, by the same rule. */
export const TargetId = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,62}$/);

/** Token of a callback (WeCom D90930): up to 32 letters and digits. */
export const CallbackToken = z.string().regex(/^[A-Za-z0-9]{1,32}$/);

/** EncodingAESKey of a callback (WeCom D90930): exactly 43 letters and digits. */
export const EncodingAesKey = z.string().regex(/^[A-Za-z0-9]{43}$/);

/** Key of a `sealed` bot's envelope (deployment guide §5.2): 16, 24 or 32 bytes of UTF-8. */
export const SealingKey = z
  .string()
  .refine((key) => [16, 24, 32].includes(new TextEncoder().encode(key).length));

/** Whether a key is one that bots of this kind encrypt with. */
export function fitsKind(kind: BotKind, key: string): boolean {
  return (kind === 'sealed' ? SealingKey : EncodingAesKey).safeParse(key).success;
}

/** 1 to 100; a target of weight 2 gets twice what one of weight 1 gets. */
export const Weight = z.int().min(1).max(100);
/** 0 is used first; a higher number stands by until no target of a lower one is available. */
export const Priority = z.int().min(0).max(9);

/**
 * `up` takes messages · `down` fails its health check, or has no subscriber · `ejected` failed several messages in a row and
 * sits out · `draining` takes no new ones by the operator's wish.
 */
export const TargetState = z.enum(['up', 'down', 'ejected', 'draining']);
export type TargetState = z.infer<typeof TargetState>;

/** An internal service that answers messages over HTTP, or as a WebSocket subscriber. */
export const TargetView = z.object({
  id: TargetId,
  /** Empty for a target that subscribes over WebSocket. */
  url: z.string(),
  websocket: z.boolean(),
  secret: SecretView,
  weight: Weight,
  priority: Priority,
  /** Path of its health check; null without one. */
  healthCheck: z.string().nullable(),
  /** How long it may take for one message, milliseconds. */
  timeoutMs: z.int(),
  /** Messages that it may work on at once; more go elsewhere or wait. */
  maxInFlight: z.int(),
  draining: z.boolean(),
  /** Result of what was last sent to it; null before the first message. */
  healthy: z.boolean().nullable(),
  state: TargetState,
  inFlight: z.int(),
  /** When its ejection ends, milliseconds since the epoch; null while it is not ejected. */
  ejectedUntil: z.int().nullable(),
  ejectedSince: z.int().nullable(),
  /** What went wrong last with a message, a request or its health check; null once it works again. */
  failure: z.object({ at: z.int(), error: ErrorInfo }).nullable(),
  breaker: z.enum(['closed', 'open', 'half_open']),
  /** 99th percentile of its answers over the last minutes, milliseconds; null without any. */
  p99Ms: z.number().nullable(),
  /** WebSocket subscribers that are connected; 0 for HTTP. */
  subscribers: z.int(),
  /** The file that defines it, when it cannot be edited in the console. */
  lockedBy: z.string().nullable(),
});
export type TargetView = z.infer<typeof TargetView>;

/** A target as an operator saves it. What may be left out keeps its stored value, or has its default in a new target. */
export const TargetInput = z.object({
  id: TargetId,
  /** Empty for a target that subscribes over WebSocket. */
  url: z.union([z.url({ protocol: /^https?$/ }), z.literal('')]),
  /** Signing secret (Standard Webhooks, `whsec_` and base64); left out keeps what is stored, empty takes it away. */
  secret: z.string().optional(),
  weight: Weight.optional(),
  priority: Priority.optional(),
  healthCheck: z
    .string()
    .regex(/^\/[\x21-\x7e]{0,255}$/)
    .nullable()
    .optional(),
  timeoutMs: z.int().min(100).max(120_000).optional(),
  maxInFlight: z.int().min(1).max(10_000).optional(),
});
export type TargetInput = z.infer<typeof TargetInput>;

/** How a bot's messages leave: `auto` through the relay once this device belongs to one. */
export const BotEgress = z.enum(['auto', 'direct', 'relay']);
export type BotEgress = z.infer<typeof BotEgress>;

/**
 * What becomes of an answer that came too late for a passive reply: the smart bot's response_url, a message of the app
 * itself, a group robot by its id, or nothing.
 */
export const LateReply = z.union([
  z.enum(['response_url', 'app', 'none']),
  z.string().regex(/^robot:[a-z0-9][a-z0-9_-]{0,62}$/),
]);
export type LateReply = z.infer<typeof LateReply>;

/** A CorpID as WeCom gives it. */
export const CorpId = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/);

/** How a bot sends, its secrets left out. Null and empty: not set. */
export const BotSending = z.object({
  corpId: CorpId.nullable().default(null),
  agentId: z.int().min(0).nullable().default(null),
  egress: BotEgress.default('auto'),
  overflow: z.array(BotId).max(16).default([]),
  lateReply: LateReply.nullable().default(null),
  apiBase: z
    .url({ protocol: /^https?$/ })
    .nullable()
    .default(null),
  /** Smart bots: files that members send are fetched as they come. */
  fetchMedia: z.boolean().default(false),
});
export type BotSending = z.infer<typeof BotSending>;

/** Callbacks that came under one pair of keys. */
export const PairHits = z.object({
  count: z.int(),
  /** Milliseconds since the epoch; null before the first. */
  lastAt: z.int().nullable(),
});

/** A bot as the console shows it. */
export const BotView = z.object({
  id: BotId,
  kind: BotKind,
  name: z.string(),
  token: SecretView,
  encodingAesKey: SecretView,
  /** The pair that is being replaced; still accepted while it is set. */
  previousToken: SecretView,
  previousEncodingAesKey: SecretView,
  /** Callbacks under each pair since the program started, or since the keys were changed. */
  pairHits: z.object({ current: PairHits, previous: PairHits }),
  receiveId: z.string(),
  webhook: SecretView,
  /** Sending of a self-built app; null or unset for other kinds. */
  corpId: z.string().nullable(),
  corpSecret: SecretView,
  agentId: z.int().nullable(),
  egress: BotEgress,
  /** Robots that take over while this one's minute is used up. */
  overflow: z.array(BotId),
  /** Null: as is usual for the kind. */
  lateReply: LateReply.nullable(),
  /** WeCom's API of a private deployment; null for the public one. */
  apiBase: z.string().nullable(),
  fetchMedia: z.boolean(),
  /** Where its messages go; null keeps them in the inbox only. */
  target: TargetId.nullable(),
  /** `/wecom/callback/{id}`, or null for kinds that receive nothing. */
  callbackPath: z.string().nullable(),
  isDefault: z.boolean(),
  /** The file that defines it, when it cannot be edited in the console. */
  lockedBy: z.string().nullable(),
});
export type BotView = z.infer<typeof BotView>;

/**
 * A bot as an operator saves it. A secret that is left out keeps its stored value, and so does every field that may be left
 * out; null takes it away.
 */
export const BotInput = z.object({
  id: BotId,
  kind: BotKind,
  name: z.string().max(64),
  token: CallbackToken.optional(),
  /** Of a `sealed` bot, the key of its envelope; see {@link fitsKind}. */
  encodingAesKey: z.union([EncodingAesKey, SealingKey]).optional(),
  receiveId: z.string().max(64),
  webhook: z.url({ protocol: /^https?$/ }).optional(),
  corpId: CorpId.nullable().optional(),
  corpSecret: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,256}$/)
    .optional(),
  agentId: z.int().min(0).nullable().optional(),
  egress: BotEgress.optional(),
  overflow: z.array(BotId).max(16).optional(),
  lateReply: LateReply.nullable().optional(),
  fetchMedia: z.boolean().optional(),
  apiBase: z
    .url({ protocol: /^https?$/ })
    .nullable()
    .optional(),
  target: TargetId.nullable(),
  isDefault: z.boolean(),
});
export type BotInput = z.infer<typeof BotInput>;

/** Whether a bot of this kind has a callback address. */
export function receivesCallbacks(kind: BotKind): boolean {
  return kind !== 'robot';
}
