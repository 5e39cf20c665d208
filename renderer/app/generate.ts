const ALPHANUMERIC = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
/**
 * Letters that may end an EncodingAESKey: its 43rd character carries four bits of the key, and only with the other two at zero is
 * the base64 canonical (RFC 4648 §3.5), which strict decoders insist on.
 */
const LAST = 'AEIMQUYcgkosw048';
const SIGNING_BYTES = 32;

/** Fills an array with random bytes; `crypto.getRandomValues` outside of tests. */
export type Fill = (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>;

const fromSystem: Fill = (bytes) => crypto.getRandomValues(bytes);

/** A callback token: 32 letters and digits, all equally likely. */
export function generateToken(fill: Fill = fromSystem): string {
  return pick(ALPHANUMERIC, 32, fill);
}

/** An EncodingAESKey (WeCom D90930): 43 letters and digits that are the base64 of 32 bytes without its padding. */
export function generateEncodingAesKey(fill: Fill = fromSystem): string {
  return pick(ALPHANUMERIC, 42, fill) + pick(LAST, 1, fill);
}

/** The key of a private relay's envelope (deployment guide §5.2): 32 letters and digits, for AES-256. */
export function generateSealingKey(fill: Fill = fromSystem): string {
  return pick(ALPHANUMERIC, 32, fill);
}

/** A signing secret of the Standard Webhooks specification: `whsec_` and the base64 of 32 bytes. */
export function generateSigningSecret(fill: Fill = fromSystem): string {
  const bytes = fill(new Uint8Array(SIGNING_BYTES));
  return `whsec_${btoa(String.fromCharCode(...bytes))}`;
}

/** Whether it is a signing secret (`whsec_` and the base64 of 24 to 64 bytes), or empty: that keeps what is stored. */
export function isSigningSecret(value: string): boolean {
  if (value === '') return true;
  const body = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(value)?.[1];
  if (body === undefined) return false;
  const bytes = Math.floor((body.replace(/=+$/, '').length * 3) / 4);
  return bytes >= 24 && bytes <= 64;
}

/** `count` characters of `alphabet`; bytes that would favour its beginning are thrown away. */
function pick(alphabet: string, count: number, fill: Fill): string {
  const fair = 256 - (256 % alphabet.length);
  let text = '';
  while (text.length < count) {
    for (const byte of fill(new Uint8Array(64))) {
      if (byte < fair && text.length < count) text += alphabet.charAt(byte % alphabet.length);
    }
  }
  return text;
}
