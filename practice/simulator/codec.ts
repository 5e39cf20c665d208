import {
  createCipheriv,
  createDecipheriv,
  createHash,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';

/**
 * WeCom's callback cryptography (D90968, D101033), written from the documentation for the simulator alone. It shares no
 * line with the gateway's own, so that one mistake cannot hide in both.
 */

/** Credentials of one callback address. */
export interface CallbackSecrets {
  readonly token: string;
  /** 43 letters and digits. */
  readonly encodingAESKey: string;
  /** CorpID for an app, the empty string for a smart bot. */
  readonly receiveId: string;
}

/** Error numbers of WeCom's own crypto libraries. */
export type CodecErrorCode = -40001 | -40002 | -40004 | -40005 | -40007 | -40008 | -40010;

export class CodecError extends Error {
  override readonly name = 'CodecError';
  readonly code: CodecErrorCode;

  constructor(code: CodecErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

const BLOCK = 32;
const RANDOM_BYTES = 16;
const LENGTH_BYTES = 4;

function keyOf(encodingAESKey: string): Buffer {
  if (!/^[A-Za-z0-9]{43}$/.test(encodingAESKey)) {
    throw new CodecError(-40004, 'EncodingAESKey is not 43 letters and digits');
  }
  return Buffer.from(`${encodingAESKey}=`, 'base64');
}

/** Lower hex SHA-1 over token, timestamp, nonce and ciphertext, sorted by their bytes and joined. */
export function signature(
  token: string,
  timestamp: string,
  nonce: string,
  encrypt: string,
): string {
  const parts = [token, timestamp, nonce, encrypt].map((part) => Buffer.from(part, 'utf8'));
  parts.sort((a, b) => Buffer.compare(a, b));
  return createHash('sha1').update(Buffer.concat(parts)).digest('hex');
}

/** Compares two signatures in constant time. */
export function sameSignature(a: string, b: string): boolean {
  const left = Buffer.from(a, 'utf8');
  const right = Buffer.from(b, 'utf8');
  return left.length === right.length && timingSafeEqual(left, right);
}

/** AES-256-CBC with the key's first half as IV and PKCS #7 padding to 32 bytes. */
function encipher(key: Buffer, plain: Buffer): Buffer {
  const pad = BLOCK - (plain.length % BLOCK);
  const cipher = createCipheriv('aes-256-cbc', key, key.subarray(0, 16)).setAutoPadding(false);
  return Buffer.concat([
    cipher.update(plain),
    cipher.update(Buffer.alloc(pad, pad)),
    cipher.final(),
  ]);
}

function decipher(key: Buffer, sealed: Buffer): Buffer {
  if (sealed.length === 0 || sealed.length % 16 !== 0) {
    throw new CodecError(-40007, 'ciphertext is not a whole number of blocks');
  }
  // Node removes paddings of up to 16 bytes only, while WeCom pads to 32.
  const decipherer = createDecipheriv('aes-256-cbc', key, key.subarray(0, 16)).setAutoPadding(
    false,
  );
  const padded = Buffer.concat([decipherer.update(sealed), decipherer.final()]);
  const pad = padded.at(-1) ?? 0;
  if (pad < 1 || pad > BLOCK || pad > padded.length) {
    throw new CodecError(-40007, 'padding is not between 1 and 32');
  }
  if (!padded.subarray(padded.length - pad).every((byte) => byte === pad)) {
    throw new CodecError(-40007, 'padding bytes differ');
  }
  return padded.subarray(0, padded.length - pad);
}

/** Base64 of a message sealed as WeCom does it. Throws {@link CodecError} -40004. */
export function encryptMessage(
  secrets: CallbackSecrets,
  message: string,
  random: Uint8Array = randomBytes(RANDOM_BYTES),
): string {
  const body = Buffer.from(message, 'utf8');
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(body.length);
  const plain = Buffer.concat([random, length, body, Buffer.from(secrets.receiveId, 'utf8')]);
  return encipher(keyOf(secrets.encodingAESKey), plain).toString('base64');
}

/** Opens what {@link encryptMessage} sealed. Throws {@link CodecError} -40004, -40005, -40007, -40008 or -40010. */
export function decryptMessage(secrets: CallbackSecrets, encrypt: string): string {
  const key = keyOf(secrets.encodingAESKey);
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(encrypt)) throw new CodecError(-40010, 'not base64');
  const plain = decipher(key, Buffer.from(encrypt, 'base64'));
  const start = RANDOM_BYTES + LENGTH_BYTES;
  if (plain.length < start) throw new CodecError(-40008, 'plaintext is too short');
  const end = start + plain.readUInt32BE(RANDOM_BYTES);
  if (end > plain.length) throw new CodecError(-40008, 'length field exceeds the plaintext');
  if (plain.subarray(end).toString('utf8') !== secrets.receiveId) {
    throw new CodecError(-40005, 'message is for another receiver');
  }
  return plain.subarray(start, end).toString('utf8');
}

/** Checks the signature, then decrypts. Throws {@link CodecError} -40001 and those of {@link decryptMessage}. */
export function openMessage(
  secrets: CallbackSecrets,
  sealed: { signature: string; timestamp: string; nonce: string; encrypt: string },
): string {
  const wanted = signature(secrets.token, sealed.timestamp, sealed.nonce, sealed.encrypt);
  if (!sameSignature(wanted, sealed.signature)) {
    throw new CodecError(-40001, 'signature does not match');
  }
  return decryptMessage(secrets, sealed.encrypt);
}

/** A whole media file sealed for a smart bot (D101027): no length, no receiver. `key` is base64 of 32 bytes. */
export function encryptMedia(key: string, file: Uint8Array): Buffer {
  const bytes = Buffer.from(key, 'base64');
  if (bytes.length !== 32) throw new CodecError(-40004, 'media key is not 32 bytes');
  return encipher(bytes, Buffer.from(file));
}
