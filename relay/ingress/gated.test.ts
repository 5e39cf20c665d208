import type { IncomingHttpHeaders } from 'node:http2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bothVersions, h1, h2 } from '../testing/public.ts';
import { startRelay, type TestRelay } from '../testing/relay.ts';
import { signedCall, signedEcho } from '../testing/wecom.ts';

const token = 'QDG6eK';
const path = '/wecom/callback/desk';
let to: TestRelay;
let seen: IncomingHttpHeaders[];
let skew = 0;

beforeEach(async () => {
  skew = 0;
  seen = [];
  to = await startRelay({}, { now: () => Date.now() + skew });
  to.relay.rules.setGate('acme', { path, token });
  await to.connect({
    onStream: (stream, headers) => {
      seen.push(headers);
      stream.respond({ ':status': 200 });
      stream.resume();
      stream.on('end', () => stream.end('taken'));
    },
  });
});
afterEach(async () => {
  await to.close();
});

async function metric(name: string): Promise<string[]> {
  const text = await (await fetch(`${to.relay.addresses.admin}/metrics`)).text();
  return text.split('\n').filter((line) => line.startsWith(`${name}{`));
}

describe.each(bothVersions)('a signature gate over %s', (_version, call) => {
  it('lets what WeCom signed pass, with its body whole', async () => {
    const answers = [
      await call(to, signedCall({ token, path })),
      await call(to, signedCall({ token, path, format: 'json' })),
      await call(to, { ...signedCall({ token, path }), chunked: true }),
      await call(to, signedEcho({ token, path })),
    ];
    expect(answers.map(({ body }) => body.toString())).toEqual(answers.map(() => 'taken'));
    expect(seen).toHaveLength(4);
  });

  it('keeps everything else out: the agent sees no stream', async () => {
    const good = signedCall({ token, path });
    const refusals = [
      [signedCall({ token: 'forged', path }), 403, 'SIGNATURE_INVALID'],
      [
        { ...good, body: good.body.replace('<Encrypt><![CDATA[', '<Encrypt><![CDATA[A') },
        403,
        'SIGNATURE_INVALID',
      ],
      [{ ...good, path }, 403, 'SIGNATURE_INVALID'],
      [signedCall({ token, path, timestamp: Date.now() / 1000 - 3_600 }), 403, 'SIGNATURE_INVALID'],
      [
        signedCall({ token, path, timestamp: Math.floor(Date.now() / 1000) - 301 }),
        403,
        'CALLBACK_TOO_OLD',
      ],
      [{ path, method: 'POST', body: 'nothing' }, 403, 'SIGNATURE_INVALID'],
      [{ ...good, body: 'nothing' }, 400, 'BODY_MALFORMED'],
      [{ path: good.path }, 400, 'BODY_MALFORMED'],
      [{ path: good.path, method: 'DELETE' }, 405, 'BAD_INPUT'],
      [{ ...good, body: 'x'.repeat(1024 * 1024 + 1) }, 413, 'BODY_TOO_LARGE'],
    ] as const;
    for (const [request, status, code] of refusals) {
      const answer = await call(to, request);
      expect([answer.status, answer.headers['x-causeway-error']]).toEqual([status, code]);
      expect(answer.headers['x-causeway-source']).toBe('relay');
    }
    expect(seen).toEqual([]);
    expect(await metric('relay_signature_gate_total')).toContain(
      'relay_signature_gate_total{result="aged"} 1',
    );
  });
});

describe('a signature gate', () => {
  it('knows a copy from a repetition: three more at once, none later', async () => {
    const call = signedCall({ token, path });
    for (let time = 0; time < 4; time += 1) expect((await h1(to, call)).status).toBe(200);
    const fifth = await h1(to, call);
    expect([fifth.status, fifth.headers['x-causeway-error']]).toEqual([403, 'CALLBACK_REPLAYED']);
    const other = signedCall({ token, path });
    expect((await h2(to, other)).status).toBe(200);
    skew = 31_000;
    expect((await h2(to, other)).status).toBe(403);
    expect(seen).toHaveLength(5);
  });

  it('takes both tokens while one is changed for the other', async () => {
    to.relay.rules.setGate('acme', { path, token: 'nextToken' });
    expect((await h1(to, signedCall({ token, path }))).status).toBe(200);
    expect((await h1(to, signedCall({ token: 'nextToken', path }))).status).toBe(200);
    to.relay.rules.setGate('acme', { path, token: 'nextToken' });
    expect((await h1(to, signedCall({ token, path }))).status).toBe(403);
    expect((await h1(to, signedCall({ token: 'nextToken', path }))).status).toBe(200);
  });

  it('stands before its own path alone', async () => {
    expect((await h1(to, { path: '/wecom/callback/other', body: 'x' })).status).toBe(200);
    to.relay.rules.setGate('acme', { path: '/hooks/wecom', token });
    expect((await h1(to, { path: '/hooks/wecom', body: 'x' })).status).toBe(403);
    to.relay.rules.removeGate('acme', '/hooks/wecom');
    expect((await h1(to, { path: '/hooks/wecom', body: 'x' })).status).toBe(200);
  });
});

describe('white-lists', () => {
  it('are the tunnel’s own and hold from the next request on', async () => {
    to.relay.rules.setAccess('acme', { paths: ['/wecom/*'], sources: [] });
    expect((await h1(to, { path: '/wecom/x' })).status).toBe(200);
    const refused = await h2(to, { path: '/admin' });
    expect([refused.status, refused.headers['x-causeway-error']]).toEqual([
      404,
      'PATH_NOT_ALLOWED',
    ]);
    to.relay.rules.setAccess('acme', { paths: [], sources: ['192.0.2.0/24'] });
    const foreign = await h1(to, signedCall({ token, path }));
    expect([foreign.status, foreign.headers['x-causeway-error']]).toEqual([
      403,
      'SOURCE_NOT_ALLOWED',
    ]);
    to.relay.rules.setAccess('acme', { paths: [], sources: ['127.0.0.0/8'] });
    expect((await h1(to, { path: '/' })).status).toBe(200);
    expect(seen).toHaveLength(2);
  });
});
