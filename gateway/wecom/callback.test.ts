import { createCipheriv } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openCallback, sealReply, verifyEcho } from './callback.ts';
import { decodeAesKey, encryptMessage, keyOf, pad } from './codec.ts';
import { parseEnvelope } from './envelope.ts';
import { signCiphertext } from './signature.ts';
import { failureOf, outcomeOf } from './testdata/failure.ts';
import { credentialsOf, negativeVectors, queryOf, vectors } from './testdata/vectors.ts';
import type { CallbackCredentials } from './types.ts';

test('the vectors are all there', () => {
  expect(vectors).toHaveLength(10);
  expect(negativeVectors).toHaveLength(5);
});

describe.each(vectors)('$id', (vector) => {
  const credentials = credentialsOf(vector);
  const random = Buffer.from(vector.random, 'latin1');

  test('opens', () => {
    const plaintext = openCallback(credentials, queryOf(vector), vector.encrypt);
    expect(plaintext.toString('utf8')).toBe(vector.expectedPlaintext);
  });

  test('is made again to the byte', () => {
    const message = Buffer.from(vector.expectedPlaintext, 'utf8');
    expect(
      encryptMessage(
        keyOf({ encodingAesKey: vector.encodingAESKey }),
        vector.receiveid,
        message,
        random,
      ),
    ).toBe(vector.encrypt);
  });

  test('is signed as by WeCom', () => {
    expect(signCiphertext(vector.token, vector.timestamp, vector.nonce, vector.encrypt)).toBe(
      vector.msg_signature,
    );
  });
});

test.each(vectors.filter((vector) => vector.query !== undefined))(
  '$id opens from its URL',
  (vector) => {
    const query = new URLSearchParams(vector.query);
    const signed = {
      signature: query.get('msg_signature') ?? '',
      timestamp: query.get('timestamp') ?? '',
      nonce: query.get('nonce') ?? '',
    };
    const echo = verifyEcho(credentialsOf(vector), signed, query.get('echostr') ?? '');
    expect(echo.toString('utf8')).toBe(vector.expectedPlaintext);
  },
);

test.each(vectors.filter((vector) => vector.body !== undefined))(
  '$id is found in its body',
  (vector) => {
    const envelope = parseEnvelope(Buffer.from(vector.body ?? ''));
    expect(envelope).toEqual({ format: 'xml', casing: 'pascal', encrypt: vector.encrypt });
  },
);

test.each(negativeVectors)('$id is refused with $expect', ({ base, change, expect: wecom }) => {
  const found = vectors.find((vector) => vector.id === base);
  if (found === undefined) throw new Error(`no vector ${base}`);
  const vector = { ...found, ...change };
  const failure = failureOf(() => {
    if (change.body !== undefined) parseEnvelope(Buffer.from(change.body));
    else openCallback(credentialsOf(vector), queryOf(vector), vector.encrypt);
  });
  expect(failure.wecom).toBe(wecom);
});

const credentials: CallbackCredentials = {
  token: 'QDG6eK',
  encodingAesKey: 'jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C',
  receiveId: 'ww1',
};
/** Opens a ciphertext under its right signature, so that what lies behind the signature is reached. */
function openSigned(encrypt: string, using: CallbackCredentials = credentials): Buffer {
  const signature = signCiphertext(using.token, '1', 'n', encrypt);
  return openCallback(using, { signature, timestamp: '1', nonce: 'n' }, encrypt);
}

/** The cipher alone, for plaintexts that the scheme does not allow. */
function encryptBare(padded: Buffer): string {
  const key = decodeAesKey(credentials.encodingAesKey);
  const cipher = createCipheriv('aes-256-cbc', key, key.subarray(0, 16)).setAutoPadding(false);
  return Buffer.concat([cipher.update(padded), cipher.final()]).toString('base64');
}

describe('behind a signature that holds', () => {
  test.each([
    ['no base64', '***', -40010],
    ['empty', '', -40010],
    ['base64 without padding', 'QUJD QUJD', -40010],
    ['base64 for addresses', '_-8=', -40010],
    ['no whole block', Buffer.alloc(31).toString('base64'), -40007],
    ['wrong padding', Buffer.alloc(64).toString('base64'), -40007],
  ])('%s is DECRYPT_FAILED', (_, encrypt, wecom) => {
    expect(failureOf(() => openSigned(encrypt))).toEqual({ code: 'DECRYPT_FAILED', wecom });
  });

  test.each([
    ['pad of 0', [7, 0]],
    ['pad of 33', Array.from({ length: 33 }, () => 33)],
    ['pad whose first byte differs', [4, 5, 5, 5, 5]],
    ['pad longer than the text', Array.from({ length: 32 }, () => 33)],
  ])('a %s is DECRYPT_FAILED', (_, tail) => {
    const plain = Buffer.alloc(Math.ceil(tail.length / 32) * 32, 'r');
    plain.set(tail, plain.length - tail.length);
    expect(failureOf(() => openSigned(encryptBare(plain)))).toEqual({
      code: 'DECRYPT_FAILED',
      wecom: -40007,
    });
  });

  test.each([
    ['a length beyond the end', Buffer.from(`${'r'.repeat(16)}\x00\x00\x00\x02x`)],
    ['the greatest length', Buffer.from(`${'r'.repeat(16)}\xff\xff\xff\xffx`, 'latin1')],
    ['no length at all', Buffer.from('r'.repeat(19))],
  ])('%s is PLAINTEXT_INVALID', (_, plain) => {
    const encrypt = encryptBare(pad(plain, 32));
    expect(failureOf(() => openSigned(encrypt))).toEqual({
      code: 'PLAINTEXT_INVALID',
      wecom: -40008,
    });
  });

  test.each(['', 'ww2', 'ww1 ', 'WW1', 'w'])(
    'receive id %j is RECEIVE_ID_MISMATCH',
    (receiveId) => {
      const encrypt = encryptMessage(keyOf(credentials), receiveId, Buffer.from('x'));
      expect(failureOf(() => openSigned(encrypt))).toEqual({
        code: 'RECEIVE_ID_MISMATCH',
        wecom: -40005,
      });
    },
  );

  test('the wrong key never yields a message', () => {
    const other = { ...credentials, encodingAesKey: 'a'.repeat(43) };
    const code = failureOf(() =>
      openSigned(encryptMessage(keyOf(other), 'ww1', Buffer.from('x'))),
    ).code;
    expect(['DECRYPT_FAILED', 'PLAINTEXT_INVALID', 'RECEIVE_ID_MISMATCH']).toContain(code);
  });

  test('bytes that are no UTF-8 come through', () => {
    const message = Buffer.from([0xff, 0x00, 0xfe]);
    expect(openSigned(encryptMessage(keyOf(credentials), 'ww1', message))).toEqual(message);
  });
});

test('errors tell no secret', () => {
  const failure = failureOf(() =>
    openCallback(credentials, { signature: 'x', timestamp: '1', nonce: 'n' }, 'secret'),
  );
  expect(failure).toEqual({ code: 'SIGNATURE_INVALID', wecom: -40001 });
});

describe('sealReply', () => {
  const random = Buffer.from('0123456789abcdef');
  const reply = { plaintext: '你好', nonce: 'n]]>1', timestamp: 1_409_735_669, random };
  const encrypt = encryptMessage(keyOf(credentials), 'ww1', Buffer.from('你好'), random);
  const signature = signCiphertext('QDG6eK', '1409735669', 'n]]>1', encrypt);

  test('xml', () => {
    const sealed = sealReply(credentials, { ...reply, format: 'xml', casing: 'pascal' });
    expect(sealed).toEqual({
      contentType: 'application/xml; charset=utf-8',
      body:
        `<xml><Encrypt><![CDATA[${encrypt}]]></Encrypt>` +
        `<MsgSignature><![CDATA[${signature}]]></MsgSignature><TimeStamp>1409735669</TimeStamp>` +
        `<Nonce><![CDATA[n]]]]><![CDATA[>1]]></Nonce></xml>`,
    });
    expect(parseEnvelope(Buffer.from(sealed.body)).encrypt).toBe(encrypt);
  });

  test('json in both casings', () => {
    const lower = sealReply(credentials, { ...reply, format: 'json', casing: 'lower' });
    expect(lower.contentType).toBe('application/json; charset=utf-8');
    expect(JSON.parse(lower.body)).toEqual({
      encrypt,
      msgsignature: signature,
      timestamp: 1_409_735_669,
      nonce: 'n]]>1',
    });
    const pascal = sealReply(credentials, { ...reply, format: 'json', casing: 'pascal' });
    expect(JSON.parse(pascal.body)).toEqual({
      Encrypt: encrypt,
      MsgSignature: signature,
      TimeStamp: 1_409_735_669,
      Nonce: 'n]]>1',
    });
  });

  test('refuses a random part of another length', () => {
    const short = { ...reply, random: Buffer.alloc(15), format: 'xml', casing: 'pascal' } as const;
    expect(failureOf(() => sealReply(credentials, short))).toEqual({
      code: 'ENCRYPT_FAILED',
      wecom: -40006,
    });
  });
});

describe('properties', () => {
  const text = fc.string({ unit: 'binary', maxLength: 300 });
  const key = fc
    .uint8Array({ minLength: 32, maxLength: 32 })
    .map((bytes) => Buffer.from(bytes).toString('base64').replace(/[+/]/g, 'A').slice(0, 43));

  test('every message comes back for every key and receive id', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 500 }),
        text,
        key,
        (bytes, receiveId, encodingAesKey) => {
          const message = Buffer.from(bytes);
          const using = { token: 't', encodingAesKey, receiveId };
          expect(
            openSigned(encryptMessage(keyOf({ encodingAesKey }), receiveId, message), using),
          ).toEqual(message);
        },
      ),
    );
  });

  test('any change of ciphertext, signature, nonce or timestamp is SIGNATURE_INVALID', () => {
    const encrypt = encryptMessage(keyOf(credentials), 'ww1', Buffer.from('message'));
    const genuine = {
      encrypt,
      timestamp: '1700000000',
      nonce: '263014780',
      signature: signCiphertext('QDG6eK', '1700000000', '263014780', encrypt),
    };
    const field = fc.constantFrom('encrypt', 'timestamp', 'nonce', 'signature');
    fc.assert(
      fc.property(field, fc.nat(), fc.string({ maxLength: 3 }), (name, at, put) => {
        const original = genuine[name];
        const position = at % (original.length + 1);
        const changed = original.slice(0, position) + put + original.slice(position + 1);
        fc.pre(changed !== original);
        const forged = { ...genuine, [name]: changed };
        expect(failureOf(() => openCallback(credentials, forged, forged.encrypt)).code).toBe(
          'SIGNATURE_INVALID',
        );
      }),
      { numRuns: 300 },
    );
  });

  test('a ciphertext that was signed but altered never throws anything foreign', () => {
    const encrypt = encryptMessage(keyOf(credentials), 'ww1', Buffer.from('message'));
    const bytes = Buffer.from(encrypt, 'base64');
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, mask) => {
        const altered = Buffer.from(bytes);
        altered[at] = (altered[at] ?? 0) ^ mask;
        const open = (): Buffer => openSigned(altered.toString('base64'));
        expect(outcomeOf(open)).toMatch(/accepted|refused/);
      }),
    );
  });
});
