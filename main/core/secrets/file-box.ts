import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { chmod, link, mkdir, open, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AppError } from '../../../common/errors/app-error.ts';
import type { SecretBox } from '../types.ts';

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** "CWS" and the version of the layout: header, nonce, ciphertext, tag. The header is authenticated too. */
const HEADER = Buffer.from([0x43, 0x57, 0x53, 0x01]);

/**
 * A secret box whose key is a file: AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce for each secret. The key is made
 * on first use with mode 0600. Throws `SECRET_STORE_UNAVAILABLE {file, reason}` when the file is malformed, belongs to
 * somebody else, or lets others read it.
 */
export async function createFileSecretBox(file: string): Promise<SecretBox> {
  const key = (await readKey(file)) ?? (await makeKey(file));
  return {
    seal(plaintext) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(HEADER);
      const text = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final()]);
      return Promise.resolve(Buffer.concat([HEADER, nonce, text, cipher.getAuthTag()]));
    },
    async open(sealed) {
      return { plaintext: decrypt(key, Buffer.from(sealed)), reseal: false };
    },
  };
}

function decrypt(key: Buffer, sealed: Buffer): string {
  const start = HEADER.length + NONCE_BYTES;
  const end = sealed.length - TAG_BYTES;
  if (end < start || !sealed.subarray(0, HEADER.length).equals(HEADER)) {
    throw new AppError('SECRET_UNREADABLE');
  }
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(HEADER.length, start), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(HEADER).setAuthTag(sealed.subarray(end));
  try {
    return Buffer.concat([
      decipher.update(sealed.subarray(start, end)),
      decipher.final(),
    ]).toString();
  } catch {
    throw new AppError('SECRET_UNREADABLE');
  }
}

async function readKey(file: string): Promise<Buffer | undefined> {
  let handle;
  try {
    handle = await open(file, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw unavailable(file, 'unreadable', error);
  }
  try {
    // Asked of the open file, not of its name, so that nobody can swap it in between. Windows has no such mode bits.
    const { uid, mode } = await handle.stat();
    if (process.getuid !== undefined) {
      if (uid !== process.getuid()) throw unavailable(file, 'owner');
      if ((mode & 0o077) !== 0) throw unavailable(file, 'mode');
    }
    const key = await handle.readFile();
    if (key.length !== KEY_BYTES) throw unavailable(file, 'malformed');
    return key;
  } finally {
    await handle.close();
  }
}

async function makeKey(file: string): Promise<Buffer> {
  const key = randomBytes(KEY_BYTES);
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await writeFile(draft, key, { mode: 0o600, flag: 'wx', flush: true });
    await chmod(draft, 0o600);
    // A link fails where a rename would replace: of two that make a key at once, one wins and the other reads it.
    await link(draft, file);
    return key;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
      throw unavailable(file, 'unwritable', error);
    }
    const made = await readKey(file);
    if (made === undefined) throw unavailable(file, 'unreadable', error);
    return made;
  } finally {
    await rm(draft, { force: true });
  }
}

function unavailable(file: string, reason: string, cause?: unknown): AppError {
  return new AppError('SECRET_STORE_UNAVAILABLE', { file, reason }, { cause });
}
