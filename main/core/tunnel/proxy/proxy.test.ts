import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { environmentProxy, isExcepted } from './environment.ts';
import { parsePacResult } from './pac.ts';
import { parseProxyUrl } from './proxy.ts';

const plain = (host: string, port: number, secure = false) => ({
  host,
  port,
  secure,
  credentials: null,
});

describe('what a proxy auto-configuration answers', () => {
  it.each([
    ['DIRECT', ['direct']],
    ['', ['direct']],
    ['PROXY proxy.corp:8080; DIRECT', [plain('proxy.corp', 8080), 'direct']],
    ['HTTPS p.corp:8443;HTTP q.corp', [plain('p.corp', 8443, true), plain('q.corp', 80)]],
    ['PROXY [fd00::1]:3128', [plain('fd00::1', 3128)]],
    ['SOCKS5 s.corp:1080; PROXY p.corp:3128', [plain('p.corp', 3128)]],
    ['SOCKS s.corp:1080', []],
    ['PROXY p.corp:99999', []],
  ])('%s', (text, ways) => {
    expect(parsePacResult(text)).toEqual(ways);
  });

  it('is read without harm, whatever it is', () => {
    expect.hasAssertions();
    fc.assert(
      fc.property(fc.string(), (text) => {
        const ports = parsePacResult(text).map((way) => (way === 'direct' ? 1 : way.port));
        expect(ports.every((port) => port >= 1 && port <= 65_535)).toBe(true);
      }),
    );
  });
});

describe('the environment', () => {
  const target = { host: 'relay.example.com', port: 2222 };
  it.each([
    [{}, ['direct']],
    [{ HTTPS_PROXY: 'http://p:3128' }, [plain('p', 3128)]],
    [{ HTTPS_PROXY: 'http://big:1', https_proxy: 'small:2' }, [plain('small', 2)]],
    [{ ALL_PROXY: 'https://p' }, [plain('p', 443, true)]],
    [{ ALL_PROXY: 'socks5://p:1080' }, ['direct']],
    [{ HTTPS_PROXY: 'p:1', NO_PROXY: 'localhost, .example.com' }, ['direct']],
    [{ HTTPS_PROXY: 'p:1', no_proxy: 'example.com:443' }, [plain('p', 1)]],
  ])('%o', async (env, ways) => {
    expect(await environmentProxy(env)(target)).toEqual(ways);
  });

  it.each([
    ['relay.example.com', '*', true],
    ['relay.example.com', 'example.com', true],
    ['relay.example.com', '*.example.com', true],
    ['badexample.com', 'example.com', false],
    ['10.1.2.3', '10.0.0.0/8', true],
    ['11.1.2.3', '10.0.0.0/8', false],
    ['fd00::5', 'fd00::/8', true],
    ['10.1.2.3', '10.0.0.0/99', false],
    ['10.1.2.3', '10.1.2.3:2222', true],
    ['10.1.2.3', '10.1.2.3:80', false],
  ])('NO_PROXY for %s in %s', (host, list, excepted) => {
    expect(isExcepted({ host, port: 2222 }, list)).toBe(excepted);
  });
});

describe('the address of a proxy', () => {
  it('may carry a login, encoded', () => {
    expect(parseProxyUrl('http://a%40corp:p%3Aw@proxy:8080')).toEqual({
      ...plain('proxy', 8080),
      credentials: { username: 'a@corp', password: 'p:w' },
    });
  });
  it.each(['socks5://p:1', 'http://', 'http://p/path', 'http://%zz:x@p', ''])(
    'is not %s',
    (text) => {
      expect(parseProxyUrl(text)).toBe(null);
    },
  );
});
