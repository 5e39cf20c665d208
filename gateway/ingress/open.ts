import type { IncomingHttpHeaders } from 'node:http';
import { AppError } from '../../common/errors/app-error.ts';
import type { BotConfig } from '../types.ts';
import {
  openCallback,
  parseEnvelope,
  sealReply,
  verifyEcho,
  verifySealedHeader,
  type CallbackCredentials,
  type FieldCasing,
  type SignedQuery,
  type WireFormat,
} from '../wecom/index.ts';

export type Pair = 'current' | 'previous';

/** A callback whose signature held. */
export interface Opened {
  readonly plaintext: Buffer;
  readonly format: WireFormat;
  /** Seconds since the epoch, as signed; NaN where it is no number. */
  readonly timestamp: number;
  readonly pair: Pair;
  /** Signed, and unique for each callback; null where the signature covers the body as well. */
  readonly soleNonce: string | null;
  /** Wraps a passive reply's plaintext the way the callback came. Throws ENCRYPT_FAILED. */
  seal(plaintext: string, now: number): { contentType: string; body: string };
}

interface NamedPair {
  readonly name: Pair;
  readonly credentials: CallbackCredentials;
}

/** The key pairs that a bot's callbacks may be made with: the current one, and the one being replaced. */
function pairsOf(bot: BotConfig): readonly NamedPair[] {
  const known = pairs.get(bot);
  if (known !== undefined) return known;
  const made = makePairs(bot);
  pairs.set(bot, made);
  return made;
}

// The configuration of a bot never changes, a new one takes its place: credentials that stay keep their imported key.
const pairs = new WeakMap<BotConfig, readonly NamedPair[]>();

function makePairs(bot: BotConfig): NamedPair[] {
  const { token, encodingAesKey, receiveId } = bot;
  const made: NamedPair[] = [];
  if (token !== undefined && encodingAesKey !== undefined) {
    made.push({ name: 'current', credentials: { token, encodingAesKey, receiveId } });
  }
  if (bot.previousToken !== undefined || bot.previousEncodingAesKey !== undefined) {
    const old = {
      token: bot.previousToken ?? token,
      encodingAesKey: bot.previousEncodingAesKey ?? encodingAesKey,
    };
    if (old.token !== undefined && old.encodingAesKey !== undefined) {
      const credentials = { token: old.token, encodingAesKey: old.encodingAesKey, receiveId };
      made.push({ name: 'previous', credentials });
    }
  }
  return made;
}

/** Whether the bot has what it takes to receive. */
export function canReceive(bot: BotConfig): boolean {
  if (bot.kind === 'robot') return false;
  return bot.kind === 'sealed' ? bot.token !== undefined : pairsOf(bot).length > 0;
}

/**
 * Runs `open` with one pair after the other. When none works, the error of a pair whose signature held goes before
 * SIGNATURE_INVALID: the two are answered differently.
 */
function withPairs<R>(bot: BotConfig, open: (pair: NamedPair) => R): R {
  let failure: unknown;
  for (const pair of pairsOf(bot)) {
    try {
      return open(pair);
    } catch (error) {
      const forged = error instanceof AppError && error.code === 'SIGNATURE_INVALID';
      if (!forged) failure = error;
    }
  }
  throw failure ?? new AppError('SIGNATURE_INVALID');
}

function signedQuery(query: ReadonlyMap<string, string>): SignedQuery {
  return {
    signature: query.get('msg_signature') ?? '',
    timestamp: query.get('timestamp') ?? '',
    nonce: query.get('nonce') ?? '',
  };
}

/** Answers the check that WeCom makes when the address is saved (wecom.md §3.1). Throws SIGNATURE_INVALID and what decryption throws. */
export function openEcho(bot: BotConfig, query: ReadonlyMap<string, string>): Buffer {
  const echostr = query.get('echostr') ?? '';
  return withPairs(bot, ({ credentials }) => verifyEcho(credentials, signedQuery(query), echostr));
}

/** Opens a callback of a bot in WeCom's own scheme. Throws BODY_MALFORMED, SIGNATURE_INVALID and what decryption throws. */
export function openEncrypted(
  bot: BotConfig,
  query: ReadonlyMap<string, string>,
  body: Buffer,
): Opened {
  const envelope = parseEnvelope(body);
  const signed = signedQuery(query);
  return withPairs(bot, ({ name, credentials }) => ({
    plaintext: openCallback(credentials, signed, envelope.encrypt),
    format: envelope.format,
    timestamp: Number(signed.timestamp),
    pair: name,
    soleNonce: null,
    seal: (plaintext, now) => seal(credentials, envelope, signed.nonce, plaintext, now),
  }));
}

function seal(
  credentials: CallbackCredentials,
  envelope: { format: WireFormat; casing: FieldCasing },
  nonce: string,
  plaintext: string,
  now: number,
): { contentType: string; body: string } {
  const { format, casing } = envelope;
  const timestamp = Math.floor(now / 1000);
  return sealReply(credentials, { format, casing, plaintext, nonce, timestamp });
}

/** Opens a callback of the `sealed` scheme: signature in headers, plain JSON in the body. Throws SIGNATURE_INVALID. */
export function openSealed(bot: BotConfig, headers: IncomingHttpHeaders, body: Buffer): Opened {
  const read = (name: string): string => String(headers[name] ?? '');
  const timestamp = read('x-wecom-timestamp');
  const nonce = read('x-wecom-nonce');
  const signature = read('x-wecom-signature');
  const tokens: readonly (readonly [Pair, string | undefined])[] = [
    ['current', bot.token],
    ['previous', bot.previousToken],
  ];
  for (const [pair, token] of tokens) {
    if (token === undefined || !verifySealedHeader(token, timestamp, nonce, signature)) continue;
    return {
      plaintext: body,
      format: 'json',
      timestamp: Number(timestamp),
      pair,
      soleNonce: `${timestamp} ${nonce}`,
      seal: (plaintext) => ({ contentType: 'application/json', body: plaintext }),
    };
  }
  throw new AppError('SIGNATURE_INVALID');
}
