import { request, type IncomingHttpHeaders } from 'node:http';
import { request as secureRequest } from 'node:https';
import { WebSocket } from 'ws';
import { createClientOf, type ClientOf, type Transport } from '../../common/contract/client.ts';
import { relayPaths, type LoginRequest, type RelayApi } from '../../common/contract/relay-api.ts';
import { ServerFrame, type Reply } from '../../common/contract/wire.ts';

export interface ConsoleAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface ConsoleCall {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | object;
  readonly ca?: string;
}

/** A request to the admin port with just the fields it is given, on a connection of its own. */
export function ask(url: string, call: ConsoleCall = {}): Promise<ConsoleAnswer> {
  const { body, ca } = call;
  const text = typeof body === 'object' ? JSON.stringify(body) : body;
  return new Promise((resolve, reject) => {
    const send = url.startsWith('https:') ? secureRequest : request;
    const sent = send(
      url,
      {
        method: call.method ?? (body === undefined ? 'GET' : 'POST'),
        agent: false,
        headers: {
          ...(text === undefined ? {} : { 'content-type': 'application/json' }),
          ...call.headers,
        },
        ...(ca === undefined ? {} : { ca }),
      },
      (response) => {
        let answer = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          answer += chunk;
        });
        response.on('error', reject);
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: answer }),
        );
      },
    );
    sent.on('error', reject);
    sent.end(text);
  });
}

/** Signs in as a page of the console would. */
export function logIn(origin: string, login: LoginRequest, call: ConsoleCall = {}) {
  return ask(origin + relayPaths.login, { body: login, headers: { origin }, ...call });
}

/** The cookie of an answer, as a browser would send it back. */
export function cookieOf(answer: ConsoleAnswer): string {
  return answer.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
}

export interface ConsoleSocket {
  readonly client: ClientOf<RelayApi>;
  readonly socket: WebSocket;
  /** Resolves with the close code. */
  readonly closed: Promise<number>;
}

/** Opens the console's socket; rejects when it is refused, with the status in the message. */
export function openSocket(
  origin: string,
  headers: Readonly<Record<string, string>>,
): Promise<ConsoleSocket> {
  const socket = new WebSocket(`${origin.replace(/^http/, 'ws')}/api/console`, {
    headers: { ...headers },
  });
  const pending = new Map<number, (reply: Reply) => void>();
  const listeners = new Map<string, (payload: unknown) => void>();
  let id = 0;
  const transport: Transport = {
    call: (name, input) => {
      id += 1;
      socket.send(JSON.stringify({ kind: 'call', id, name, input }));
      return new Promise((resolve) => pending.set(id, resolve));
    },
    subscribe: (topic, listener) => {
      listeners.set(topic, listener);
      socket.send(JSON.stringify({ kind: 'subscribe', topic }));
      return () => socket.send(JSON.stringify({ kind: 'unsubscribe', topic }));
    },
  };
  const closed = new Promise<number>((resolve) => socket.once('close', resolve));
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.on('message', (data) => {
      const frame = ServerFrame.parse(JSON.parse(Buffer.from(data as Buffer).toString('utf8')));
      if (frame.kind === 'hello') resolve({ client: createClientOf(transport), socket, closed });
      else if (frame.kind === 'reply') pending.get(frame.id)?.(frame.reply);
      else listeners.get(frame.topic)?.(frame.payload);
    });
  });
}
