import { randomInt, randomBytes, scrypt, timingSafeEqual, type ScryptOptions } from 'node:crypto';
import { AppError } from '../../common/errors/app-error.ts';

/** Characters that a password needs at least. */
export const MIN_PASSWORD = 12;
const MIN_DIFFERENT = 5;

/** RFC 7914; 32 MiB and some tens of milliseconds each. */
const COST = { log2N: 15, r: 8, p: 1 } as const;
const KEY_BYTES = 32;
const SALT_BYTES = 16;

/** `scrypt$15$8$1$salt$key`, salt and key in base64url: everything that a later check needs. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const { log2N, r, p } = COST;
  const key = await derive(password, salt, COST);
  return ['scrypt', log2N, r, p, salt.toString('base64url'), key.toString('base64url')].join('$');
}

/** Whether a password is the one of a hash; takes as long for a wrong one. A hash that cannot be read fits none. */
export async function checkPassword(password: string, stored: string): Promise<boolean> {
  const match = /^scrypt\$(1[0-9])\$(\d{1,2})\$(\d{1,2})\$([\w-]{8,})\$([\w-]{16,})$/.exec(stored);
  if (match === null) return false;
  const [, log2N, r, p, salt, key] = match;
  const expected = Buffer.from(key ?? '', 'base64url');
  const cost = { log2N: Number(log2N), r: Number(r), p: Number(p) };
  const given = await derive(password, Buffer.from(salt ?? '', 'base64url'), cost);
  return given.length === expected.length && timingSafeEqual(given, expected);
}

interface Cost {
  readonly log2N: number;
  readonly r: number;
  readonly p: number;
}

function derive(password: string, salt: Buffer, { log2N, r, p }: Cost): Promise<Buffer> {
  const N = 2 ** log2N;
  const options: ScryptOptions = { N, r, p, maxmem: 256 * N * r };
  return new Promise((resolve, reject) => {
    // The same letters may be composed or not, as keyboards differ (RFC 8265 §4.2.2).
    scrypt(password.normalize('NFC'), salt, KEY_BYTES, options, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}

/** Throws `PASSWORD_TOO_WEAK` with `min`: too short, too few different characters, or made of the user's name. */
export function requireStrong(password: string, user: string): void {
  const letters = Array.from(password.normalize('NFC').toLowerCase());
  const rest = letters.join('').replaceAll(user.toLowerCase(), '');
  const fine =
    letters.length >= MIN_PASSWORD &&
    new Set(letters).size >= MIN_DIFFERENT &&
    Array.from(rest).length >= MIN_DIFFERENT;
  if (!fine) throw new AppError('PASSWORD_TOO_WEAK', { min: MIN_PASSWORD });
}

/** No letter that reads like another: it may be copied from a terminal by hand. */
const ALPHABET = '23456789abcdefghjkmnpqrstuvwxyz';

/** A password for one sign-in: 20 random characters in groups, 99 bits. */
export function oneTimePassword(): string {
  const group = (): string =>
    Array.from({ length: 5 }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
  return [group(), group(), group(), group()].join('-');
}
