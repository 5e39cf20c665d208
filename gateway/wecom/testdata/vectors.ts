import { readFileSync } from 'node:fs';
import * as z from 'zod';
import type { CallbackCredentials, SignedQuery } from '../types.ts';

const Vector = z.object({
  id: z.string(),
  token: z.string(),
  encodingAESKey: z.string(),
  receiveid: z.string(),
  timestamp: z.string(),
  nonce: z.string(),
  msg_signature: z.string(),
  encrypt: z.string(),
  random: z.string(),
  expectedPlaintext: z.string(),
  pad: z.int(),
  query: z.string().optional(),
  body: z.string().optional(),
});
export type Vector = z.infer<typeof Vector>;

const File = z.object({
  published: z.array(Vector),
  selfMade: z.array(Vector),
  media: z.array(
    z.object({
      id: z.string(),
      aeskey: z.string(),
      aeskeyNoPadding: z.string(),
      cipherBase64: z.string(),
      plainBase64: z.string(),
    }),
  ),
  negative: z.array(
    z.object({
      id: z.string(),
      base: z.string(),
      change: z.partialRecord(
        z.enum(['msg_signature', 'receiveid', 'encodingAESKey', 'encrypt', 'body']),
        z.string(),
      ),
      expect: z.int(),
    }),
  ),
});

const file = File.parse(
  JSON.parse(readFileSync(new URL('wecom-vectors.json', import.meta.url), 'utf8')),
);

/** Public test values of the callback scheme, and edge cases made for it; see `about` in the file. */
export const vectors: readonly Vector[] = [...file.published, ...file.selfMade];
export const mediaVectors = file.media;
export const negativeVectors = file.negative;

export function credentialsOf(vector: Vector): CallbackCredentials {
  return {
    token: vector.token,
    encodingAesKey: vector.encodingAESKey,
    receiveId: vector.receiveid,
  };
}

export function queryOf(vector: Vector): SignedQuery {
  return { signature: vector.msg_signature, timestamp: vector.timestamp, nonce: vector.nonce };
}
