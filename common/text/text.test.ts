import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redact } from './redact.ts';
import { shorten, utf8Length, utf8Truncate } from './utf8.ts';

describe('bytes of UTF-8', () => {
  it('are counted as Node counts them', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(utf8Length(text)).toBe(Buffer.byteLength(text));
      }),
    );
  });

  it('are cut between code points, as late as possible', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat(40), (text, limit) => {
        const cut = utf8Truncate(text, limit);
        expect(text.startsWith(cut)).toBe(true);
        expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(limit);
        expect(Buffer.from(cut).toString()).toBe(cut);
        if (cut.length < text.length) {
          const character = String.fromCodePoint(text.codePointAt(cut.length) ?? 0);
          expect(Buffer.byteLength(cut) + Buffer.byteLength(character)).toBeGreaterThan(limit);
        }
      }),
    );
  });
});

it('an id is shortened in the middle', () => {
  expect(shorten('4561255354251345929')).toBe('456125…5929');
  expect(shorten('short')).toBe('short');
});

describe('redaction', () => {
  it.each([
    [
      'https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693axxx6-7aoc-4bc4-97a0-0ec2sifa5aaa',
      '693axxx6',
    ],
    ['/cgi-bin/gettoken?corpid=ww1&corpsecret=SECRETsecret', 'SECRETsecret'],
    ['POST /cgi-bin/message/send?access_token=abcDEF123', 'abcDEF123'],
    ['Authorization: Bearer cwk_0123456789abcdef', '0123456789abcdef'],
    ['proxy http://user:hunter2@proxy:3128', 'hunter2'],
    ['token is cwe1_WyJyZWxheSJd', 'WyJyZWxheSJd'],
    ['{"encodingAESKey":"jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"}', 'jWmYm7qr5n'],
    ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'MfKQ9r8G'],
    ['-----BEGIN PRIVATE KEY-----\nMIIEvQ\n-----END PRIVATE KEY-----', 'MIIEvQ'],
    ['http://127.0.0.1:1/login?login=abcdef', 'abcdef'],
  ])('takes the secret out of %s', (text, secret) => {
    expect(redact(text)).not.toContain(secret);
  });

  it('leaves plain words alone and changes nothing twice', () => {
    const text = 'callback of bot practice stored in 3 ms, msgid 4561255354251345929';
    expect(redact(text)).toBe(text);
    fc.assert(fc.property(fc.string(), (any) => redact(redact(any)) === redact(any)));
  });
});
