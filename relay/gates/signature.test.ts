import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { signatureOf, signedCall, signedEcho } from '../testing/wecom.ts';
import { createSignatureGate, type GateSecret } from './signature.ts';

const path = '/wecom/callback/desk';
const token = 'QDG6eK';
const secret: GateSecret = { path, token, previousToken: 'oldToken', previousUntil: 2_000 };
const NOW = 1_700_000_000_000;
const seconds = NOW / 1000;

function gateAt(now: () => number, maxAgeMs = 300_000): ReturnType<typeof createSignatureGate> {
  const secrets = [secret];
  return createSignatureGate({ secretsOf: () => secrets, maxAgeMs, now });
}

function judge(call: { path: string; body?: Buffer | string }, gate = gateAt(() => NOW)): string {
  const body = call.body === undefined ? null : Buffer.from(call.body);
  const verdict = gate.judge('acme', secret, call.path, body);
  return verdict.passes ? 'passed' : `${verdict.status} ${verdict.result}`;
}

describe('the signature gate', () => {
  it('passes what was signed with its token, as XML, JSON and as the check of the address', () => {
    const input = { token, path, timestamp: seconds };
    expect(judge(signedCall(input))).toBe('passed');
    expect(judge(signedCall({ ...input, format: 'json' }))).toBe('passed');
    expect(judge(signedEcho(input))).toBe('passed');
  });

  it("holds for the callback of WeCom's own documentation", () => {
    // D90968, sample of the URL check.
    const echostr =
      'P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ==';
    const query = new URLSearchParams({
      msg_signature: '5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3',
      timestamp: '1409659589',
      nonce: '263014780',
      echostr,
    });
    expect(
      judge(
        { path: `${path}?${query.toString()}` },
        gateAt(() => NOW, 0),
      ),
    ).toBe('passed');
    expect(judge({ path: `${path}?${query.toString()}` })).toBe('403 aged');
  });

  it('refuses every change of what is signed', () => {
    const call = signedCall({ token, path, timestamp: seconds });
    const at = call.body.indexOf('CDATA[', 40) + 6;
    fc.assert(
      fc.property(
        fc.integer({ min: at, max: at + 90 }),
        fc.constantFrom('A', 'Z', 'a', 'z', '0', '9', '+', '/'),
        (i, c) => {
          fc.pre(call.body[i] !== c);
          const body = call.body.slice(0, i) + c + call.body.slice(i + 1);
          expect(judge({ ...call, body })).toBe('403 forged');
        },
      ),
    );
    const other = [
      call.path.replace(/nonce=\d/, 'nonce=x'),
      call.path.replace('timestamp=1', 'timestamp=2'),
      call.path.replace(/msg_signature=./, 'msg_signature=g'),
      call.path.replace('msg_signature', 'signature'),
      path,
    ];
    for (const target of other) expect(judge({ ...call, path: target })).toBe('403 forged');
    expect(judge(signedCall({ token: 'another', path, timestamp: seconds }))).toBe('403 forged');
  });

  it.each([-301, 301])('refuses a signed callback that is %d s off', (off) => {
    const call = signedCall({ token, path, timestamp: seconds + off });
    expect(judge(call)).toBe('403 aged');
    expect(
      judge(
        call,
        gateAt(() => NOW, 0),
      ),
    ).toBe('passed');
  });

  it('takes the token before for a while', () => {
    const old = signedCall({ token: 'oldToken', path, timestamp: 1 });
    expect(
      judge(
        old,
        gateAt(() => 1_999),
      ),
    ).toBe('passed');
    expect(
      judge(
        old,
        gateAt(() => 2_000),
      ),
    ).toBe('403 forged');
  });

  it('lets WeCom repeat a callback three times', () => {
    const gate = gateAt(() => NOW);
    const call = signedCall({ token, path, timestamp: seconds });
    const five = Array.from({ length: 5 }, () => judge(call, gate));
    expect(five).toEqual([...Array.from({ length: 4 }, () => 'passed'), '403 replayed']);
  });

  it.each([
    '',
    'x',
    '{',
    '{}',
    '[]',
    '{"encrypt":1}',
    '<xml></xml>',
    '<Encrypt>a</Encrypt>'.repeat(2),
  ])('refuses the body %j', (body) => {
    const call = signedCall({ token, path, timestamp: seconds });
    expect(judge({ ...call, body })).toBe('400 malformed');
  });

  it.each([
    ['an element', '<Encrypt>', '<x'],
    ['text', '<Encrypt>a', 'b'],
    ['a section', '<Encrypt><![CDATA[a]]>', '<x'],
    ['no section', '<Encrypt>', '<![CDATA[a]></Encrypt>'],
  ])('is not held up by a megabyte of spaces in %s', (_what, before, behind) => {
    const call = signedCall({ token, path, timestamp: seconds });
    const body = before + ' '.repeat(1 << 20) + behind;
    expect(judge({ ...call, body })).toBe('400 malformed');
  });

  it('takes spaces around what is signed', () => {
    const encrypt = 'AAAA';
    const call = signedCall({ token, path, timestamp: seconds, encrypt });
    for (const body of [
      `<xml><Encrypt> \n${encrypt}\t </Encrypt></xml>`,
      `<xml><Encrypt>\r\n <![CDATA[${encrypt}]]> </Encrypt></xml>`,
    ]) {
      expect(judge({ ...call, body })).toBe('passed');
    }
  });

  it('finds the bot however its path is written, and nothing else', () => {
    const gate = gateAt(() => NOW);
    for (const target of [path, `${path}?a=b`, `${path}/`, '/wecom/callback/%64esk']) {
      expect(gate.find('acme', target)).toBe(secret);
    }
    for (const target of ['/wecom/callback', `${path}2`, '/', `${path}/x`, '/%zz']) {
      expect(gate.find('acme', target)).toBeNull();
    }
  });

  it('never throws on whatever comes', () => {
    const gate = gateAt(() => NOW);
    const signature = signatureOf(['a']);
    fc.assert(
      fc.property(fc.string(), fc.uint8Array({ maxLength: 200 }), (query, body) => {
        const target = `${path}?msg_signature=${signature}&timestamp=1&nonce=1&${query}`;
        expect(gate.judge('acme', secret, target, Buffer.from(body)).passes).toBe(false);
      }),
    );
  });
});
