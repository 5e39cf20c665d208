import { randomBytes, randomInt } from 'node:crypto';
import * as z from 'zod';
import { CallbackToken, EncodingAesKey } from '../common/domain/bot.ts';
import { readPrivate, writePrivate } from './private-file.ts';

const Port = z.int().min(0).max(65_535);

/** Ports of the last start, tried again so that bookmarks and scripts keep working; 0 before the first. */
export const Ports = z.object({
  simulator: Port,
  service: Port,
  public: Port,
  control: Port,
  admin: Port,
  management: Port,
});
export type Ports = z.infer<typeof Ports>;

/** Who practice mode pretends to be: made up once for a data directory, worth nothing outside it. */
export const PracticeIdentity = z.object({
  token: CallbackToken,
  encodingAESKey: EncodingAesKey,
  corpId: z.string().regex(/^ww[0-9a-f]{16}$/),
  robotKey: z.uuid(),
  /** Secret of the practice app; one of its own is drawn for directories of before it could send. */
  appSecret: z
    .string()
    .regex(/^[A-Za-z0-9]{43}$/)
    .default(() => letters(43)),
  targetSecret: z.string().regex(/^whsec_[A-Za-z0-9+/]{43}=$/),
  ports: Ports,
});
export type PracticeIdentity = z.infer<typeof PracticeIdentity>;

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
/** The letters and digits whose last two bits are zero in base64, so that strict decoders take the key too. */
const LAST = 'AEIMQUYcgkosw048';

function letters(count: number, alphabet = ALPHABET): string {
  return Array.from({ length: count }, () => alphabet[randomInt(alphabet.length)]).join('');
}

/** A new identity, as WeCom's admin console would draw it. */
export function newIdentity(): PracticeIdentity {
  return {
    token: letters(32),
    encodingAESKey: letters(42) + letters(1, LAST),
    corpId: `ww${randomBytes(8).toString('hex')}`,
    robotKey: crypto.randomUUID(),
    appSecret: letters(43),
    targetSecret: `whsec_${randomBytes(32).toString('base64')}`,
    ports: { simulator: 0, service: 0, public: 0, control: 0, admin: 0, management: 0 },
  };
}

/** The identity that a file holds; null where there is none or it cannot be understood. */
export async function readIdentity(file: string): Promise<PracticeIdentity | null> {
  const text = await readPrivate(file);
  if (text === null) return null;
  try {
    return PracticeIdentity.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

export async function saveIdentity(file: string, identity: PracticeIdentity): Promise<void> {
  await writePrivate(file, `${JSON.stringify(identity, null, 2)}\n`);
}
