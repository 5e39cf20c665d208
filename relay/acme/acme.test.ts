import { once } from 'node:events';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RelayOptions } from '../types.ts';
import { makeDataDir, startRelay, type TestRelay } from '../testing/relay.ts';
import { startAcmeAuthority, type AcmeAuthority } from './testing/authority.ts';

const DAY = 86_400_000;
const loopback = { host: '127.0.0.1', port: 0 };
let authority: AcmeAuthority;
let dir: string;
let to: TestRelay;
let port: number | Promise<number> = 0;
let skew = 0;
let life = 90 * DAY;

const now = (): number => Date.now() + skew;

beforeEach(async () => {
  skew = 0;
  life = 90 * DAY;
  dir = await mkdtemp(join(tmpdir(), 'causeway-acme-'));
  authority = await startAcmeAuthority({
    dir,
    challengePort: () => port,
    lifeMs: () => life,
    now: Date.now,
  });
});
afterEach(async () => {
  await to.close();
  await authority.close();
  await rm(dir, { recursive: true, force: true });
});

async function start(dataDir?: string, more: Partial<RelayOptions> = {}): Promise<void> {
  // The relay orders for its own names while it starts; its port is known only after that.
  const known = Promise.withResolvers<number>();
  port = known.promise;
  to = await startRelay(
    { acmePollMs: 10 },
    {
      listen: { public: loopback, control: loopback, admin: loopback, redirect: loopback },
      acme: { directoryUrl: authority.directoryUrl, email: 'ops@bot.test' },
      now,
      ...(dataDir === undefined ? {} : { dataDir }),
      ...more,
    },
  );
  known.resolve(portOfRedirect());
  await to.relay.checkCertificates();
}

function portOfRedirect(): number {
  return Number(new URL(to.relay.addresses.redirect ?? '').port);
}

/** What a client sees that trusts the authority alone; the error's code where it does not trust. */
async function shown(servername: string): Promise<{ serial: string; until: number } | string> {
  const socket = tls.connect({
    port: to.publicPort,
    host: '127.0.0.1',
    servername,
    ca: authority.caPem,
  });
  try {
    await once(socket, 'secureConnect');
    const certificate = socket.getPeerCertificate();
    return { serial: certificate.serialNumber, until: Date.parse(certificate.valid_to) };
  } catch (thrown) {
    return String((thrown as { code?: unknown }).code);
  } finally {
    socket.destroy();
  }
}

describe('ACME', () => {
  it('obtains a certificate for each bound domain, and shows it by name', async () => {
    await start();
    expect(authority.problems).toEqual([]);
    // The wildcard of the same tunnel cannot be proved by HTTP-01.
    expect(authority.orders).toEqual(['bot.test']);
    expect(await shown('bot.test')).toMatchObject({ serial: expect.any(String) as string });
    // Others are served the certificate of the files.
    expect(await shown('a.wild.test')).toMatch(/SELF_SIGNED|UNABLE_TO|DEPTH_ZERO/);
    expect(to.relay.acmeState()).toMatchObject([{ domain: 'bot.test', lastError: null }]);
    const peer = await to.connect({ onStream: () => undefined });
    expect(peer.registration.publicCertificate).toContain(authority.caPem.trim());

    to.relay.createTunnel({ name: 'second', domains: ['second.test'] });
    await to.relay.checkCertificates();
    expect(await shown('second.test')).toMatchObject({ serial: expect.any(String) as string });
    expect(authority.orders).toEqual(['bot.test', 'second.test']);
    expect(authority.accounts.size).toBe(1);
  });

  it('obtains one for the names of the relay itself, under which devices come in by wss', async () => {
    const own = { controlHost: 'Relay.test', publicNames: ['console.relay.test', 'bot.test'] };
    await start(undefined, own);
    expect(authority.problems).toEqual([]);
    expect(authority.orders).toEqual(['relay.test', 'console.relay.test', 'bot.test']);
    for (const name of ['relay.test', 'console.relay.test', 'bot.test']) {
      expect(await shown(name)).toMatchObject({ serial: expect.any(String) as string });
    }
    expect(await shown('other.test')).toMatch(/SELF_SIGNED|UNABLE_TO|DEPTH_ZERO/);
    // What devices are told of is the certificate of their own domain, not the relay's.
    expect(to.relay.acmeState().map(({ domain }) => domain)).toContain('relay.test');
  });

  it('keeps keys for nobody else, and orders nothing anew after a restart', async () => {
    const dataDir = await makeDataDir();
    await start(dataDir);
    const before = await shown('bot.test');
    for (const file of await readdir(join(dataDir, 'acme'))) {
      expect((await stat(join(dataDir, 'acme', file))).mode & 0o777).toBe(0o600);
    }
    expect((await readdir(join(dataDir, 'acme'))).sort()).toEqual(['account.key', 'bot.test.pem']);
    await to.relay.close(0);
    await start(dataDir);
    expect(await shown('bot.test')).toEqual(before);
    expect(authority.orders).toEqual(['bot.test']);
  });

  it('renews after two thirds of its life, without a restart', async () => {
    await start();
    const before = await shown('bot.test');
    skew = 59 * DAY;
    await to.relay.checkCertificates();
    expect(await shown('bot.test')).toEqual(before);
    skew = 61 * DAY;
    await to.relay.checkCertificates();
    const after = await shown('bot.test');
    expect(after).not.toEqual(before);
    expect(authority.orders).toEqual(['bot.test', 'bot.test']);
  });

  it('shows no certificate that has expired where that of the files may be good', async () => {
    await start();
    port = 1;
    skew = 91 * DAY;
    await to.relay.checkCertificates();
    expect(to.relay.acmeState()).toMatchObject([{ lastError: expect.any(String) as string }]);
    expect(await shown('bot.test')).toMatch(/SELF_SIGNED|UNABLE_TO|DEPTH_ZERO/);
  });

  it('waits longer and longer where an order fails, and keeps what it has', async () => {
    port = 1;
    to = await startRelay(
      { acmePollMs: 10 },
      {
        listen: { public: loopback, control: loopback, admin: loopback, redirect: loopback },
        acme: { directoryUrl: authority.directoryUrl },
        now,
      },
    );
    await to.relay.checkCertificates();
    expect(to.relay.acmeState()).toMatchObject([
      { domain: 'bot.test', notAfter: null, lastError: expect.any(String) as string },
    ]);
    const tries = [authority.orders.length];
    for (const minutes of [5, 14, 20, 40, 60]) {
      skew = minutes * 60_000;
      await to.relay.checkCertificates();
      tries.push(authority.orders.length);
    }
    // The second after 15 to 19 minutes, the third 30 to 38 later.
    expect(tries).toEqual([1, 1, 1, 2, 2, 3]);
    port = portOfRedirect();
    skew = 4 * 3_600_000;
    await to.relay.checkCertificates();
    expect(await shown('bot.test')).toMatchObject({ serial: expect.any(String) as string });
    expect(to.relay.acmeState()).toMatchObject([{ lastError: null, nextTryAt: null }]);
  });
});

describe('the redirect port', () => {
  const ask = async (
    path: string,
    host: string,
    method = 'GET',
  ): Promise<[number, string | null]> => {
    const { request } = await import('node:http');
    return new Promise((resolve, reject) => {
      request(
        { host: '127.0.0.1', port: portOfRedirect(), path, method, headers: { host } },
        (response) => {
          response.resume();
          resolve([response.statusCode ?? 0, response.headers.location ?? null]);
        },
      )
        .on('error', reject)
        .end();
    });
  };

  it('points known hosts to HTTPS and knows nothing else', async () => {
    await start();
    const base = `https://bot.test:${to.publicPort}`;
    expect(await ask('/a?b=c', 'bot.test')).toEqual([308, `${base}/a?b=c`]);
    expect(await ask('/a', 'BOT.test:80', 'POST')).toEqual([308, `${base}/a`]);
    expect(await ask('/a', 'other.test')).toEqual([404, null]);
    expect(await ask('/.well-known/acme-challenge/unknown', 'bot.test')).toEqual([404, null]);
    expect(await ask('/', 'bot.test@evil.test')).toEqual([400, null]);
    expect(await ask('http://evil.test/', 'bot.test')).toEqual([400, null]);
    expect(await ask('//evil.test/', 'bot.test')).toEqual([308, `${base}//evil.test/`]);
  });
});
