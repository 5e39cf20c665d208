import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openReply, signedTextCallback } from '../support/callback.ts';
import { startProgram, type Program, type Ready } from './support/program.ts';

const run = promisify(execFile);

/** curl as an independent HTTPS client; gives status and body. */
async function curl(...args: string[]): Promise<{ status: number; body: string }> {
  const { stdout } = await run('curl', ['-sS', '-w', '\n%{http_code}', ...args]);
  const cut = stdout.lastIndexOf('\n');
  return { status: Number(stdout.slice(cut + 1)), body: stdout.slice(0, cut) };
}

describe('npm start -- --practice --json', () => {
  let program: Program;
  let ready: Ready;
  let app: Extract<Ready['bots'][number], { kind: 'app' }>;

  beforeAll(async () => {
    program = await startProgram();
    ready = program.ready;
    const found = ready.bots.find((bot) => bot.kind === 'app');
    if (found?.kind !== 'app') throw new Error('no app among the bots');
    app = found;
  });
  afterAll(async () => {
    await program.stop();
  });

  it('prints one line with the fields that scripts use', () => {
    expect(program.stdout().trim().split('\n')).toHaveLength(1);
    expect(Object.keys(ready)).toEqual([
      'event',
      'console',
      'gateway',
      'public',
      'publicCa',
      'relayAdmin',
      'simulator',
      'apiKey',
      'bots',
    ]);
    expect(ready.event).toBe('ready');
    expect(ready.console).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/.+/);
    expect(ready.public).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
    expect(app.callback).toBe(`${ready.public}/wecom/callback/practice`);
    expect(app.token).toMatch(/^[A-Za-z0-9]{1,32}$/);
    expect(app.encodingAESKey).toMatch(/^[A-Za-z0-9]{43}$/);
    expect(ready.bots.map((bot) => [bot.id, bot.kind])).toEqual([
      ['practice', 'app'],
      ['practice-robot', 'robot'],
    ]);
  });

  it('writes no secret to its log', () => {
    for (const secret of [app.token, app.encodingAESKey, ready.apiKey]) {
      expect(program.stderr()).not.toContain(secret);
    }
  });

  it('answers a callback that curl posts with a reply that decrypts', async () => {
    const callback = signedTextCallback(app, '你好, curl 👋');
    const { status, body } = await curl(
      '--cacert',
      ready.publicCa,
      '-H',
      'content-type: text/xml',
      '--data-binary',
      callback.body,
      `${app.callback}?${callback.query}`,
    );
    expect(status).toBe(200);
    const reply = openReply(app, body);
    expect(reply).toContain('你好, curl 👋');
    expect(reply).toContain('<ToUserName><![CDATA[zhangsan]]></ToUserName>');
  });

  it('refuses a callback whose signature does not hold', async () => {
    const callback = signedTextCallback(app, 'forged');
    const forged = callback.query.replace(/msg_signature=[0-9a-f]{4}/, 'msg_signature=0000');
    const { status, body } = await curl(
      '--cacert',
      ready.publicCa,
      '--data-binary',
      callback.body,
      `${app.callback}?${forged}`,
    );
    expect(status).toBe(403);
    expect(JSON.parse(body)).toEqual({ error: { code: 'SIGNATURE_INVALID' } });
  });

  it('sends through the robot, and the simulator shows the message', async () => {
    const message = { msgtype: 'text', text: { content: 'from the API' } };
    const { status, body } = await curl(
      '-H',
      `authorization: Bearer ${ready.apiKey}`,
      '-H',
      'content-type: application/json',
      '-d',
      JSON.stringify(message),
      `${ready.gateway}/api/bots/practice-robot/messages`,
    );
    expect(status).toBe(200);
    expect(JSON.parse(body)).toMatchObject({ outcome: 'delivered', errcode: 0 });
    const shown = JSON.parse((await curl(`${ready.simulator}/simulator/messages`)).body) as {
      messages: { message: unknown }[];
    };
    expect(shown.messages.map((entry) => entry.message)).toContainEqual(message);
  });

  it('keeps the management API from those without a key, and out of the tunnel', async () => {
    expect((await curl(`${ready.gateway}/api/messages`)).status).toBe(401);
    for (const path of ['/metrics', '/api/messages', '/api/openapi.json']) {
      expect((await curl('--cacert', ready.publicCa, `${ready.public}${path}`)).status).toBe(404);
    }
  });

  it('drains and exits 0 on SIGTERM', async () => {
    const own = await startProgram();
    expect(await own.stop()).toBe(0);
  });
});
