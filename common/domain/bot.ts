import * as z from 'zod';
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

/** An internal service that answers messages over HTTP. */
export const TargetView = z.object({
  id: TargetId,
  url: z.string(),
  secret: SecretView,
  /** Result of what was last sent to it; null before the first message. */
  healthy: z.boolean().nullable(),
});
export type TargetView = z.infer<typeof TargetView>;

export const TargetInput = z.object({
  id: TargetId,
  url: z.url({ protocol: /^https?$/ }),
  /** Signing secret (Standard Webhooks, `whsec_` and base64); left out keeps what is stored. */
  secret: z.string().optional(),
});
export type TargetInput = z.infer<typeof TargetInput>;

/** A bot as the console shows it. */
export const BotView = z.object({
  id: BotId,
  kind: BotKind,
  name: z.string(),
  token: SecretView,
  encodingAesKey: SecretView,
  receiveId: z.string(),
  webhook: SecretView,
  /** Where its messages go; null keeps them in the inbox only. */
  target: TargetId.nullable(),
  /** `/wecom/callback/{id}`, or null for kinds that receive nothing. */
  callbackPath: z.string().nullable(),
  isDefault: z.boolean(),
  /** The file that defines it, when it cannot be edited in the console. */
  lockedBy: z.string().nullable(),
});
export type BotView = z.infer<typeof BotView>;

/** A bot as an operator saves it. A secret that is left out keeps its stored value. */
export const BotInput = z.object({
  id: BotId,
  kind: BotKind,
  name: z.string().max(64),
  token: CallbackToken.optional(),
  encodingAesKey: EncodingAesKey.optional(),
  receiveId: z.string().max(64),
  webhook: z.url({ protocol: /^https?$/ }).optional(),
  target: TargetId.nullable(),
  isDefault: z.boolean(),
});
export type BotInput = z.infer<typeof BotInput>;

/** Whether a bot of this kind has a callback address. */
export function receivesCallbacks(kind: BotKind): boolean {
  return kind !== 'robot';
}
