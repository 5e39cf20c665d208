import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import {
  connect as connectTcp,
  createServer as createTcpServer,
  type AddressInfo,
  type Socket,
} from 'node:net';
import { Agent } from 'undici';
import { afterEach, describe, expect, test } from 'vitest';
import { unusedPort } from '../../tests/support/port.ts';
import type { RobotMessage } from '../../common/domain/outgoing.ts';
import { AppError } from '../../common/errors/app-error.ts';
import { sendToRobot } from './robot-sending.ts';
import type { RobotAnswer } from './types.ts';

const message: RobotMessage = {
  msgtype: 'text',
  text: { content: '你好', mentioned_list: ['@all'] },
};
const key = '693a91f6-7aoc-4bc4-97a0-0ec2sifa5aaa';
const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  await Promise.all(cleanups.splice(0).map((cleanup) => cleanup()));
});

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  return (server.address() as AddressInfo).port;
}

/** Sends to a server that answers with `handler`. */
async function send(handler: RequestListener, timeoutMs = 10_000): Promise<RobotAnswer> {
  return sendTo(`http://127.0.0.1:${String(await listen(createServer(handler)))}`, timeoutMs);
}

async function sendTo(origin: string, timeoutMs = 10_000): Promise<RobotAnswer> {
  const dispatcher = new Agent();
  cleanups.push(() => dispatcher.destroy());
  const webhook = `${origin}/cgi-bin/webhook/send?key=${key}`;
  return sendToRobot({ webhook, message, dispatcher, timeoutMs });
}

async function failureOf(sending: Promise<unknown>): Promise<AppError> {
  const error: unknown = await sending.then(
    () => new Error('nothing was thrown'),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof AppError)) throw error;
  expect(`${error.message}${JSON.stringify(error.params)}${String(error.cause)}`).not.toContain(
    key,
  );
  return error;
}

const answering =
  (answer: string, status = 200): RequestListener =>
  (request, response) => {
    request.resume().on('end', () => response.writeHead(status).end(answer));
  };

describe('an answer of WeCom', () => {
  test('ok, to the request that WeCom expects', async () => {
    let seen: unknown;
    const answer = await send((request, response) => {
      const { method, url, headers } = request;
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const body: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
        seen = { method, url, type: headers['content-type'], body };
        response.end('{"errcode":0,"errmsg":"ok"}');
      });
    });
    expect(answer).toEqual({ errcode: 0, errmsg: 'ok' });
    expect(seen).toEqual({
      method: 'POST',
      url: `/cgi-bin/webhook/send?key=${key}`,
      type: 'application/json',
      body: message,
    });
  });

  test('a wrong key, without hint and address', async () => {
    const errmsg =
      'invalid webhook url, hint: [1700000000_1_abc], from ip: 203.0.113.7, more info at https://open.work.weixin.qq.com/devtool/query?e=93000';
    const answer = await send(answering(JSON.stringify({ errcode: 93000, errmsg })));
    expect(answer).toEqual({
      errcode: 93000,
      errmsg: 'invalid webhook url',
      fromIp: '203.0.113.7',
    });
  });

  test('the rate limit', async () => {
    const errmsg = 'api freq out of limit, hint: [17000000001]';
    const answer = await send(answering(JSON.stringify({ errcode: 45009, errmsg })));
    expect(answer).toEqual({ errcode: 45009, errmsg: 'api freq out of limit' });
  });

  test('busy, and no words', async () => {
    expect(await send(answering('{"errcode":-1}'))).toEqual({ errcode: -1, errmsg: '' });
  });
});

describe('an answer of something else is WECOM_ANSWER_INVALID', () => {
  test('a redirect is not followed', async () => {
    let followed = 0;
    const target = await listen(createServer(() => (followed += 1)));
    const failure = await failureOf(
      send((request, response) => {
        request.resume();
        response.writeHead(302, { location: `http://127.0.0.1:${String(target)}/` }).end();
      }),
    );
    expect(failure.toInfo()).toEqual({ code: 'WECOM_ANSWER_INVALID', params: { status: 302 } });
    expect(followed).toBe(0);
  });

  test.each([
    ['<html>captive portal</html>', 200],
    ['', 200],
    ['[]', 200],
    ['{"errcode":"0","errmsg":"ok"}', 200],
    ['{"errmsg":"ok"}', 200],
    ['{"errcode":0,"errmsg":"ok"}', 502],
    ['{"errcode":0,"errmsg":"ok"}', 201],
  ])('%j with %i', async (answer, status) => {
    const failure = await failureOf(send(answering(answer, status)));
    expect(failure.toInfo()).toEqual({ code: 'WECOM_ANSWER_INVALID', params: { status } });
  });

  test('more than 64 KiB, which are not read to the end', async () => {
    const closed = Promise.withResolvers<undefined>();
    const failure = await failureOf(
      send((request, response) => {
        request.resume();
        response.on('close', () => closed.resolve(undefined));
        const fill = (): void => {
          if (response.write(Buffer.alloc(16_384, ' '))) setImmediate(fill);
          else response.once('drain', fill);
        };
        fill();
      }),
    );
    expect(failure.toInfo()).toEqual({ code: 'WECOM_ANSWER_INVALID', params: { status: 200 } });
    await closed.promise;
  });

  test('64 KiB are read', async () => {
    const answer = `{"errcode":0,"errmsg":"ok"}`.padEnd(64 * 1024, ' ');
    expect(await send(answering(answer))).toEqual({ errcode: 0, errmsg: 'ok' });
    const failure = await failureOf(send(answering(`${answer} `)));
    expect(failure.code).toBe('WECOM_ANSWER_INVALID');
  });
});

describe('no whole answer to what was sent is WECOM_TIMEOUT', () => {
  test('no answer', async () => {
    const failure = await failureOf(send((request) => request.resume(), 200));
    expect(failure.toInfo()).toEqual({ code: 'WECOM_TIMEOUT', params: { reason: 'timeout' } });
  });

  test('an answer that stops in the middle', async () => {
    const failure = await failureOf(
      send((request, response) => {
        request.resume();
        response.writeHead(200).write('{"errcode":');
      }, 300),
    );
    expect(failure.toInfo()).toEqual({ code: 'WECOM_TIMEOUT', params: { reason: 'timeout' } });
  });

  test('a connection that is cut', async () => {
    const failure = await failureOf(
      send((request) => {
        request.resume().on('end', () => request.socket.destroy());
      }),
    );
    expect(failure.code).toBe('WECOM_TIMEOUT');
    expect(failure.params['reason']).toMatch(/^(UND_ERR_SOCKET|ECONNRESET)$/);
  });
});

describe('what was never sent is WECOM_UNREACHABLE', () => {
  test('refused', async () => {
    const failure = await failureOf(sendTo(`http://127.0.0.1:${await unusedPort()}`));
    expect(failure.toInfo()).toEqual({
      code: 'WECOM_UNREACHABLE',
      params: { reason: 'ECONNREFUSED' },
    });
  });

  test('no such name', async () => {
    const dispatcher = new Agent({
      connect: {
        lookup: (_host, _options, callback) =>
          callback(Object.assign(new Error('not found'), { code: 'ENOTFOUND' }), []),
      },
    });
    cleanups.push(() => dispatcher.destroy());
    const webhook = `https://qyapi.invalid/cgi-bin/webhook/send?key=${key}`;
    const sending = sendToRobot({ webhook, message, dispatcher, timeoutMs: 10_000 });
    const failure = await failureOf(sending);
    expect(failure.toInfo()).toEqual({
      code: 'WECOM_UNREACHABLE',
      params: { reason: 'ENOTFOUND' },
    });
  });

  test('no TLS on the other side', async () => {
    const port = await listen(createServer(answering('{"errcode":0}')));
    const failure = await failureOf(sendTo(`https://127.0.0.1:${String(port)}`));
    expect(failure.code).toBe('WECOM_UNREACHABLE');
    expect(failure.params['reason']).toMatch(/SSL|EPROTO|ECONNRESET/);
  });

  test('a TLS handshake that hangs, until the time is up', async () => {
    const server = createTcpServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const sockets: { destroy(): void }[] = [];
    server.on('connection', (socket) => sockets.push(socket.on('error', () => undefined)));
    cleanups.push(async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    });
    const { port } = server.address() as AddressInfo;
    const failure = await failureOf(sendTo(`https://127.0.0.1:${String(port)}`, 200));
    expect(failure.toInfo()).toEqual({ code: 'WECOM_UNREACHABLE', params: { reason: 'timeout' } });
  });

  test('a connection that comes after the time is up carries nothing', async () => {
    let requests = 0;
    const server = createServer(() => (requests += 1));
    const port = await listen(server);
    let connectLate = (): void => undefined;
    const dispatcher = new Agent({
      connect: (_options, callback) => {
        connectLate = () => {
          const socket = connectTcp(port, '127.0.0.1', () => callback(null, socket));
        };
      },
    });
    cleanups.push(() => dispatcher.destroy());
    const webhook = `http://127.0.0.1:${String(port)}/cgi-bin/webhook/send?key=${key}`;
    const failure = await failureOf(sendToRobot({ webhook, message, dispatcher, timeoutMs: 50 }));
    expect(failure.toInfo()).toEqual({ code: 'WECOM_UNREACHABLE', params: { reason: 'timeout' } });

    const connected = once(server, 'connection') as Promise<[Socket]>;
    connectLate();
    const [socket] = await connected;
    await dispatcher.close();
    if (!socket.closed) await once(socket, 'close');
    expect(requests).toBe(0);
    expect(socket.bytesRead).toBe(0);
  });

  test('an egress that refuses says why in its own error', async () => {
    const dispatcher = new Agent({
      connect: (_options, callback) => {
        callback(new AppError('EGRESS_NOT_ALLOWED', { host: 'qyapi.weixin.qq.com' }), null);
      },
    });
    cleanups.push(() => dispatcher.destroy());
    const webhook = `http://127.0.0.1:1/cgi-bin/webhook/send?key=${key}`;
    const sending = sendToRobot({ webhook, message, dispatcher, timeoutMs: 10_000 });
    expect((await failureOf(sending)).toInfo()).toEqual({
      code: 'EGRESS_NOT_ALLOWED',
      params: { host: 'qyapi.weixin.qq.com' },
    });
  });
});

test.each(['', 'qyapi.weixin.qq.com', 'ftp://qyapi.weixin.qq.com/', 'file:///etc/passwd'])(
  'webhook %j is WEBHOOK_INVALID',
  async (webhook) => {
    const dispatcher = new Agent();
    cleanups.push(() => dispatcher.destroy());
    const sending = sendToRobot({ webhook, message, dispatcher, timeoutMs: 1000 });
    expect((await failureOf(sending)).toInfo()).toEqual({ code: 'WEBHOOK_INVALID', params: {} });
  },
);
