import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { relayPaths } from '../../common/contract/relay-api.ts';
import { selfSignedPublic } from '../ca/server-certificate.ts';
import { openStore } from '../store/index.ts';
import { ask, cookieOf, logIn, openSocket } from '../testing/console.ts';
import { startRelay, type TestRelay } from '../testing/relay.ts';
import type { RelayOptions } from '../types.ts';
import { resetPassword } from './accounts.ts';

const PASSWORD = 'correct horse battery';
let rendererDir: string;
let running: TestRelay | null = null;
let dataDir = '';

beforeAll(async () => {
  rendererDir = await mkdtemp(join(tmpdir(), 'causeway-relay-page-'));
  await mkdir(join(rendererDir, 'assets'));
  const page = '<!doctype html><meta property="csp-nonce" nonce="__CSP_NONCE__"><p>console</p>';
  await writeFile(join(rendererDir, 'relay.html'), page);
  await writeFile(join(rendererDir, 'index.html'), 'the operator’s page');
  await writeFile(join(rendererDir, 'secret.txt'), 'not part of the console');
  await writeFile(join(rendererDir, 'assets', 'app-1a2b.js'), 'export {};');
});
afterAll(() => rm(rendererDir, { recursive: true, force: true }));
afterEach(async () => {
  await running?.close();
  running = null;
  await rm(dataDir, { recursive: true, force: true });
});

/** A relay with the user `ann`, whose one-time password is returned. */
async function start(
  options: Partial<RelayOptions> = {},
): Promise<{ origin: string; once: string }> {
  dataDir = await mkdtemp(join(tmpdir(), 'causeway-relay-login-'));
  const store = openStore(dataDir);
  const once = await resetPassword(store, 'ann', (options.now ?? Date.now)());
  store.close();
  running = await startRelay({}, { dataDir, rendererDir, ...options });
  return { origin: running.relay.addresses.admin, once };
}

async function signedIn(options: Partial<RelayOptions> = {}) {
  const { origin, once } = await start(options);
  const answer = await logIn(origin, { user: 'ann', password: once, newPassword: PASSWORD });
  return { origin, cookie: cookieOf(answer), answer };
}

const userOf = async (origin: string, cookie: string): Promise<unknown> =>
  (JSON.parse((await ask(origin + relayPaths.session, { headers: { cookie } })).body) as object)[
    'user' as never
  ];

describe('signing in', () => {
  it('a one-time password asks for another, which then is the only one', async () => {
    const { origin, once } = await start();
    const asked = await logIn(origin, { user: 'ann', password: once });
    expect([asked.status, asked.body, asked.headers['set-cookie']]).toEqual([
      200,
      '{"user":null}',
      undefined,
    ]);
    const weak = await logIn(origin, { user: 'ann', password: once, newPassword: 'ann' });
    expect([weak.status, weak.body]).toEqual([400, expect.stringContaining('PASSWORD_TOO_WEAK')]);
    const same = await logIn(origin, { user: 'ann', password: once, newPassword: once });
    expect(same.status).toBe(400);
    const set = await logIn(origin, { user: 'ann', password: once, newPassword: PASSWORD });
    expect([set.status, set.body]).toEqual([200, '{"user":"ann"}']);
    const again = await logIn(origin, { user: 'ann', password: once });
    expect([again.status, again.body]).toEqual([401, expect.stringContaining('LOGIN_REFUSED')]);
    expect((await logIn(origin, { user: 'ANN', password: PASSWORD })).status).toBe(200);
  });

  it('a one-time password is over after a week', async () => {
    let now = Date.now();
    const { origin, once } = await start({ now: () => now });
    now += 7 * 86_400_000;
    const answer = await logIn(origin, { user: 'ann', password: once, newPassword: PASSWORD });
    expect(answer.status).toBe(401);
  });

  it('the cookie is for this console alone, and ends with the session', async () => {
    const { origin, cookie, answer } = await signedIn();
    const { port } = new URL(origin);
    expect(answer.headers['set-cookie']?.[0]).toMatch(
      new RegExp(`^causeway_relay_${port}=[\\w-]{43}; Path=/; HttpOnly; SameSite=Strict$`),
    );
    expect(await userOf(origin, cookie)).toBe('ann');
    const out = await ask(origin + relayPaths.logout, {
      method: 'POST',
      headers: { cookie, origin },
    });
    expect(out.status).toBe(204);
    expect(await userOf(origin, cookie)).toBeNull();
  });

  it('a session ends twelve hours after its last use, whatever the relay did meanwhile', async () => {
    let now = Date.now();
    const { origin, cookie } = await signedIn({ now: () => now });
    now += 11 * 3_600_000;
    expect(await userOf(origin, cookie)).toBe('ann');
    now += 11 * 3_600_000;
    expect(await userOf(origin, cookie)).toBe('ann');
    now += 12 * 3_600_000;
    expect(await userOf(origin, cookie)).toBeNull();
  });

  it('guessing is slowed down, for names that nobody has as well', async () => {
    const time = Date.now();
    const { origin } = await start({ now: () => time });
    const statuses: number[] = [];
    for (let n = 0; n < 7; n += 1) {
      const user = n % 2 === 0 ? 'ann' : 'nobody';
      statuses.push((await logIn(origin, { user, password: `guess ${n}` })).status);
    }
    expect(statuses).toEqual([401, 401, 401, 401, 429, 429, 429]);
    const refused = await logIn(origin, { user: 'ann', password: 'x' });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
  });

  it('a new password ends the other sessions and keeps the one it was set in', async () => {
    const { origin, cookie } = await signedIn();
    const other = cookieOf(await logIn(origin, { user: 'ann', password: PASSWORD }));
    const { client, socket } = await openSocket(origin, { cookie, origin });
    const next = 'another long sentence';
    await expect(client.call('account.password', { current: 'wrong', next })).rejects.toThrow(
      'LOGIN_REFUSED',
    );
    await client.call('account.password', { current: PASSWORD, next });
    expect(await client.call('account.update', { theme: 'dark' })).toMatchObject({ theme: 'dark' });
    expect(await userOf(origin, other)).toBeNull();
    expect(await userOf(origin, cookie)).toBe('ann');
    socket.close();
  });
});

describe('hostile requests', () => {
  it.each([
    ['a rebound name', { host: 'evil.example' }],
    ['our address, another port', { host: '127.0.0.1:1' }],
    ['a foreign Origin', { origin: 'https://evil.example' }],
    ['an opaque Origin', { origin: 'null' }],
    ['our Origin over TLS', { origin: 'https://127.0.0.1:{port}' }],
    ['a page on another port', { 'sec-fetch-site': 'same-site' }],
  ])('%s is refused everywhere, cookie or not', async (_what, fields: Record<string, string>) => {
    const { origin, cookie } = await signedIn();
    const { port } = new URL(origin);
    const sent = Object.fromEntries(
      Object.entries(fields).map(([name, value]) => [name, value.replace('{port}', port)]),
    );
    const headers = { cookie, ...sent };
    for (const path of ['/', '/assets/app-1a2b.js', relayPaths.session, relayPaths.auditExport]) {
      expect((await ask(origin + path, { headers })).status).toBe(403);
    }
    const login = { user: 'ann', password: PASSWORD };
    const posted = await logIn(origin, login, { headers: { origin, ...headers } });
    expect(posted.status).toBe(403);
    await expect(openSocket(origin, { origin, ...headers })).rejects.toThrow('403');
  });

  it('what changes something needs an Origin, and the socket a session', async () => {
    const { origin, cookie } = await signedIn();
    const login = { user: 'ann', password: PASSWORD };
    expect((await logIn(origin, login, { headers: {} })).status).toBe(403);
    expect(
      (await ask(origin + relayPaths.logout, { method: 'POST', headers: { cookie } })).status,
    ).toBe(403);
    await expect(openSocket(origin, { cookie })).rejects.toThrow('403');
    await expect(openSocket(origin, { origin })).rejects.toThrow('401');
    expect((await ask(origin + relayPaths.auditExport)).status).toBe(401);
  });

  it.each(['/secret.txt', '/index.html', '/assets/..%2fsecret.txt', '/assets/', '/assets/%00'])(
    '%s is not served',
    async (path) => {
      const { origin } = await start();
      const answer = await ask(origin + path);
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.body).not.toContain('not part');
    },
  );

  it('a page has a policy and a nonce of its own', async () => {
    const { origin } = await start();
    const pages = await Promise.all([ask(origin), ask(origin)]);
    const nonces = pages.map(({ body }) => /nonce="([\w-]{22})"/.exec(body)?.[1]);
    expect(new Set(nonces).size).toBe(2);
    for (const [index, { headers }] of pages.entries()) {
      expect(headers['content-security-policy']).toContain(`'nonce-${nonces[index]}'`);
      expect(headers['content-security-policy']).toContain('require-trusted-types-for');
      expect(headers['x-frame-options']).toBe('DENY');
    }
  });
});

describe('beyond this machine', () => {
  it('plain HTTP is refused before anything listens', async () => {
    await expect(
      start({
        listen: {
          public: { host: '127.0.0.1', port: 0 },
          control: { host: '127.0.0.1', port: 0 },
          admin: { host: '0.0.0.0', port: 0 },
        },
      }),
    ).rejects.toThrow('CONFIG_INVALID (key=listen.admin');
  });

  it('HTTPS carries the console, with a cookie that no plain connection sends', async () => {
    const adminTls = await selfSignedPublic(['127.0.0.1', 'relay.test'], Date.now());
    const { origin, once } = await start({ adminTls });
    expect(origin).toMatch(/^https:/);
    const call = { headers: { origin }, ca: adminTls.cert };
    const login = { user: 'ann', password: once, newPassword: PASSWORD };
    const answer = await logIn(origin, login, call);
    expect(answer.headers['set-cookie']?.[0]).toMatch(
      /^__Host-causeway_relay_\d+=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
    );
    const { port } = new URL(origin);
    const named = { headers: { host: `relay.test:${port}` }, ca: adminTls.cert };
    expect((await ask(origin, named)).status).toBe(200);
  });
});
