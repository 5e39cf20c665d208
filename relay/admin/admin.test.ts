import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeToken } from '../../common/tunnel/token.ts';
import { h1 } from '../testing/public.ts';
import { startRelay, type TestRelay } from '../testing/relay.ts';

let to: TestRelay;
let key: string;
beforeAll(async () => {
  to = await startRelay();
  key = (await readFile(join(to.dataDir, 'admin.key'), 'utf8')).trim();
});
afterAll(async () => {
  await to.close();
});

async function api(
  method: string,
  path: string,
  body?: unknown,
  authorization = `Bearer ${key}`,
): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${to.relay.addresses.admin}${path}`, {
    method,
    headers: {
      authorization,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? null : (JSON.parse(text) as unknown) };
}
const error = (code: string): unknown => ({ error: expect.objectContaining({ code }) as unknown });

describe('the admin API', () => {
  it('keeps its key to itself', async () => {
    expect((await stat(join(to.dataDir, 'admin.key'))).mode & 0o777).toBe(0o600);
    expect((await stat(join(to.dataDir, 'relay.db'))).mode & 0o777).toBe(0o600);
    for (const authorization of ['', 'Bearer', 'Bearer x', `Basic ${key}`, `Bearer ${key}x`]) {
      const answer = await api('GET', '/api/tunnels', undefined, authorization);
      expect(answer).toEqual({ status: 401, body: error('UNAUTHENTICATED') });
    }
    for (const [method, path] of [
      ['POST', '/api/tunnels'],
      ['POST', '/api/tunnels/acme/tokens'],
      ['GET', '/api/sessions'],
      ['POST', '/api/devices/x/revoke'],
      ['GET', '/api/audit'],
    ] as const) {
      expect((await api(method, path, undefined, '')).status).toBe(401);
    }
  });

  it('tells everybody its health and its figures', async () => {
    expect(await api('GET', '/api/health', undefined, '')).toMatchObject({
      status: 200,
      body: { status: 'ok', name: 'test', sessions: 0 },
    });
    await h1(to, { path: '/', host: 'other.test' });
    const text = await (await fetch(`${to.relay.addresses.admin}/metrics`)).text();
    expect(text).toContain('relay_requests_total{code="404",source="relay"} 1');
    expect(text).toContain('relay_request_duration_seconds_bucket');
  });

  it('makes tunnels and refuses what is taken or malformed', async () => {
    const made = await api('POST', '/api/tunnels', {
      name: 'second',
      domains: ['Two.Test', 'two.test'],
    });
    expect(made).toMatchObject({ status: 201, body: { name: 'second', domains: ['two.test'] } });
    for (const input of [
      { name: 'second', domains: ['three.test'] },
      { name: 'third', domains: ['four.test', 'two.test'] },
    ]) {
      expect(await api('POST', '/api/tunnels', input)).toEqual({
        status: 409,
        body: error('CONFLICT'),
      });
    }
    for (const input of [
      { name: 'Third', domains: ['three.test'] },
      { name: 'third', domains: [] },
      { name: 'third', domains: ['*.test'] },
      { name: 'third', domains: ['a..b'] },
      { name: 'third', domains: ['a b'] },
      { name: 'third', domains: ['x.test'], extra: 1 },
      [],
      'no json',
    ]) {
      expect(await api('POST', '/api/tunnels', input)).toEqual({
        status: 400,
        body: error('BAD_INPUT'),
      });
    }
    const { body } = await api('GET', '/api/tunnels');
    expect((body as { tunnels: { name: string }[] }).tunnels.map(({ name }) => name)).toEqual([
      'acme',
      'second',
    ]);
  });

  it('makes tokens of a bounded life', async () => {
    const { status, body } = await api('POST', '/api/tunnels/acme/tokens', { ttlMs: 60_000 });
    expect(status).toBe(201);
    expect(decodeToken((body as { token: string }).token)).toMatchObject({ host: '127.0.0.1' });
    expect((await api('POST', '/api/tunnels/none/tokens', { ttlMs: 60_000 })).status).toBe(404);
    for (const ttlMs of [0, -1, 1.5, 40 * 86_400_000]) {
      expect((await api('POST', '/api/tunnels/acme/tokens', { ttlMs })).status).toBe(400);
    }
  });

  it('shows sessions, revokes devices and remembers who did what', async () => {
    const peer = await to.connect({
      onStream: (stream) => {
        stream.respond({ ':status': 200 });
        stream.end();
      },
    });
    await h1(to, { path: '/' });
    expect((await api('GET', '/api/sessions')).body).toMatchObject({
      sessions: [{ tunnel: 'acme', deviceId: peer.deviceId, requests: 1, inFlight: 0 }],
    });
    expect((await api('POST', `/api/devices/${peer.deviceId}/revoke`)).status).toBe(204);
    expect((await api('GET', '/api/sessions')).body).toEqual({ sessions: [] });
    expect((await api('POST', '/api/devices/nobody/revoke')).status).toBe(404);
    const { body } = await api('GET', '/api/audit?limit=3');
    const { entries } = body as { entries: { id: number; action: string }[] };
    expect(entries.map(({ action }) => action)).toEqual([
      'device.revoke',
      'device.enrol',
      'token.create',
    ]);
    const older = await api('GET', `/api/audit?before=${entries.at(-1)!.id}`);
    expect(JSON.stringify(older.body)).not.toContain('device.enrol');
    expect(JSON.stringify(body)).not.toContain(key);
    expect((await api('GET', '/api/audit?limit=0')).status).toBe(400);
  });

  it('knows no other path', async () => {
    expect(await api('GET', '/api/nothing')).toEqual({ status: 404, body: error('UNKNOWN_CALL') });
  });
});
