import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { request } from 'undici';
import { expect, it, onTestFinished } from 'vitest';
import { answered, json } from '../../gateway/testing/harness.ts';
import { configOf, startSending } from '../support/sending.ts';

const MB = 1 << 20;
const KEY = 'cwk_reader';
const hash = (bytes: Buffer | string) => createHash('sha256').update(bytes).digest('hex');
const apiKeys = [{ id: 'k', hash: hash(KEY), scopes: ['read', 'send'] }] as const;

/** 45 MB that no part of looks like another. */
const file = Buffer.alloc(45 * MB);
for (let at = 0; at < file.length; at += 4)
  file.writeUInt32LE(Math.imul(at, 2_654_435_761) >>> 0, at);

/** WeCom with one file that is too large for one answer (D90254). `refuse` says which ranges it refuses. */
async function startWecom(refuse: (from: number) => boolean = () => false) {
  const ranges: string[] = [];
  const serve = (incoming: IncomingMessage, response: ServerResponse): void => {
    if (incoming.url?.startsWith('/cgi-bin/gettoken') === true) {
      json(response, { errcode: 0, errmsg: 'ok', access_token: 'token', expires_in: 7200 });
      return;
    }
    const { range } = incoming.headers;
    ranges.push(range ?? 'whole');
    const [, first = '', last = ''] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? [];
    const [from, to] = [Number(first), Math.min(Number(last), file.length - 1)];
    if (first === '' || to - from >= 20 * MB) {
      json(response, { errcode: 830002, errmsg: 'file size over limit' });
    } else if (refuse(from)) {
      json(response, { errcode: 40007, errmsg: 'invalid media_id' });
    } else {
      response.writeHead(206, {
        'content-type': 'application/octet-stream',
        'content-disposition': 'attachment; filename="large.bin"',
        'content-range': `bytes ${from}-${to}/${file.length}`,
      });
      response.end(file.subarray(from, to + 1));
    }
  };
  const server = createServer(serve).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const bot = {
    ...({ id: 'app', kind: 'app', receiveId: 'ww1', target: null } as const),
    ...{ corpId: 'ww1', corpSecret: 's', agentId: 1, apiBase: `http://127.0.0.1:${port}` },
  };
  const gateway = await startSending([bot], { config: configOf([bot], { apiKeys }) });
  return { ranges, gateway };
}

const path = '/api/bots/app/media/MEDIA';
const headers = { authorization: `Bearer ${KEY}` };

it('830002: fetches a file of 45 MB in three ranges and gives it as one', async () => {
  const { ranges, gateway } = await startWecom();
  const answer = await request(`${gateway.address}${path}`, { headers, reset: true });
  expect(answer.statusCode).toBe(200);
  expect(answer.headers['content-length']).toBe(String(file.length));
  expect(answer.headers['content-disposition']).toContain('large.bin');
  expect(answer.headers['content-range']).toBeUndefined();
  expect(hash(Buffer.from(await answer.body.arrayBuffer()))).toBe(hash(file));
  expect(ranges).toEqual([
    'whole',
    `bytes=0-${20 * MB - 1}`,
    `bytes=${20 * MB}-${40 * MB - 1}`,
    `bytes=${40 * MB}-${45 * MB - 1}`,
  ]);
});

it('a range that is asked for is passed on, and 830002 to it with it', async () => {
  const { ranges, gateway } = await startWecom();
  const part = await request(`${gateway.address}${path}`, {
    headers: { ...headers, range: 'bytes=41943040-41943049' },
    reset: true,
  });
  expect(part.statusCode).toBe(206);
  expect(Buffer.from(await part.body.arrayBuffer())).toEqual(file.subarray(41_943_040, 41_943_050));
  const refused = await answered(gateway, path, {
    headers: { ...headers, range: `bytes=0-${21 * MB}` },
  });
  expect(refused.status).toBe(502);
  expect(JSON.parse(refused.body)).toMatchObject({ error: { params: { errcode: 830002 } } });
  expect(ranges).toHaveLength(2);
});

it('a piece that is refused in the middle breaks the answer off, so that half is never taken for the whole', async () => {
  const { gateway } = await startWecom((from) => from > 0);
  const answer = await request(`${gateway.address}${path}`, { headers, reset: true });
  expect(answer.statusCode).toBe(200);
  await expect(answer.body.arrayBuffer()).rejects.toThrow('body length');
});
