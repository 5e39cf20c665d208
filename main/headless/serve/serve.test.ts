import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { contentSecurityPolicy } from '../../../common/csp.ts';
import {
  ask,
  logIn,
  rendererDir,
  startTestConsole,
  startTestCore,
  tempDir,
} from '../testing/console.ts';
import { LOGIN_LINKS_PATH } from './index.ts';

describe('login', () => {
  test('a link opens one session, whose cookie only the console itself can use', async () => {
    const server = await startTestConsole();
    const link = server.loginLink();
    expect(new URL(link).pathname.length).toBe('/login/'.length + 43);
    const first = await ask(link);
    expect([first.status, first.headers.location]).toEqual([303, '/']);
    const [cookie = ''] = first.headers['set-cookie'] ?? [];
    const { port } = new URL(server.origin);
    expect(cookie).toMatch(
      new RegExp(`^causeway_${port}=[A-Za-z0-9_-]{43}; Path=/; HttpOnly; SameSite=Strict$`),
    );

    const second = await ask(link);
    expect(second.status).toBe(401);
    expect(second.headers['set-cookie']).toBeUndefined();
    expect(second.body).toContain('causeway login');

    const page = await ask(`${server.origin}/`, {
      headers: { cookie: cookie.split(';')[0] ?? '' },
    });
    expect([page.status, page.body.includes('<p>console</p>')]).toEqual([200, true]);
  });

  test('a link dies after 15 minutes, a session 12 hours after its last use', async () => {
    let now = 1_000_000;
    const server = await startTestConsole({ now: () => now });
    const link = server.loginLink();
    now += 15 * 60_000;
    expect((await ask(link)).status).toBe(401);

    const cookie = await logIn(server);
    const visit = async (): Promise<number> =>
      (await ask(server.origin, { headers: { cookie } })).status;
    now += 11 * 3_600_000;
    expect(await visit()).toBe(200);
    now += 11 * 3_600_000;
    expect(await visit()).toBe(200);
    now += 12 * 3_600_000;
    expect(await visit()).toBe(401);
  });

  test('a HEAD does not spend a link', async () => {
    const server = await startTestConsole();
    const link = server.loginLink();
    expect((await ask(link, { method: 'HEAD' })).status).not.toBe(303);
    expect((await ask(link)).status).toBe(303);
  });

  test('guessing is slowed down', async () => {
    const server = await startTestConsole();
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 25; attempt++) {
      statuses.push((await ask(`${server.origin}/login/guess${attempt}`)).status);
    }
    expect(statuses.slice(0, 20)).toEqual(Array.from({ length: 20 }, () => 401));
    expect(statuses.slice(20)).toEqual(Array.from({ length: 5 }, () => 429));
  });

  test('the command line makes new links, a browser does not', async () => {
    const server = await startTestConsole();
    const url = `${server.origin}${LOGIN_LINKS_PATH}`;
    const made = await ask(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.token}` },
    });
    expect((await ask((JSON.parse(made.body) as { link: string }).link)).status).toBe(303);
    const cookie = await logIn(server);
    const browser = await ask(url, { method: 'POST', headers: { cookie, origin: server.origin } });
    expect(browser.status).toBe(403);
  });

  test('no credential reaches the log', async () => {
    const dataDir = tempDir();
    const core = await startTestCore(dataDir);
    const server = await startTestConsole({ core });
    const link = server.loginLink();
    await ask(link);
    await ask(link);
    await ask(server.origin, { headers: { host: 'evil.example' } });
    await core.stop(0);
    const log = readFileSync(join(dataDir, 'logs', 'causeway.log'), 'utf8');
    expect(log).toContain('a login link was refused');
    expect(log).not.toContain(new URL(link).pathname.slice('/login/'.length));
  });
});

describe('hostile requests', () => {
  test.each([
    ['a rebound name', { host: 'evil.example' }],
    ['a rebound name with our port', { host: 'evil.example:{port}' }],
    ['our address, another port', { host: '127.0.0.1:1' }],
    ['our address, no port', { host: '127.0.0.1' }],
    ['a name that begins like ours', { host: 'localhost.evil.example:{port}' }],
    ['a foreign Origin', { origin: 'https://evil.example' }],
    ['another port of this machine', { origin: 'http://127.0.0.1:1' }],
    ['an opaque Origin', { origin: 'null' }],
    ['our Origin over TLS', { origin: 'https://127.0.0.1:{port}' }],
    ['a page on another site', { 'sec-fetch-site': 'cross-site' }],
    ['a page on another port', { 'sec-fetch-site': 'same-site' }],
  ])('%s is refused, cookie or not', async (_name, headers: Record<string, string>) => {
    const server = await startTestConsole();
    const cookie = await logIn(server);
    const { port } = new URL(server.origin);
    const sent = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, value.replace('{port}', port)]),
    );
    for (const path of ['/', '/assets/app-1a2b.js', '/login/x']) {
      const answer = await ask(`${server.origin}${path}`, { headers: { cookie, ...sent } });
      expect([answer.status, answer.body.includes('<p>console</p>')]).toEqual([403, false]);
    }
  });

  test('something that changes needs an Origin', async () => {
    const server = await startTestConsole();
    const cookie = await logIn(server);
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
      expect((await ask(`${server.origin}/`, { method, headers: { cookie } })).status).toBe(403);
    }
  });

  test.each([
    '/assets/../secret.txt',
    '/assets/..%2fsecret.txt',
    '/assets/%2e%2e/secret.txt',
    '/assets/..%5csecret.txt',
    '/secret.txt',
    '/assets/',
    '/assets/%00',
    '//etc/passwd',
    '/index.html/../secret.txt',
    '/api/console',
  ])('%s serves nothing', async (path) => {
    const server = await startTestConsole();
    const cookie = await logIn(server);
    const { status, body } = await ask(server.origin, { path, headers: { cookie } });
    expect(status).toBeGreaterThanOrEqual(400);
    expect(body).not.toContain('not part of the console');
  });
});

describe('pages', () => {
  test('the console carries our policy with a fresh nonce each time', async () => {
    const server = await startTestConsole();
    const cookie = await logIn(server);
    const nonces = new Set<string>();
    for (let visit = 0; visit < 3; visit++) {
      const { headers, body } = await ask(server.origin, { headers: { cookie } });
      const nonce = /nonce="([A-Za-z0-9_-]+)"/.exec(body)?.[1] ?? '';
      expect(headers['content-security-policy']).toBe(contentSecurityPolicy(nonce));
      expect(headers['cache-control']).toBe('no-store');
      nonces.add(nonce);
    }
    expect(nonces.size).toBe(3);
  });

  test('every answer is hardened', async () => {
    const server = await startTestConsole();
    const cookie = await logIn(server);
    for (const path of ['/', '/assets/app-1a2b.js', '/nothing', '/login/x']) {
      const { headers } = await ask(`${server.origin}${path}`, { headers: { cookie } });
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
      });
      expect(headers['permissions-policy']).toContain('camera=()');
      expect(headers['x-powered-by']).toBeUndefined();
    }
  });

  test('a visitor without a session learns how to get one, in his language', async () => {
    const server = await startTestConsole();
    for (const path of ['/', '/assets/app-1a2b.js']) {
      const { status, body } = await ask(`${server.origin}${path}`, {
        headers: { 'accept-language': 'fr, zh-CN;q=0.9, en;q=0.5' },
      });
      expect([status, body.includes('lang="zh-CN"'), body.includes('causeway login')]).toEqual([
        401,
        true,
        true,
      ]);
    }
  });

  test('assets are served to a session and may be kept', async () => {
    const server = await startTestConsole();
    const cookie = await logIn(server);
    const { status, headers } = await ask(`${server.origin}/assets/app-1a2b.js`, {
      headers: { cookie },
    });
    expect(status).toBe(200);
    expect(headers['content-type']).toContain('javascript');
    expect(headers['cache-control']).toContain('immutable');
  });

  test('a console that was not built says so', async () => {
    const server = await startTestConsole({ rendererDir: join(rendererDir(), 'missing') });
    const cookie = await logIn(server);
    expect((await ask(server.origin, { headers: { cookie } })).status).toBe(503);
  });

  test('a port that is taken is an error with its number', async () => {
    const server = await startTestConsole();
    const { port } = new URL(server.origin);
    await expect(startTestConsole({ port: Number(port) })).rejects.toMatchObject({
      code: 'PORT_IN_USE',
      params: { port },
    });
  });
});
