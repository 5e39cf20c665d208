import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCallbackAddress } from './address.ts';

describe('callback address', () => {
  it('keeps a plus that a proxy forgot to encode', () => {
    const address = parseCallbackAddress(
      '/wecom/callback/bot-1?echostr=a+b%2Bc%3D=&nonce=1&nonce=2',
    );
    expect(address?.bot).toBe('bot-1');
    expect(address?.query.get('echostr')).toBe('a+b+c==');
    expect(address?.query.get('nonce')).toBe('1');
  });

  it.each([
    ['/wecom/callback', null],
    ['/wecom/callback/', null],
    ['/wecom/callback?a=b', null],
    ['/wecom/callback/%61pp', 'app'],
  ])('%s is a callback', (target, bot) => {
    expect(parseCallbackAddress(target)).toMatchObject({ bot });
  });

  it.each([
    '/wecom/callbacks',
    '/wecom',
    '/wecom/callback/%zz',
    '/wecom/callback?a=%',
    `/wecom/callback?${'a'.repeat(20_000)}`,
  ])('%.40s is none', (target) => {
    expect(parseCallbackAddress(target)).toBeNull();
  });

  it('reads back any query, and throws for none', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (tail, value) => {
        expect(() => parseCallbackAddress(`/wecom/callback/${tail}`)).not.toThrow();
        const encoded = encodeURIComponent(value.toWellFormed());
        const address = parseCallbackAddress(`/wecom/callback?a=${encoded}&b=`);
        expect(address?.query.get('a')).toBe(value.toWellFormed());
      }),
    );
  });
});
