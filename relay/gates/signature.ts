import { createHash, timingSafeEqual } from 'node:crypto';
import type { ErrorCode } from '../../common/errors/codes.ts';
import { pathOf } from './access.ts';
import { createReplayMemory } from './replay-memory.ts';

/** One bot's Token at the relay. The relay never has the EncodingAESKey: it can tell who wrote a callback, not what. */
export interface GateSecret {
  readonly path: string;
  readonly token: string;
  /** The token before, while both are accepted. */
  readonly previousToken: string | null;
  /** Until when, milliseconds since the epoch. */
  readonly previousUntil: number;
}

/** What the gate found. `identity` is the same for WeCom's repetitions of one callback. */
export type GateVerdict =
  | { readonly passes: true; readonly identity: string }
  | {
      readonly passes: false;
      readonly status: number;
      readonly code: ErrorCode;
      readonly result: Exclude<GateResult, 'passed'>;
    };

export type GateResult = 'passed' | 'forged' | 'aged' | 'replayed' | 'malformed';

/** Checks WeCom's signature before a byte of a callback enters its tunnel (WeCom D90930). */
export interface SignatureGate {
  /** The secret that stands before a request target; null where there is none. */
  readonly find: (tunnel: string, target: string) => GateSecret | null;
  /** Judges a whole callback: a POST by its body, a GET by its `echostr`. */
  readonly judge: (
    tunnel: string,
    secret: GateSecret,
    target: string,
    body: Buffer | null,
  ) => GateVerdict;
}

export interface SignatureGateOptions {
  readonly secretsOf: (tunnel: string) => readonly GateSecret[];
  /** Greatest distance of a callback's timestamp from now, milliseconds; 0 accepts any. */
  readonly maxAgeMs: number;
  readonly now: () => number;
}

const forged = { passes: false, status: 403, code: 'SIGNATURE_INVALID', result: 'forged' } as const;
const aged = { passes: false, status: 403, code: 'CALLBACK_TOO_OLD', result: 'aged' } as const;
const replayed = {
  passes: false,
  status: 403,
  code: 'CALLBACK_REPLAYED',
  result: 'replayed',
} as const;
const malformed = {
  passes: false,
  status: 400,
  code: 'BODY_MALFORMED',
  result: 'malformed',
} as const;

export function createSignatureGate(options: SignatureGateOptions): SignatureGate {
  const { maxAgeMs, now } = options;
  const compiled = new WeakMap<readonly GateSecret[], ReadonlyMap<string, GateSecret>>();
  const replays = createReplayMemory({ keepMs: Math.max(maxAgeMs * 2, 600_000), now });

  const tableOf = (tunnel: string): ReadonlyMap<string, GateSecret> => {
    const secrets = options.secretsOf(tunnel);
    let table = compiled.get(secrets);
    if (table === undefined) {
      table = new Map(secrets.map((secret) => [spelling(secret.path), secret]));
      compiled.set(secrets, table);
    }
    return table;
  };

  return {
    find: (tunnel, target) => {
      const table = tableOf(tunnel);
      return table.size === 0 ? null : (table.get(spelling(pathOf(target))) ?? null);
    },
    judge: (tunnel, secret, target, body) => {
      const query = readQuery(target);
      const timestamp = query.get('timestamp') ?? '';
      const nonce = query.get('nonce') ?? '';
      const signature = query.get('msg_signature') ?? '';
      if (!/^[0-9a-f]{40}$/.test(signature) || !/^\d{1,12}$/.test(timestamp) || nonce === '') {
        return forged;
      }
      const signed = body === null ? (query.get('echostr') ?? '') : ciphertextOf(body);
      if (signed === null || signed === '') return malformed;
      const tokens = [secret.token];
      if (secret.previousToken !== null && now() < secret.previousUntil) {
        tokens.push(secret.previousToken);
      }
      const parts = [timestamp, nonce, signed];
      if (!tokens.some((token) => isSignatureOf(signature, [token, ...parts]))) return forged;
      if (maxAgeMs > 0 && Math.abs(now() - Number(timestamp) * 1000) > maxAgeMs) return aged;
      const identity = `${tunnel} ${signature}`;
      return replays.admit(identity) ? { passes: true, identity: signature } : replayed;
    },
  };
}

/** One spelling for what the gateway takes for one path: percent-encoding and a slash at the end do not count there. */
function spelling(path: string): string {
  let plain = path;
  try {
    plain = decodeURIComponent(path);
  } catch {
    // Not decodable: nothing but itself.
  }
  return plain.length > 1 && plain.endsWith('/') ? plain.slice(0, -1) : plain;
}

/** Lower hex SHA-1 over the parts, sorted by their bytes; the comparison's time tells nothing. */
function isSignatureOf(signature: string, parts: readonly string[]): boolean {
  const sorted = parts.map((part) => Buffer.from(part, 'utf8')).toSorted((a, b) => a.compare(b));
  const expected = createHash('sha1').update(Buffer.concat(sorted)).digest();
  return timingSafeEqual(expected, Buffer.from(signature, 'hex'));
}

/** The first value of each name. `+` stays `+`: WeCom percent-encodes its base64 (wecom.md §3.1). */
function readQuery(target: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  const at = target.indexOf('?');
  if (at === -1) return values;
  for (const pair of target.slice(at + 1).split('&')) {
    const equals = pair.indexOf('=');
    const name = equals === -1 ? pair : pair.slice(0, equals);
    if (values.has(name)) continue;
    try {
      values.set(name, equals === -1 ? '' : decodeURIComponent(pair.slice(equals + 1)));
    } catch {
      return new Map();
    }
  }
  return values;
}

/**
 * No character can be matched in two ways: what strangers send is looked at before its signature, and spaces that could be shared
 * out among several stars would hold up the whole relay.
 */
const ELEMENT = /<Encrypt>(?:\s*<!\[CDATA\[([^\]<>]*)\]\]>\s*|([^<>&]*))<\/Encrypt>/g;

/** What the signature covers: the one `Encrypt` of an XML body, or `encrypt` of a JSON one; null for anything else. */
function ciphertextOf(body: Buffer): string | null {
  const text = body
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .trim();
  if (text.startsWith('{')) return fromJson(text);
  const found = [...text.matchAll(ELEMENT)];
  const [only] = found;
  if (only === undefined || found.length > 1) return null;
  return (only[1] ?? only[2] ?? '').trim();
}

function fromJson(text: string): string | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null) return null;
  const { encrypt, Encrypt } = value as Readonly<Record<string, unknown>>;
  const one = encrypt ?? Encrypt;
  return typeof one === 'string' ? one : null;
}
