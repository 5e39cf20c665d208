import { connect, constants, type IncomingHttpHeaders } from 'node:http2';
import https from 'node:https';
import type { TestRelay } from './relay.ts';

/** Where a relay's public side is. */
export type PublicPort = Pick<TestRelay, 'publicPort' | 'publicCa'>;

export interface PublicAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface PublicCall {
  readonly path: string;
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: Buffer | string;
  readonly host?: string;
  /** Leave the length out, so that the body is chunked. */
  readonly chunked?: boolean;
}

/** A request over HTTP/1.1 on a connection of its own; rejects when the connection breaks. */
export function h1(to: PublicPort, call: PublicCall): Promise<PublicAnswer> {
  const { body } = call;
  return new Promise((resolve, reject) => {
    const request = https.request({
      host: '127.0.0.1',
      port: to.publicPort,
      ca: to.publicCa,
      servername: 'bot.test',
      path: call.path,
      method: call.method ?? (body === undefined ? 'GET' : 'POST'),
      agent: false,
      headers: {
        host: call.host ?? 'bot.test',
        ...(body === undefined || call.chunked === true
          ? {}
          : { 'content-length': Buffer.byteLength(body) }),
        ...call.headers,
      },
    });
    request.on('error', reject);
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks),
        }),
      );
    });
    request.end(body);
  });
}

/** A request over HTTP/2 on a connection of its own; rejects when the stream is reset. */
export async function h2(to: PublicPort, call: PublicCall): Promise<PublicAnswer> {
  const session = connect(`https://127.0.0.1:${to.publicPort}`, {
    ca: to.publicCa,
    servername: 'bot.test',
    maxSessionMemory: 64,
  });
  try {
    return await new Promise<PublicAnswer>((resolve, reject) => {
      session.on('error', reject);
      const stream = session.request(
        {
          ':method': call.method ?? (call.body === undefined ? 'GET' : 'POST'),
          ':path': call.path,
          ':authority': call.host ?? 'bot.test',
          ...call.headers,
        },
        { endStream: call.body === undefined },
      );
      let headers: IncomingHttpHeaders = {};
      const chunks: Buffer[] = [];
      stream.on('response', (head) => {
        headers = head;
      });
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('error', reject);
      stream.on('close', () => {
        if (stream.rstCode === constants.NGHTTP2_NO_ERROR) {
          const status = Number(headers[':status'] ?? 0);
          resolve({ status, headers, body: Buffer.concat(chunks) });
        } else reject(new Error(`reset ${stream.rstCode}`));
      });
      if (call.body !== undefined) stream.end(call.body);
    });
  } finally {
    session.destroy();
  }
}

export const bothVersions = [
  ['HTTP/1.1', h1],
  ['HTTP/2', h2],
] as const;
