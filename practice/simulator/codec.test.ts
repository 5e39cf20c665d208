import { WecomCrypto, decryptFile } from '@wecom/aibot-node-sdk';
import * as tencent from '@wecom/crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CodecError,
  decryptMessage,
  encryptMedia,
  encryptMessage,
  openMessage,
  signature,
} from './codec.ts';
import { openReply } from './envelope.ts';
import vectors from './testdata/vectors.json' with { type: 'json' };

const all = [...vectors.published, ...vectors.selfMade];

const secretsOf = (vector: { token: string; encodingAESKey: string; receiveid: string }) => ({
  token: vector.token,
  encodingAESKey: vector.encodingAESKey,
  receiveId: vector.receiveid,
});

function codeOf(action: () => unknown): number | null {
  try {
    action();
    return null;
  } catch (error) {
    if (error instanceof CodecError) return error.code;
    throw error;
  }
}

/** EncodingAESKeys as WeCom draws them: 32 random bytes in base64, redrawn until they are letters and digits only. */
const encodingAESKey = fc
  .stringMatching(/^[A-Za-z0-9]{42}$/)
  .chain((head) =>
    fc
      .constantFrom('A', 'E', 'I', 'M', 'Q', 'U', 'Y', 'c', 'g', 'k', 'o', 's', 'w', '0', '4', '8')
      .map((tail) => head + tail),
  );
const secrets = fc.record({
  token: fc.stringMatching(/^[A-Za-z0-9]{1,32}$/),
  encodingAESKey,
  receiveId: fc.constantFrom('', 'ww0123456789abcdef', 'tj4asffe99e54c0f4c'),
});
const message = fc.string({ unit: 'grapheme', maxLength: 300 });

describe.each(all)('vector $id', (vector) => {
  const own = secretsOf(vector);
  const { timestamp, nonce, msg_signature, encrypt, random, expectedPlaintext } = vector;

  it('is signed as published', () => {
    expect(signature(own.token, timestamp, nonce, encrypt)).toBe(msg_signature);
  });

  it('opens to the published plaintext', () => {
    expect(openMessage(own, { signature: msg_signature, timestamp, nonce, encrypt })).toBe(
      expectedPlaintext,
    );
  });

  it('is encrypted to the same bytes with the same random', () => {
    expect(encryptMessage(own, expectedPlaintext, Buffer.from(random, 'utf8'))).toBe(encrypt);
  });
});

describe('what is wrong is refused with WeCom’s number', () => {
  it.each(vectors.negative.filter(({ id }) => id !== 'neg-xml'))(
    '$id',
    ({ base, change, expect: code }) => {
      const vector = { ...all.find(({ id }) => id === base), ...change } as (typeof all)[number];
      const { msg_signature, timestamp, nonce, encrypt } = vector;
      const sealed = { signature: msg_signature, timestamp, nonce, encrypt };
      expect(codeOf(() => openMessage(secretsOf(vector), sealed))).toBe(code);
    },
  );

  it('an envelope that is cut off', () => {
    const [vector] = all;
    if (vector === undefined) throw new Error('no vectors');
    const open = (): string =>
      openReply(secretsOf(vector), '<xml><ToUserName>', { format: 'xml', nonce: '1' });
    expect(codeOf(open)).toBe(-40002);
  });

  it('any bytes give a CodecError or a text, and nothing else', () => {
    fc.assert(
      fc.property(secrets, fc.uint8Array({ maxLength: 200 }), (own, bytes) => {
        const code = codeOf(() => decryptMessage(own, Buffer.from(bytes).toString('base64')));
        expect([null, -40005, -40007, -40008, -40010]).toContain(code);
      }),
    );
  });

  it('a flipped bit never opens under its old signature', () => {
    fc.assert(
      fc.property(secrets, message, fc.nat(), (own, text, at) => {
        const encrypt = encryptMessage(own, text);
        const sign = signature(own.token, '1700000000', 'nonce', encrypt);
        const bytes = Buffer.from(encrypt, 'base64');
        bytes.writeUInt8(bytes.readUInt8(at % bytes.length) ^ 1, at % bytes.length);
        const changed = bytes.toString('base64');
        const sealed = {
          signature: sign,
          timestamp: '1700000000',
          nonce: 'nonce',
          encrypt: changed,
        };
        expect(codeOf(() => openMessage(own, sealed))).toBe(-40001);
      }),
    );
  });
});

describe('against the official libraries', () => {
  it('@wecom/crypto opens what we seal, and signs alike', () => {
    fc.assert(
      fc.property(secrets, message, (own, text) => {
        const encrypt = encryptMessage(own, text);
        const opened = tencent.decrypt(own.encodingAESKey, encrypt);
        expect([opened.message, opened.id]).toEqual([text, own.receiveId]);
        expect(tencent.getSignature(own.token, '1700000000', '77', encrypt)).toBe(
          signature(own.token, '1700000000', '77', encrypt),
        );
      }),
    );
  });

  it('we open what @wecom/crypto seals', () => {
    fc.assert(
      fc.property(secrets, message, (own, text) => {
        const encrypt = tencent.encrypt(own.encodingAESKey, text, own.receiveId);
        expect(decryptMessage(own, encrypt)).toBe(text);
      }),
    );
  });

  it('@wecom/aibot-node-sdk opens what we seal, and we what it seals', () => {
    fc.assert(
      fc.property(secrets, message, (own, text) => {
        const theirs = new WecomCrypto(own.token, own.encodingAESKey, own.receiveId);
        const encrypt = encryptMessage(own, text);
        const sign = signature(own.token, '1700000000', '77', encrypt);
        expect(theirs.verifySignature(sign, '1700000000', '77', encrypt)).toBe(true);
        expect(theirs.decrypt(encrypt)).toBe(text);
        const sealed = theirs.encrypt(text, '1700000000', '77');
        expect(openMessage(own, { ...sealed, timestamp: '1700000000', nonce: '77' })).toBe(text);
      }),
    );
  });

  it.each(vectors.media)(
    '$id: media is sealed as the SDK opens it',
    ({ aeskey, cipherBase64, plainBase64 }) => {
      const plain = Buffer.from(plainBase64, 'base64');
      expect(encryptMedia(aeskey, plain).toString('base64')).toBe(cipherBase64);
      expect(decryptFile(encryptMedia(aeskey, plain), aeskey)).toEqual(plain);
    },
  );
});
