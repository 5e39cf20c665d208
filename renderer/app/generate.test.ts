import { expect, test } from 'vitest';
import { CallbackToken, EncodingAesKey } from '../../common/domain/bot.ts';
import { generateEncodingAesKey, generateSigningSecret, generateToken } from './generate.ts';

test('what is generated is valid, canonical base64, and never the same', () => {
  const keys = new Set<string>();
  for (let i = 0; i < 200; i += 1) {
    expect(CallbackToken.parse(generateToken())).toHaveLength(32);
    const key = EncodingAesKey.parse(generateEncodingAesKey());
    const bytes = Buffer.from(`${key}=`, 'base64');
    expect(bytes).toHaveLength(32);
    expect(bytes.toString('base64')).toBe(`${key}=`);
    keys.add(key);
    const secret = /^whsec_(.+)$/.exec(generateSigningSecret())?.[1] ?? '';
    expect(Buffer.from(secret, 'base64')).toHaveLength(32);
  }
  expect(keys.size).toBe(200);
});

test('bytes beyond the last whole alphabet are thrown away, so that no character is favoured', () => {
  const bytes = [255, 248, 247, 61, 62, 0];
  const fill = (into: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> =>
    into.map((_, i) => bytes[i % bytes.length] ?? 0);
  expect(generateToken(fill).slice(0, 4)).toBe('99AA');
  expect(generateEncodingAesKey((into) => into.map((_, i) => 255 - i)).at(-1)).toBe('8');
});
