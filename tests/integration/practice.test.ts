import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient, type Client } from '../../common/contract/client.ts';
import { createFileSecretBox } from '../../main/core/index.ts';
import { startPractice, type Practice, type PracticeBot } from '../../practice/index.ts';
import { startSimulator } from '../../practice/simulator/index.ts';

const run = promisify(execFile);
const script = (name: string): string => fileURLToPath(new URL(`scripts/${name}`, import.meta.url));

let dataDir: string;
let practice: Practice;
let client: Client;

async function start(dir: string): Promise<Practice> {
  return startPractice({
    dataDir: dir,
    version: '0.0.0-test',
    core: {
      secrets: await createFileSecretBox(join(dir, 'secrets.key')),
      host: {},
      systemLocale: 'zh-CN',
    },
  });
}

function app(of: Practice): Extract<PracticeBot, { kind: 'app' | 'aibot' }> {
  const bot = of.ready.bots.find((bot) => bot.kind === 'app');
  if (bot?.kind !== 'app') throw new Error('no app');
  return bot;
}

async function simulator<T>(path: string, input?: object): Promise<T> {
  const response = await fetch(practice.ready.simulator + path, {
    ...(input === undefined
      ? {}
      : {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(input),
        }),
  });
  return (await response.json()) as T;
}

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'causeway-practice-'));
  practice = await start(dataDir);
  client = createClient(practice.core.local);
});

afterAll(async () => {
  await practice.stop();
  await rm(dataDir, { recursive: true, force: true });
});

describe('the whole way', () => {
  it('is online with everything that the ready line names', async () => {
    const state = await client.call('state.get');
    expect(state.tunnel.state.phase).toBe('online');
    expect(state.tunnel.publicUrls).toContain(practice.ready.public);
    expect(state.practice).toEqual({
      simulatorUrl: practice.ready.simulator,
      relayAdminUrl: practice.ready.relayAdmin,
    });
    expect(app(practice).callback).toBe(`${practice.ready.public}/wecom/callback/practice`);
    const health = await fetch(`${practice.ready.gateway}/api/health`);
    expect(health.status).toBe(200);
  });

  it('answers a message that the simulator sends with the service’s reply', async () => {
    const sent = { bot: 'practice', text: '你好，堤道 ]]> <b>', msgId: '7234567890123456789' };
    const record = await simulator<Record<string, unknown>>('/simulator/callbacks', sent);
    expect(record).toMatchObject({ outcome: 'replied', status: 200, attempts: [{}] });
    expect(record['reply']).toContain('收到：你好');
    const { rows } = await client.call('messages.list', { limit: 10, search: sent.msgId });
    expect(rows).toMatchObject([{ bot: 'practice', type: 'text', outcome: 'replied' }]);
    const { message } = await client.call('messages.get', { id: rows[0]?.id ?? '' });
    expect(message).toMatchObject({ content: { content: sent.text } });
  });

  it.each([
    ['an event with a greeting', { type: 'event', event: 'enter_agent' }, 'replied'],
    ['a picture with silence', { type: 'image' }, 'accepted'],
    ['an unknown event with silence', { type: 'event', event: 'brand_new_event' }, 'accepted'],
    ['an approval with silence', { type: 'event', event: 'sys_approval_change' }, 'accepted'],
  ])('answers %s', async (_what, input, outcome) => {
    const record = await simulator('/simulator/callbacks', { bot: 'practice', ...input });
    expect(record).toMatchObject({ outcome, status: 200 });
  });

  it('passes the URL verification, at the default bot’s short address too', async () => {
    const own = await simulator<{ problem: unknown }>('/simulator/verify', { bot: 'practice' });
    expect(own.problem).toBeNull();
    const wecom = await startSimulator({ listen: { host: '127.0.0.1', port: 0 }, robots: [] });
    try {
      const ca = await readFile(practice.ready.publicCa, 'utf8');
      const callback = `${practice.ready.public}/wecom/callback`;
      wecom.setBot({ ...app(practice), id: 'default', callback, ca });
      expect(await wecom.verifyUrl('default')).toMatchObject({ problem: null });
    } finally {
      await wecom.close();
    }
  });

  it('lets somebody open the console of its relay, until they have a password of their own', async () => {
    const login = await practice.relayLogin();
    expect(login).toMatchObject({ user: 'practice' });
    const origin = practice.ready.relayAdmin;
    const signIn = (body: object): Promise<Response> =>
      fetch(`${origin}/api/login`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', origin },
        body: JSON.stringify(body),
      });
    const own = await signIn({ ...login, newPassword: 'a sentence is a good password' });
    expect([own.status, await own.json()]).toEqual([200, { user: 'practice' }]);
    expect(await practice.relayLogin()).toBeNull();
    expect(JSON.stringify(practice.ready)).not.toContain(login?.password);
  });

  it('works for a script of node:crypto and curl alone', async () => {
    const ready = JSON.stringify(practice.ready);
    const { stdout } = await run(process.execPath, [
      script('callback.mjs'),
      ready,
      'from a script',
    ]);
    expect(stdout).toContain('<Content><![CDATA[收到：from a script]]></Content>');
  });

  it('serves a smart bot that an operator adds, with an empty ReceiveId', async () => {
    const secrets = { token: 'smartToken', encodingAESKey: app(practice).encodingAESKey };
    await client.call('bots.save', {
      id: 'smart',
      kind: 'aibot',
      name: 'Smart bot',
      token: secrets.token,
      encodingAesKey: secrets.encodingAESKey,
      receiveId: '',
      target: 'practice-service',
      isDefault: false,
    });
    const wecom = await startSimulator({ listen: { host: '127.0.0.1', port: 0 }, robots: [] });
    try {
      const callback = `${practice.ready.public}/wecom/callback/smart`;
      const ca = await readFile(practice.ready.publicCa, 'utf8');
      wecom.setBot({ id: 'smart', kind: 'aibot', callback, ca, receiveId: '', ...secrets });
      expect(await wecom.verifyUrl('smart')).toMatchObject({ problem: null });
      const { outcome, reply } = await wecom.post({ bot: 'smart', text: '早', chat: 'G1' });
      expect(outcome).toBe('replied');
      expect(JSON.parse(reply ?? '')).toMatchObject({
        msgtype: 'stream',
        stream: { finish: true, content: '收到：早' },
      });
      const entered = await wecom.post({ bot: 'smart', type: 'event', event: 'enter_chat' });
      expect(JSON.parse(entered.reply ?? '')).toMatchObject({ msgtype: 'text' });
    } finally {
      await wecom.close();
    }
  });

  it('refuses a forged signature with 403', async () => {
    const forged = `${app(practice).callback}?msg_signature=${'0'.repeat(40)}&timestamp=${Math.floor(Date.now() / 1000)}&nonce=1`;
    const { stdout } = await run('curl', [
      ...['--silent', '--noproxy', '*', '--output', '/dev/null', '--write-out', '%{http_code}'],
      ...['--cacert', practice.ready.publicCa, '--data', '<xml><Encrypt>AAAA</Encrypt></xml>'],
      forged,
    ]);
    expect(stdout).toBe('403');
  });
});

describe('the group robot', () => {
  const texts = async (): Promise<unknown[]> => {
    const { messages } = await simulator<{ messages: { message: unknown }[] }>(
      '/simulator/messages',
    );
    return messages.map(({ message }) => message);
  };

  it('sends through the contract', async () => {
    const message = { msgtype: 'markdown', markdown: { content: '**早上好**' } } as const;
    const result = await client.call('send.message', { bot: 'practice-robot', message });
    expect(result).toMatchObject({ outcome: 'delivered', errcode: 0, remaining: 19 });
    expect(await texts()).toContainEqual(message);
  });

  it('sends as the app through the contract, and lists what waits', async () => {
    const message = { touser: 'zhangsan', msgtype: 'text', text: { content: '请签字' } } as const;
    const result = await client.call('send.message', { bot: 'practice', message });
    expect(result).toMatchObject({ outcome: 'delivered', egress: { via: 'relay' } });
    expect(result.msgId).toMatch(/^\S{20,}$/);
    expect(await client.call('outbox.list', { limit: 10 })).toEqual({ rows: [], total: 0 });
    expect(await client.call('send.quota', { bot: 'practice' })).toMatchObject({ queued: 0 });
    await expect(client.call('outbox.retry', { id: result.id })).rejects.toThrow('CONFLICT');
  });

  it('sends through the management API with the key of the ready line', async () => {
    const message = { msgtype: 'text', text: { content: 'from an internal service' } };
    const post = (key: string): Promise<Response> =>
      fetch(`${practice.ready.gateway}/api/bots/practice-robot/messages`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: JSON.stringify(message),
      });
    expect((await post('wrong')).status).toBe(401);
    expect((await post(practice.ready.apiKey)).status).toBe(200);
    expect(await texts()).toContainEqual(message);
  });
});

describe('stopping and starting', () => {
  it('keeps its identity, its device and its ports', async () => {
    const first = practice.ready;
    const device = practice.core.snapshot().tunnel.device;
    const ca = await readFile(first.publicCa, 'utf8');
    await practice.stop();
    practice = await start(dataDir);
    client = createClient(practice.core.local);
    const { apiKey: _before, ...before } = first;
    const { apiKey: _after, ...after } = practice.ready;
    expect(after).toEqual(before);
    expect(practice.core.snapshot().tunnel.device).toEqual(device);
    expect(await readFile(practice.ready.publicCa, 'utf8')).toBe(ca);
    const file = await stat(join(dataDir, 'practice', 'practice.json'));
    expect(file.mode & 0o777).toBe(0o600);
    expect((await client.call('messages.list', { limit: 100 })).rows.length).toBeGreaterThan(5);
    const record = await simulator('/simulator/callbacks', { bot: 'practice', text: 'again' });
    expect(record).toMatchObject({ outcome: 'replied' });
  });

  it.each(['public', 'control'] as const)(
    'moves the %s port where it was taken, and nothing else',
    async (which) => {
      const before = practice.ready;
      const control = practice.core.snapshot().tunnel.relay?.endpoint ?? '';
      await practice.stop();
      const address = new URL(which === 'public' ? before.public : `http://${control}`);
      const squatter = createServer().listen(Number(address.port), '127.0.0.1');
      await once(squatter, 'listening');
      try {
        practice = await start(dataDir);
        client = createClient(practice.core.local);
        const { tunnel } = practice.core.snapshot();
        expect(practice.ready.simulator).toBe(before.simulator);
        expect(practice.ready.public === before.public).toBe(which === 'control');
        expect(tunnel.relay?.endpoint === control).toBe(which === 'public');
        expect(tunnel.publicUrls).toContain(practice.ready.public);
        // No relay is shown where none is any more.
        expect(tunnel.links?.map(({ endpoint }) => endpoint)).toEqual([tunnel.relay?.endpoint]);
        const record = await simulator('/simulator/callbacks', { bot: 'practice', text: 'moved' });
        expect(record).toMatchObject({ outcome: 'replied' });
      } finally {
        squatter.close();
      }
    },
  );

  it('refuses a data directory that is in use', async () => {
    await expect(start(dataDir)).rejects.toMatchObject({ code: 'DATA_DIR_IN_USE' });
    const record = await simulator('/simulator/callbacks', { bot: 'practice', text: 'still here' });
    expect(record).toMatchObject({ outcome: 'replied' });
  });

  it('leaves nothing behind that keeps a process alive', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'causeway-practice-'));
    try {
      const { stdout } = await run(process.execPath, [script('practice-once.ts'), dir], {
        timeout: 45_000,
      });
      expect(stdout).toBe('stopped\n');
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  });
});
