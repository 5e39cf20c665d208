import { sign, type KeyObject } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ClientOf } from '../../common/contract/client.ts';
import { relayPaths, type RelayApi } from '../../common/contract/relay-api.ts';
import type { RelaySnapshotPatch, TrafficRow } from '../../common/domain/relay/views.ts';
import { authFileText } from '../../common/tunnel/auth-file.ts';
import { resetPassword } from '../admin/accounts.ts';
import { generateRsaKey } from '../ca/authority.ts';
import { openStore } from '../store/index.ts';
import { ask, cookieOf, logIn, openSocket, type ConsoleSocket } from '../testing/console.ts';
import { enrolDevice, makeCsr, testKey } from '../testing/identity.ts';
import { h1 } from '../testing/public.ts';
import { startRelay, type TestRelay } from '../testing/relay.ts';

let to: TestRelay;
let socket: ConsoleSocket;
let client: ClientOf<RelayApi>;
let cookie: string;
let origin: string;

beforeAll(async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'causeway-relay-console-'));
  const store = openStore(dataDir);
  const once = await resetPassword(store, 'ann', Date.now());
  store.close();
  to = await startRelay({}, { dataDir });
  origin = to.relay.addresses.admin;
  const login = { user: 'ann', password: once, newPassword: 'correct horse battery' };
  cookie = cookieOf(await logIn(origin, login));
  socket = await openSocket(origin, { cookie, origin });
  ({ client } = socket);
});
afterAll(async () => {
  socket.socket.close();
  await to.close();
  await rm(to.dataDir, { recursive: true, force: true });
});

const tunnel = async (name: string) =>
  (await client.call('state.get')).tunnels.find((each) => each.name === name);

/** Everything the audit log says, as it leaves the relay. */
const exported = async (): Promise<string> =>
  (await ask(origin + relayPaths.auditExport, { headers: { cookie } })).body;

/** The first patch that says what is waited for. */
function patchWhere(holds: (patch: RelaySnapshotPatch['patch']) => boolean): Promise<void> {
  return new Promise((resolve) => {
    client.on('state.changed', ({ patch }) => {
      if (holds(patch)) resolve();
    });
  });
}

describe('tunnels and domains', () => {
  it('are made, bound, unbound and removed, in force at once', async () => {
    await client.call('tunnels.create', { name: 'made', domains: ['Made.test'] });
    await expect(
      client.call('tunnels.create', { name: 'made', domains: ['other.test'] }),
    ).rejects.toThrow('CONFLICT');
    await client.call('domains.bind', { tunnel: 'made', domain: 'two.test' });
    await expect(
      client.call('domains.bind', { tunnel: 'made', domain: 'bot.test' }),
    ).rejects.toThrow('CONFLICT');
    expect((await tunnel('made'))?.domains).toEqual(['made.test', 'two.test']);
    expect((await h1(to, { path: '/', host: 'two.test' })).status).toBe(502);
    await client.call('domains.unbind', { tunnel: 'made', domain: 'two.test' });
    expect((await h1(to, { path: '/', host: 'two.test' })).status).toBe(404);
    await client.call('tunnels.remove', { tunnel: 'made' });
    expect(await tunnel('made')).toBeUndefined();
    expect((await h1(to, { path: '/', host: 'made.test' })).status).toBe(404);
  });

  it('a device is told of a new domain, and cut off with its tunnel', async () => {
    await client.call('tunnels.create', { name: 'brief', domains: ['brief.test'] });
    const { token } = await client.call('tokens.create', { tunnel: 'brief', ttlMs: 60_000 });
    const { deviceId } = await enrolDevice(token);
    expect((await tunnel('brief'))?.devices).toMatchObject([{ id: deviceId, revokedAt: null }]);
    const peer = await to.connect({ onStream: (stream) => stream.respond({ ':status': 204 }) });
    await client.call('domains.bind', { tunnel: 'acme', domain: 'new.test' });
    expect(await peer.event('domains')).toMatchObject({
      domains: ['bot.test', '*.wild.test', 'new.test'],
    });
    peer.close();
    await client.call('tunnels.remove', { tunnel: 'brief' });
    await expect(client.call('devices.revoke', { id: deviceId })).rejects.toThrow('NOT_FOUND');
  });
});

describe('rules', () => {
  it('are kept per tunnel and go with it', async () => {
    const access = { paths: ['/wecom/callback*'], sources: ['192.0.2.0/24', '2001:db8::1'] };
    await client.call('tunnels.create', { name: 'ruled', domains: ['ruled.test'] });
    await client.call('access.set', { tunnel: 'ruled', access });
    const limits = { requestsPerSecond: 50, bodyBytes: null };
    await client.call('limits.set', { tunnel: 'ruled', limits });
    const hold = { enabled: true, maxAgeMs: 60_000, maxBytes: 1024 ** 2 };
    await client.call('hold.set', { tunnel: 'ruled', hold });
    const own = { paths: ['/own'], sources: [] };
    const domain = { tunnel: 'ruled', domain: 'ruled.test' };
    await client.call('domains.setAccess', { ...domain, access: own });
    await client.call('recovery.set', { tunnel: 'ruled', mode: 'approve' });
    expect((await tunnel('ruled'))?.rules).toEqual({
      access,
      domains: { 'ruled.test': own },
      limits,
      hold,
      recovery: 'approve',
    });
    await client.call('domains.setAccess', { ...domain, access: null });
    expect((await tunnel('ruled'))?.rules.domains).toEqual({});
    await expect(
      client.call('domains.setAccess', { ...domain, domain: 'bot.test', access: own }),
    ).rejects.toThrow('NOT_FOUND');
    await client.call('tunnels.remove', { tunnel: 'ruled' });
    await client.call('tunnels.create', { name: 'ruled', domains: ['ruled.test'] });
    expect((await tunnel('ruled'))?.rules).toMatchObject({ hold: { enabled: false } });
  });

  it.each([
    ['a path without its root', { paths: ['wecom'], sources: [] }],
    ['a star in the middle', { paths: ['/a*b'], sources: [] }],
    ['a query', { paths: ['/a?b'], sources: [] }],
    ['a name for an address', { paths: [], sources: ['example.com'] }],
    ['too many bits', { paths: [], sources: ['192.0.2.0/33'] }],
  ])('%s is refused', async (_what, access) => {
    await expect(client.call('access.set', { tunnel: 'acme', access })).rejects.toThrow(
      'BAD_INPUT',
    );
  });

  it('a gate’s token is written and never read', async () => {
    const token = 'S3cretCallbackToken0';
    const path = '/wecom/callback/desk';
    await client.call('gates.set', { tunnel: 'acme', path, token });
    expect((await tunnel('acme'))?.gates).toEqual([{ path, token: { set: true, hint: '…en0' } }]);
    expect(JSON.stringify(await client.call('state.get'))).not.toContain(token);
    expect(await exported()).not.toContain(token);
    await client.call('gates.remove', { tunnel: 'acme', path });
    await expect(client.call('gates.remove', { tunnel: 'acme', path })).rejects.toThrow(
      'NOT_FOUND',
    );
  });
});

describe('tokens and devices', () => {
  it('a revoked token lets nobody in, a used one is told with its device', async () => {
    const made = await client.call('tokens.create', { tunnel: 'acme', ttlMs: 60_000 });
    const [open] = (await tunnel('acme'))?.tokens ?? [];
    await client.call('tokens.revoke', { id: open?.id ?? '' });
    await expect(enrolDevice(made.token)).rejects.toThrow('TOKEN_UNKNOWN');
    const used = await client.call('tokens.create', { tunnel: 'acme', ttlMs: 60_000 });
    const { deviceId } = await enrolDevice(used.token);
    const [latest] = (await tunnel('acme'))?.tokens ?? [];
    expect(latest).toMatchObject({ device: deviceId, revokedAt: null });
    await expect(client.call('tokens.revoke', { id: latest?.id ?? '' })).rejects.toThrow(
      'NOT_FOUND',
    );
    const secret = used.token.slice(5);
    expect(await exported()).not.toContain(secret);
  });

  it('a revoked device is cut and shown so, to every console', async () => {
    const peer = await to.connect({ onStream: (stream) => stream.respond({ ':status': 204 }) });
    await patchWhere(
      ({ live }) => live?.sessions.some((each) => each.deviceId === peer.deviceId) ?? false,
    );
    const gone = patchWhere(
      ({ live }) => live !== undefined && live.sessions.every((s) => s.deviceId !== peer.deviceId),
    );
    await client.call('devices.revoke', { id: peer.deviceId });
    expect(await peer.event('revoked')).toMatchObject({ error: { code: 'CERT_REVOKED' } });
    await gone;
    const device = (await tunnel('acme'))?.devices.find(({ id }) => id === peer.deviceId);
    expect(device?.revokedAt).toBeGreaterThan(0);
  });
});

describe('auth files', () => {
  const device = { hostname: 'ward-7', platform: 'linux', version: '1.0.0' };
  const make = async (change: object = {}, own?: KeyObject): Promise<string> => {
    const key = own ?? (await testKey());
    const body = { version: 1 as const, csr: makeCsr(key), device, createdAt: 5, ...change };
    const signature = sign('sha256', Buffer.from(authFileText(body)), key).toString('base64');
    return JSON.stringify({ ...body, signature });
  };

  it('wait for somebody, and make a device once approved', async () => {
    const { fingerprint } = await client.call('authFiles.upload', { text: await make() });
    await expect(client.call('authFiles.answer', { fingerprint })).rejects.toThrow(
      'ENROLMENT_PENDING',
    );
    const approved = await client.call('authFiles.approve', { fingerprint, tunnel: 'acme' });
    const answer = await client.call('authFiles.answer', { fingerprint });
    expect(answer).toMatchObject({ deviceId: approved.deviceId, tunnel: 'acme' });
    expect(answer.certificate).toContain('BEGIN CERTIFICATE');
    await expect(client.call('authFiles.approve', { fingerprint, tunnel: 'acme' })).rejects.toThrow(
      'CONFLICT',
    );
    await expect(client.call('authFiles.refuse', { fingerprint })).rejects.toThrow('CONFLICT');
    expect((await tunnel('acme'))?.devices).toContainEqual(
      expect.objectContaining({ id: approved.deviceId, hostname: 'ward-7' }),
    );
  });

  it('that are turned down give nothing, also when they are uploaded again', async () => {
    const text = await make({}, await generateRsaKey(2048));
    const { fingerprint } = await client.call('authFiles.upload', { text });
    await client.call('authFiles.refuse', { fingerprint });
    expect(await client.call('authFiles.upload', { text })).toEqual({ fingerprint });
    await expect(client.call('authFiles.answer', { fingerprint })).rejects.toThrow(
      'ENROLMENT_REFUSED',
    );
    const { authRequests } = await client.call('state.get');
    expect(authRequests.find((each) => each.fingerprint === fingerprint)?.state).toBe('refused');
  });

  it.each([
    ['no JSON', async () => '{', 'AUTH_FILE_INVALID'],
    ['another version', () => make({ version: 2 }), 'AUTH_FILE_INVALID'],
    ['something more', async () => `${(await make()).slice(0, -1)},"x":1}`, 'AUTH_FILE_INVALID'],
    [
      'a changed name',
      async () => (await make()).replace('ward-7', 'ward-8'),
      'AUTH_FILE_INVALID (reason=signature)',
    ],
    ['no request', () => make({ csr: 'x'.repeat(100) }), 'CSR_INVALID'],
  ])('%s is refused', async (_what, text, code) => {
    await expect(client.call('authFiles.upload', { text: await text() })).rejects.toThrow(code);
  });
});

describe('what passes', () => {
  it('is told row by row, and the last rows can be read', async () => {
    const peer = await to.connect({
      onStream: (stream) => {
        stream.respond({ ':status': 201, 'x-causeway-source': 'origin' });
        stream.end();
      },
    });
    const seen = new Map<number, TrafficRow>();
    const complete = new Promise<TrafficRow>((resolve) => {
      client.on('traffic.changed', ({ rows }) => {
        for (const row of rows) seen.set(row.id, row);
        const row = [...seen.values()].find(({ path }) => path === '/told');
        if (row !== undefined && row.answerMs !== null) resolve(row);
      });
    });
    await h1(to, { path: '/told?secret=1' });
    expect(await complete).toMatchObject({
      host: 'bot.test',
      tunnel: 'acme',
      status: 201,
      source: 'origin',
    });
    const { rows } = await client.call('traffic.recent');
    expect(rows.find(({ path }) => path === '/told')).toMatchObject({ status: 201 });
    expect(JSON.stringify(rows)).not.toContain('secret=1');
    peer.close();
  });
});

it('every change is in the log with who made it and from where, and the chain is whole', async () => {
  const { rows } = await client.call('audit.list', { limit: 200, search: 'access.set' });
  const ofDomain = rows.find(({ details }) => 'domain' in details);
  expect(ofDomain?.details).toMatchObject({ domain: 'ruled.test', after: null });
  expect(rows.find(({ details }) => !('domain' in details))).toMatchObject({
    actor: 'ann',
    address: '127.0.0.1',
    subject: 'ruled',
    details: { before: { paths: [] }, after: { paths: ['/wecom/callback*'] } },
  });
  const verdict = await client.call('audit.verify');
  expect(verdict).toMatchObject({ intact: true });
  expect((await exported()).trimEnd().split('\n')).toHaveLength(verdict.rows);
});

it('the socket ends with the session', async () => {
  await ask(origin + relayPaths.logout, { method: 'POST', headers: { cookie, origin } });
  socket.socket.send(JSON.stringify({ kind: 'call', id: 999, name: 'state.get' }));
  expect(await socket.closed).toBe(4401);
});
