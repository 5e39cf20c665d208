import { createDecipheriv } from 'node:crypto';
import { request } from 'node:http';
import { Script } from 'node:vm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startSimulator, type CallbackRecord, type Simulator } from './index.ts';

const secrets = {
  token: 'QDG6eK',
  encodingAESKey: 'jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C',
  receiveId: '',
};

let simulator: Simulator;

beforeEach(async () => {
  simulator = await startSimulator({
    listen: { host: '127.0.0.1', port: 0 },
    robots: [{ name: 'practice-robot', key: 'k' }],
    patience: { betweenTriesMs: 0 },
  });
  // Port 1 is never listened on, so that each delivery fails at once.
  const callback = 'http://127.0.0.1:1/wecom/callback/practice';
  simulator.setBot({ id: 'practice', kind: 'aibot', callback, ...secrets });
});

afterEach(() => simulator.close());

const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(simulator.address + path, { headers });

const post = (path: string, value: unknown, type = 'application/json'): Promise<Response> =>
  fetch(simulator.address + path, {
    method: 'POST',
    headers: { 'content-type': type },
    body: JSON.stringify(value),
  });

describe('the page', () => {
  it.each([
    ['zh-CN,zh;q=0.9', 'zh-CN', '企业微信模拟器'],
    ['de, en;q=0.5', 'en', 'WeCom simulator'],
    ['', 'en', 'WeCom simulator'],
  ])('speaks the language of %s', async (accept, lang, title) => {
    const html = await (await get('/', { 'accept-language': accept })).text();
    expect(html).toContain(`<html lang="${lang}"`);
    expect(html).toContain(`<h1>${title}</h1>`);
  });

  it('needs no inline script or style, and its policy allows none', async () => {
    const response = await get('/');
    const policy = response.headers.get('content-security-policy');
    expect(policy).toContain("script-src 'self';");
    expect(policy).not.toContain('unsafe');
    const html = await response.text();
    expect(html).not.toMatch(/<script(?![^>]*src=)|<style|\son[a-z]+=|\sstyle=/);
  });

  it('serves a script that parses and never writes markup', async () => {
    const response = await get('/app.js');
    expect(response.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    const script = await response.text();
    expect(() => new Script(script)).not.toThrow();
    expect(script).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write/);
  });
});

describe('the API', () => {
  it('delivers a callback and lists it after an id', async () => {
    const response = await post('/simulator/callbacks', { bot: 'practice', text: 'hi' });
    const record = (await response.json()) as CallbackRecord;
    expect(record).toMatchObject({
      outcome: 'failed',
      type: 'text',
      attempts: [{ status: null }, {}, {}],
    });
    expect(await (await get('/simulator/callbacks')).json()).toEqual({ callbacks: [record] });
    const after = await get(`/simulator/callbacks?after=${record.id}`);
    expect(await after.json()).toEqual({ callbacks: [] });
  });

  it('checks a callback address', async () => {
    const response = await post('/simulator/verify', { bot: 'practice' });
    expect(await response.json()).toMatchObject({ bot: 'practice', verdict: 'failed' });
  });

  it('never shows a bot’s credentials', async () => {
    await post('/simulator/callbacks', { bot: 'practice' });
    for (const path of ['/simulator/bots', '/simulator/callbacks', '/simulator/messages', '/']) {
      expect(await (await get(path)).text()).not.toMatch(/QDG6eK|jWmYm7qr/);
    }
  });

  it.each([
    ['an unknown bot', { bot: 'nobody' }, 404, 'BOT_NOT_FOUND'],
    ['an unknown key', { bot: 'practice', colour: 'red' }, 400, 'BAD_INPUT'],
    ['a type that is markup', { bot: 'practice', type: '<b>' }, 400, 'BAD_INPUT'],
    ['no object', 7, 400, 'BAD_INPUT'],
    ['more than 64 KB', { bot: 'practice', text: 'x'.repeat(70_000) }, 413, 'TOO_LARGE'],
  ])('refuses %s', async (_what, value, status, code) => {
    const response = await post('/simulator/callbacks', value);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error: { code } });
  });

  it('refuses what another site’s page could send', async () => {
    expect((await post('/simulator/callbacks', { bot: 'practice' }, 'text/plain')).status).toBe(
      400,
    );
    const { port } = new URL(simulator.address);
    const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
    request({ port, host: '127.0.0.1', path: '/simulator/bots', headers: { host: 'evil.example' } })
      .on('response', (response) => resolve(response.resume().statusCode))
      .on('error', reject)
      .end();
    expect(await promise).toBe(403);
  });

  it.each([
    '/nothing',
    '/media/nothing',
    '/media/nobody/picture.png',
    '/simulator/messages?after=x',
  ])('has nothing at %s', async (path) => {
    expect([400, 404]).toContain((await get(path)).status);
  });
});

describe('what a smart bot finds in a callback', () => {
  async function plaintext(input: object): Promise<Record<string, unknown>> {
    const { plaintext } = (await (
      await post('/simulator/callbacks', { bot: 'practice', ...input })
    ).json()) as CallbackRecord;
    return JSON.parse(plaintext) as Record<string, unknown>;
  }

  it('a media address whose file opens with the callback’s key', async () => {
    const { image } = (await plaintext({ type: 'image' })) as { image: { url: string } };
    const sealed = Buffer.from(await (await fetch(image.url)).arrayBuffer());
    const key = Buffer.from(`${secrets.encodingAESKey}=`, 'base64');
    const decipher = createDecipheriv('aes-256-cbc', key, key.subarray(0, 16)).setAutoPadding(
      false,
    );
    const plain = Buffer.concat([decipher.update(sealed), decipher.final()]);
    expect(plain.subarray(1, 4).toString()).toBe('PNG');
    const pad = plain.at(-1) ?? 0;
    const open = await (await get('/media/picture.png')).arrayBuffer();
    expect(plain.subarray(0, -pad)).toEqual(Buffer.from(open));
  });

  it('a response_url that takes one answer', async () => {
    const { response_url } = (await plaintext({})) as { response_url: string };
    const answer = async (value: unknown): Promise<unknown> => {
      const response = await fetch(response_url, { method: 'POST', body: JSON.stringify(value) });
      return ((await response.json()) as { errcode: number }).errcode;
    };
    const message = { msgtype: 'markdown', markdown: { content: '**later**' } };
    expect(await answer({ msgtype: 'text', text: { content: 'x' } })).toBe(40058);
    expect(await answer(message)).toBe(0);
    expect(await answer(message)).toBe(40058);
    expect(simulator.messages()).toMatchObject([{ robot: 'practice', message }]);
  });
});
