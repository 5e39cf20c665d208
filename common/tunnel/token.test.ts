import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeToken, encodeToken, type EnrolmentToken } from './token.ts';

const base64url = fc.array(fc.constantFrom('A', 'z', '0', '9', '-', '_'), {
  minLength: 32,
  maxLength: 32,
});
const token: fc.Arbitrary<EnrolmentToken> = fc.record({
  host: fc
    .string({ minLength: 1, maxLength: 255, unit: 'grapheme' })
    .filter((host) => host.length <= 255),
  port: fc.integer({ min: 1, max: 65535 }),
  ca: fc
    .array(fc.constantFrom('0', '7', 'a', 'f'), { minLength: 64, maxLength: 64 })
    .map((digits) => digits.join('')),
  secret: base64url.map((characters) => characters.join('')),
});

describe('an enrolment token', () => {
  it('comes back as it was, also with blanks and line breaks from a mail', () => {
    fc.assert(
      fc.property(token, (value) => {
        const text = encodeToken(value);
        expect(text).toMatch(/^cwe1_[A-Za-z0-9_-]+$/);
        expect(decodeToken(text)).toEqual(value);
        expect(decodeToken(`  ${text.slice(0, 20)}\r\n ${text.slice(20)}\n`)).toEqual(value);
      }),
    );
  });

  it('that is anything else is refused with one code', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((text) => `cwe1_${text}`),
          fc.base64String().map((text) => `cwe1_${text}`),
        ),
        (text) => {
          expect(() => decodeToken(text)).toThrowError(
            expect.objectContaining({ code: 'TOKEN_MALFORMED' }),
          );
        },
      ),
    );
  });

  it('that lost its end is refused', () => {
    const text = encodeToken({
      host: 'relay.example.com',
      port: 2222,
      ca: 'a'.repeat(64),
      secret: 'b'.repeat(32),
    });
    for (let cut = 1; cut < 40; cut += 1) {
      expect(() => decodeToken(text.slice(0, -cut))).toThrowError(
        expect.objectContaining({ code: 'TOKEN_MALFORMED' }),
      );
    }
  });
});
