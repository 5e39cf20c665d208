import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { header } from '../../common/tunnel/protocol.ts';

/** One HTTP request of the simulator in WeCom's place. */
export interface ExchangeRequest {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly body?: string;
  readonly contentType?: string;
  /** PEM of the only CA that is trusted; the system's when left out. */
  readonly ca?: string;
  /** Sent as `Host` instead of the address's own. */
  readonly host?: string;
  /** Name for SNI and the certificate check (RFC 6066 §3) instead of the address's own. */
  readonly servername?: string;
  /** From dialling to the last byte of the answer, milliseconds. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** What came of it. `status` null: no whole answer came, and `problem` says why. */
export interface Exchange {
  readonly at: number;
  readonly durationMs: number;
  readonly status: number | null;
  /** `TIMEOUT`, `TOO_LARGE`, or the system's or TLS's own code, such as `ECONNRESET`. */
  readonly problem: string | null;
  /** Who answered, and with which error code, where Causeway's own headers say so. */
  readonly source: string | null;
  readonly error: string | null;
  readonly body: string;
}

const MAX_ANSWER_BYTES = 1 << 20;

/** Makes one request over a connection of its own. Never rejects. */
export async function exchange(wanted: ExchangeRequest): Promise<Exchange> {
  const at = Date.now();
  const started = performance.now();
  const deadline = AbortSignal.timeout(wanted.timeoutMs);
  const signal = AbortSignal.any([deadline, wanted.signal]);
  const done = (part: Partial<Exchange>): Exchange => ({
    at,
    durationMs: Math.round(performance.now() - started),
    status: null,
    problem: null,
    source: null,
    error: null,
    body: '',
    ...part,
  });
  try {
    const { response, body } = await send(wanted, signal);
    return done({
      status: response.statusCode ?? null,
      source: one(response.headers[header.source]),
      error: one(response.headers[header.error]),
      body,
    });
  } catch (error) {
    if (deadline.aborted) return done({ problem: 'TIMEOUT' });
    return done({ problem: problemOf(error) });
  }
}

function send(
  wanted: ExchangeRequest,
  signal: AbortSignal,
): Promise<{ response: IncomingMessage; body: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{
    response: IncomingMessage;
    body: string;
  }>();
  const body = wanted.body === undefined ? undefined : Buffer.from(wanted.body, 'utf8');
  const options = {
    method: wanted.method,
    agent: false,
    signal,
    headers: {
      'user-agent': 'Mozilla/4.0',
      accept: '*/*',
      ...(wanted.host === undefined ? {} : { host: wanted.host }),
      ...(wanted.contentType === undefined ? {} : { 'content-type': wanted.contentType }),
      ...(body === undefined ? {} : { 'content-length': body.length }),
    },
  } as const;
  const tls = {
    ...(wanted.ca === undefined ? {} : { ca: wanted.ca }),
    ...(wanted.servername === undefined ? {} : { servername: wanted.servername }),
  };
  const request = wanted.url.startsWith('https:')
    ? httpsRequest(wanted.url, { ...options, ...tls })
    : httpRequest(wanted.url, options);
  request.on('error', reject);
  request.on('response', (response) => {
    const chunks: Buffer[] = [];
    let size = 0;
    response.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > MAX_ANSWER_BYTES)
        request.destroy(Object.assign(new Error(), { code: 'TOO_LARGE' }));
      else chunks.push(chunk);
    });
    response.on('error', reject);
    response.on('end', () => resolve({ response, body: Buffer.concat(chunks).toString('utf8') }));
  });
  request.end(body);
  return promise;
}

function one(field: string | string[] | undefined): string | null {
  return typeof field === 'string' ? field : (field?.[0] ?? null);
}

function problemOf(error: unknown): string {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : 'FAILED';
}
