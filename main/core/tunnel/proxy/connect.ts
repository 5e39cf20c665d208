import type { Duplex } from 'node:stream';
import { AppError } from '../../../../common/errors/app-error.ts';
import type { Endpoint } from '../dial.ts';
import { endpointText } from '../identity.ts';
import type { Proxy } from './proxy.ts';

/** Far above the head of any proxy's answer. */
const MAX_HEAD = 16 * 1024;

/** Opens the byte stream to the proxy itself. */
export type OpenProxy = (signal: AbortSignal) => Promise<Duplex>;

/**
 * A byte stream to `target` through an HTTP proxy (CONNECT, RFC 9110 §9.3.6). Credentials are sent only after the proxy has
 * asked for them (407) and offers Basic (RFC 7617), once.
 * Throws `PROXY_AUTH {proxy, schemes}`, `PROXY_REFUSED {proxy, status}`, `PROXY_UNREACHABLE`, and the signal's reason.
 */
export async function connectThrough(
  proxy: Proxy,
  target: Endpoint,
  open: OpenProxy,
  signal: AbortSignal,
): Promise<Duplex> {
  const first = await ask(proxy, target, open, null, signal);
  if ('stream' in first) return first.stream;
  const name = endpointText(proxy);
  const schemes = schemesOf(first.head);
  if (proxy.credentials === null || !schemes.includes('basic')) {
    throw new AppError('PROXY_AUTH', { proxy: name, schemes: schemes.join(' ') });
  }
  const { username, password } = proxy.credentials;
  const basic = Buffer.from(`${username}:${password}`).toString('base64');
  // On a connection of its own: what follows the first answer need not be read then.
  const second = await ask(proxy, target, open, `Basic ${basic}`, signal);
  if ('stream' in second) return second.stream;
  throw new AppError('PROXY_AUTH', { proxy: name, schemes: schemes.join(' ') });
}

type Answer = { readonly stream: Duplex } | { readonly head: string };

/** One CONNECT; the head of a 407 comes back, any other refusal is thrown. */
async function ask(
  proxy: Proxy,
  target: Endpoint,
  open: OpenProxy,
  authorization: string | null,
  signal: AbortSignal,
): Promise<Answer> {
  const name = endpointText(proxy);
  let stream: Duplex;
  try {
    stream = await open(signal);
  } catch (cause) {
    if (signal.aborted) throw signal.reason;
    throw new AppError('PROXY_UNREACHABLE', { proxy: name, reason: codeOf(cause) }, { cause });
  }
  try {
    const authority = endpointText(target);
    const lines = [
      `CONNECT ${authority} HTTP/1.1`,
      `Host: ${authority}`,
      ...(authorization === null ? [] : [`Proxy-Authorization: ${authorization}`]),
    ];
    stream.write(`${lines.join('\r\n')}\r\n\r\n`);
    const head = await readHead(stream, signal);
    const status = statusOf(head);
    if (status !== null && status >= 200 && status < 300) return { stream };
    stream.destroy();
    if (status === 407) return { head };
    throw new AppError('PROXY_REFUSED', { proxy: name, status: status ?? 0 });
  } catch (cause) {
    stream.destroy();
    if (signal.aborted) throw signal.reason;
    if (cause instanceof AppError) throw cause;
    throw new AppError('PROXY_UNREACHABLE', { proxy: name, reason: codeOf(cause) }, { cause });
  }
}

/** The head of the answer, as latin1; what came behind it stays in the stream. */
function readHead(stream: Duplex, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    let bytes = Buffer.alloc(0);
    const settle = (finish: () => void): void => {
      stream.removeListener('readable', onReadable);
      stream.removeListener('end', onEnd);
      stream.removeListener('close', onEnd);
      stream.removeListener('error', fail);
      signal.removeEventListener('abort', onAbort);
      finish();
    };
    const fail = (error: unknown): void => settle(() => reject(error));
    const onAbort = (): void => fail(signal.reason);
    const onEnd = (): void => fail(new Error('closed'));
    const onReadable = (): void => {
      for (;;) {
        const chunk = stream.read() as Buffer | null;
        if (chunk === null) return;
        bytes = Buffer.concat([bytes, chunk]);
        const end = bytes.indexOf('\r\n\r\n');
        if (end >= 0) {
          settle(() => {
            const rest = bytes.subarray(end + 4);
            if (rest.length > 0) stream.unshift(rest);
            resolve(bytes.toString('latin1', 0, end));
          });
          return;
        }
        if (bytes.length > MAX_HEAD) {
          fail(new Error('the answer has no end'));
          return;
        }
      }
    };
    stream.on('readable', onReadable);
    stream.once('end', onEnd);
    stream.once('close', onEnd);
    stream.once('error', fail);
    signal.addEventListener('abort', onAbort);
  });
}

function statusOf(head: string): number | null {
  const match = /^HTTP\/1\.[01] (\d{3})(?: |\r|$)/.exec(head);
  return match === null ? null : Number(match[1]);
}

/** Authentication schemes that the proxy offers, lower case. */
function schemesOf(head: string): string[] {
  return [...head.matchAll(/^proxy-authenticate:\s*([a-z0-9-]+)/gim)].map((match) =>
    (match[1] ?? '').toLowerCase(),
  );
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : 'closed';
}
