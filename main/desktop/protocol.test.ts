import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contentSecurityPolicy } from '../../common/csp.ts';
import { protocol } from '../../tests/fakes/electron.ts';
import { bundlePath, createBundleHandler, registerScheme } from './protocol.ts';

let folder: string;
let outside: string;

beforeAll(async () => {
  outside = await mkdtemp(join(tmpdir(), 'causeway-protocol-'));
  folder = join(outside, 'bundle');
  await mkdir(join(folder, 'assets'), { recursive: true });
  await writeFile(join(folder, 'index.html'), '<meta property="csp-nonce" nonce="__CSP_NONCE__">');
  await writeFile(join(folder, 'assets', 'app.js'), 'export {}');
  await writeFile(join(outside, 'secret.js'), 'secret');
  await symlink(join(outside, 'secret.js'), join(folder, 'link.js'));
});
afterAll(() => rm(outside, { recursive: true, force: true }));

const get = (url: string, method = 'GET'): Promise<Response> =>
  createBundleHandler(folder)({ url, method } as Request);

describe('the scheme', () => {
  it('is standard and secure and does not bypass the content policy', () => {
    registerScheme();
    expect(protocol.schemes).toEqual([
      {
        scheme: 'app',
        privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true },
      },
    ]);
  });
});

describe('the bundle', () => {
  it('serves the page with a nonce of its own each time, under the policy', async () => {
    const first = await get('app://bundle/index.html');
    const second = await get('app://bundle/');
    const [one, two] = await Promise.all([first.text(), second.text()]);
    const nonce = /nonce="([A-Za-z0-9_-]{22})"/.exec(one)?.[1] ?? '';
    expect(nonce).not.toBe('');
    expect(first.headers.get('content-security-policy')).toBe(contentSecurityPolicy(nonce));
    expect(two).not.toBe(one);
  });

  it('serves scripts as scripts', async () => {
    const response = await get('app://bundle/assets/app.js');
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toContain('text/javascript');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  });

  it.each([
    'app://bundle/../secret.js',
    'app://bundle/%2e%2e/secret.js',
    'app://bundle/..%2fsecret.js',
    'app://bundle/..%5csecret.js',
    'app://bundle/%252e%252e/secret.js',
    'app://bundle/assets/../../secret.js',
    'app://bundle/a%00.js',
    'app://bundle/link.js',
    'app://bundle//etc/passwd',
    'app://bundle/assets',
    'app://other/index.html',
    'app://bundle:80/index.html',
    'https://bundle/index.html',
    'file:///etc/passwd',
  ])('refuses %s', async (url) => {
    expect((await get(url)).status).toBe(404);
  });

  it('refuses everything but GET and HEAD', async () => {
    expect((await get('app://bundle/index.html', 'POST')).status).toBe(405);
    expect((await get('app://bundle/index.html', 'HEAD')).status).toBe(200);
  });

  it('never names a path outside, whatever is asked', () => {
    fc.assert(
      fc.property(fc.string(), (path) => {
        const found = bundlePath(`app://bundle/${path}`);
        if (found === null) return;
        expect(found.startsWith('/')).toBe(false);
        expect(found.split('/')).not.toContain('..');
        expect(found).not.toContain('\\');
      }),
    );
  });
});
