import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPki } from '../pki.ts';
import { encryptMessage, openMessage, signature } from './codec.ts';
import type { Patience } from './callback-record.ts';
import { startSimulator, type CallbackBot, type Simulator } from './index.ts';
import { readElement, writeXml } from './xml.ts';

const secrets = {
  token: 'QDG6eK',
  encodingAESKey: 'jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C',
  receiveId: 'ww0123456789abcdef',
};

type Answerer = (
  request: IncomingMessage & { body: string },
  response: ServerResponse,
  attempt: number,
) => void;

let simulator: Simulator;
let receiver: Server;
let bodies: string[];
let answer: Answerer;

beforeEach(async () => {
  bodies = [];
  const server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
      const body = Buffer.concat(chunks).toString();
      bodies.push(`${request.url} ${body}`);
      answer(Object.assign(request, { body }), response, bodies.length);
    })();
  });
  receiver = server;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  simulator = await start({});
});

afterEach(async () => {
  await simulator.close();
  receiver.closeAllConnections();
  receiver.close();
});

function start(patience: Partial<Patience>): Promise<Simulator> {
  return startSimulator({
    listen: { host: '127.0.0.1', port: 0 },
    robots: [],
    patience: { betweenTriesMs: 0, verifyMs: 5_000, ...patience },
  });
}

function bot(part: Partial<CallbackBot> = {}): CallbackBot {
  const { port } = receiver.address() as AddressInfo;
  const made: CallbackBot = {
    id: 'practice',
    kind: 'app',
    callback: `http://127.0.0.1:${port}/wecom/callback/practice`,
    ...secrets,
    ...part,
  };
  simulator.setBot(made);
  return made;
}

function sealedOf(request: IncomingMessage, encrypt: string): Parameters<typeof openMessage>[1] {
  const { searchParams } = new URL(request.url ?? '', 'http://x');
  const field = (name: string): string => searchParams.get(name) ?? '';
  return {
    signature: field('msg_signature'),
    timestamp: field('timestamp'),
    nonce: field('nonce'),
    encrypt,
  };
}

function xmlReply(plaintext: string, token = secrets.token): string {
  const encrypt = encryptMessage(secrets, plaintext);
  const sign = signature(token, '1700000000', 'n', encrypt);
  return writeXml({ Encrypt: encrypt, MsgSignature: sign, TimeStamp: 1_700_000_000, Nonce: 'n' });
}

describe('post', () => {
  it('delivers an app’s message signed and encrypted, and opens the passive reply', async () => {
    let received = '';
    answer = (request, response) => {
      const encrypt = readElement(request.body, 'Encrypt') ?? '';
      received = openMessage(secrets, sealedOf(request, encrypt));
      response.end(xmlReply('<xml><Content><![CDATA[收到]]></Content></xml>'));
    };
    bot();
    const record = await simulator.post({ bot: 'practice', text: '你好' });
    expect(readElement(received, 'Content')).toBe('你好');
    expect(received).toBe(record.plaintext);
    expect(record).toMatchObject({ outcome: 'replied', status: 200, replyProblem: null });
    expect(record.reply).toContain('收到');
    expect(simulator.callbacks()).toEqual([record]);
  });

  it('speaks JSON with a smart bot, whose reply must carry the callback’s nonce', async () => {
    const own = { ...secrets, receiveId: '' };
    let nonce = '';
    answer = (request, response, attempt) => {
      const { encrypt } = JSON.parse(request.body) as { encrypt: string };
      const sealed = sealedOf(request, encrypt);
      openMessage(own, sealed);
      nonce = attempt === 1 ? sealed.nonce : 'another';
      const reply = encryptMessage(own, '{"msgtype":"stream"}');
      const sign = signature(own.token, '1700000000', nonce, reply);
      response.end(
        JSON.stringify({ encrypt: reply, msgsignature: sign, timestamp: 1_700_000_000, nonce }),
      );
    };
    bot({ kind: 'aibot', receiveId: '' });
    expect(await simulator.post({ bot: 'practice' })).toMatchObject({ outcome: 'replied' });
    expect(await simulator.post({ bot: 'practice' })).toMatchObject({
      outcome: 'badReply',
      replyProblem: '-40002 reply carries another nonce',
    });
  });

  it('tries three times with the same bytes until it is answered 200', async () => {
    answer = (_request, response, attempt) => {
      if (attempt === 1) response.destroy();
      else response.writeHead(attempt === 2 ? 502 : 200).end();
    };
    bot();
    const record = await simulator.post({ bot: 'practice' });
    expect(record.attempts.map(({ status }) => status)).toEqual([null, 502, 200]);
    expect(record).toMatchObject({ outcome: 'accepted', reply: null });
    expect(new Set(bodies).size).toBe(1);
  });

  it('gives up after three tries that it closed itself for want of an answer', async () => {
    answer = () => undefined;
    await simulator.close();
    simulator = await start({ closeMs: 100 });
    bot();
    const record = await simulator.post({ bot: 'practice' });
    expect(record.attempts.map(({ problem }) => problem)).toEqual(Array(3).fill('TIMEOUT'));
    expect(record).toMatchObject({ outcome: 'failed', status: null });
  });

  it('gives a smart bot’s card event one try only', async () => {
    answer = (_request, response) => void response.writeHead(500).end();
    bot({ kind: 'aibot', receiveId: '' });
    const input = { bot: 'practice', type: 'event', event: 'template_card_event' };
    expect((await simulator.post(input)).attempts).toHaveLength(1);
  });

  it.each([
    [
      'another signature',
      (): string => xmlReply('x', 'otherToken'),
      '-40001 signature does not match',
    ],
    ['plain text', (): string => 'success', '-40002 reply is not the XML envelope'],
  ])('does not show a reply with %s', async (_what, reply, replyProblem) => {
    answer = (_request, response) => void response.end(reply());
    bot();
    expect(await simulator.post({ bot: 'practice' })).toMatchObject({
      outcome: 'badReply',
      status: 200,
      reply: null,
      replyProblem,
    });
  });

  it('trusts only the CA it was given', async () => {
    const pki = await createPki({ now: Date.now(), names: ['bot.practice.localhost'] });
    const other = await createPki({ now: Date.now(), names: ['bot.practice.localhost'] });
    const tls = createTlsServer({ cert: pki.cert, key: pki.key }, (request, response) => {
      response.end(request.headers.host === 'bot.practice.localhost' ? '' : 'wrong host');
    });
    tls.listen(0, '127.0.0.1');
    await once(tls, 'listening');
    const callback = `https://127.0.0.1:${(tls.address() as AddressInfo).port}/`;
    const named = {
      callback,
      host: 'bot.practice.localhost',
      servername: 'bot.practice.localhost',
    };
    bot({ ...named, ca: pki.ca });
    expect(await simulator.post({ bot: 'practice' })).toMatchObject({ outcome: 'accepted' });
    bot({ ...named, ca: other.ca });
    const refused = await simulator.post({ bot: 'practice' });
    expect(refused.attempts[0]?.problem).toMatch(/CERT|SIGNATURE|ISSUER/);
    tls.close();
  });

  it('refuses a bot that it does not know, and ends what is under way when it closes', async () => {
    await expect(simulator.post({ bot: 'nobody' })).rejects.toMatchObject({
      code: 'BOT_NOT_FOUND',
    });
    const arrived = Promise.withResolvers<void>();
    answer = () => arrived.resolve();
    bot();
    const record = simulator.post({ bot: 'practice' });
    await arrived.promise;
    await simulator.close();
    expect(await record).toMatchObject({ outcome: 'failed' });
    await expect(simulator.post({ bot: 'practice' })).rejects.toMatchObject({ code: 'BUSY' });
  });
});

describe('verifyUrl', () => {
  const opened = (request: IncomingMessage): string => {
    const echostr = new URL(request.url ?? '', 'http://x').searchParams.get('echostr') ?? '';
    return openMessage(secrets, sealedOf(request, echostr));
  };

  it('passes on the exact plaintext', async () => {
    answer = (request, response) => void response.end(opened(request));
    bot();
    expect(await simulator.verifyUrl('practice')).toMatchObject({
      verdict: 'passed',
      problem: null,
    });
  });

  it('tells an answer after WeCom’s second from one in time', async () => {
    answer = (request, response) => void response.end(opened(request));
    await simulator.close();
    simulator = await start({ verifyMs: -1 });
    bot();
    expect(await simulator.verifyUrl('practice')).toMatchObject({ verdict: 'slow', problem: null });
  });

  it.each([
    ['quotes', (text: string): string => `"${text}"`],
    ['a byte order mark', (text: string): string => `\uFEFF${text}`],
    ['a line break', (text: string): string => `${text}\n`],
  ])('fails on %s around it', async (_what, change) => {
    answer = (request, response) => void response.end(change(opened(request)));
    bot();
    expect(await simulator.verifyUrl('practice')).toMatchObject({
      verdict: 'failed',
      problem: 'WRONG_ANSWER',
    });
  });

  it('says who answered instead', async () => {
    answer = (_request, response) =>
      void response
        .writeHead(502, { 'x-causeway-source': 'relay', 'x-causeway-error': 'TUNNEL_OFFLINE' })
        .end();
    bot();
    expect(await simulator.verifyUrl('practice')).toMatchObject({
      verdict: 'failed',
      problem: 'TUNNEL_OFFLINE',
      attempt: { status: 502, source: 'relay' },
    });
  });
});
