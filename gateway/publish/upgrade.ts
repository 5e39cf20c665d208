import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
import { pipeline, type Duplex } from 'node:stream';
import { AppError } from '../../common/errors/app-error.ts';
import { header } from '../../common/tunnel/protocol.ts';
import type { Balancer } from '../delivery/balancing/balancer.ts';
import { reasonOf, unreachableError } from '../delivery/call-result.ts';
import { isFaulty } from '../delivery/http-call.ts';
import { addressRefused, ruledLookup } from '../delivery/pool/network-rule.ts';
import type { Endpoint, Target } from '../delivery/pool/target.ts';
import { requestHeaders, responseHeaders } from './headers.ts';
import { join } from './proxy.ts';
import type { Service } from './services.ts';

/** The first answer of a target to an upgrade. */
type Answer =
  | {
      readonly kind: 'upgraded';
      readonly response: IncomingMessage;
      readonly socket: Duplex;
      readonly head: Buffer;
    }
  | { readonly kind: 'answered'; readonly response: IncomingMessage };

/**
 * Passes an upgrade to a target of a service and, once it is accepted, everything either side sends, each side waiting for the
 * other. The connection is not one of the target's pool. A target that cannot be reached is gone round. Resolves with the
 * status when the head has been passed on. Throws TARGET_UNREACHABLE, TARGET_TIMEOUT before that.
 */
export async function passUpgrade(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  match: { readonly service: Service; readonly path: string },
  balancer: Balancer,
): Promise<number> {
  const { service } = match;
  const tried = new Set<string>();
  let failure: AppError | null = null;
  for (;;) {
    const lease = balancer.choose(service.group, null, tried);
    if (typeof lease === 'string') {
      const params = { target: service.group.members[0]?.id ?? '', reason: lease };
      throw failure ?? new AppError('TARGET_UNREACHABLE', params);
    }
    const { target } = lease;
    if (failure !== null && !balancer.mayRetry(service.group)) {
      lease.end('none');
      throw failure;
    }
    tried.add(target.id);
    try {
      const answer = await ask(target, request, match.path, service.timeoutMs);
      if (answer.kind === 'upgraded') lease.report('ok');
      const end = (): void =>
        lease.end(isFaulty(target, answer.response.statusCode ?? 0) ? 'failed' : 'ok');
      hand(answer, socket, head, end);
      return answer.response.statusCode ?? 0;
    } catch (error) {
      lease.end('failed');
      failure = error instanceof AppError ? error : unreachable(target, error);
      // A handshake without its answer may have been heard: only a target that was not reached is gone round.
      if (error instanceof AppError) throw failure;
    }
  }
}

function ask(
  target: Target,
  request: IncomingMessage,
  path: string,
  timeoutMs: number,
): Promise<Answer> {
  const { endpoint } = target;
  if (endpoint === null) {
    throw new AppError('TARGET_UNREACHABLE', { target: target.id, reason: 'websocket' });
  }
  return new Promise((resolve, reject) => {
    const outgoing = open(endpoint, request, path);
    const timer = setTimeout(() => {
      reject(new AppError('TARGET_TIMEOUT', { target: target.id, ms: timeoutMs }));
      outgoing.destroy();
    }, timeoutMs);
    const settle = (answer: Answer): void => {
      clearTimeout(timer);
      resolve(answer);
    };
    outgoing.once('upgrade', (response, upgraded, rest) =>
      settle({ kind: 'upgraded', response, socket: upgraded, head: rest }),
    );
    outgoing.once('response', (response) => settle({ kind: 'answered', response }));
    outgoing.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    outgoing.end();
  });
}

function open(endpoint: Endpoint, request: IncomingMessage, path: string): ClientRequest {
  const { origin, rule } = endpoint;
  const host = origin.hostname.replaceAll(/^\[|\]$/g, '');
  if (isIP(host) !== 0 && !rule(host)) throw addressRefused();
  const make = origin.protocol === 'https:' ? httpsRequest : httpRequest;
  const headers = [
    ...requestHeaders(request.headers, endpoint.authorization),
    ...['connection', 'Upgrade', 'upgrade', request.headers.upgrade ?? 'websocket'],
  ];
  return make({
    protocol: origin.protocol,
    host,
    ...(origin.port === '' ? {} : { port: origin.port }),
    method: 'GET',
    path: join(endpoint, path),
    headers,
    agent: false,
    lookup: ruledLookup(rule),
  });
}

/** Gives the target's answer on, and from then on everything. */
function hand(answer: Answer, socket: Duplex, head: Buffer, end: () => void): void {
  const { response } = answer;
  socket.write(headOf(response, answer.kind === 'upgraded'));
  if (answer.kind === 'answered') {
    // The length was the target's connection's; here the end of the connection says it.
    pipeline(response, socket, end);
    return;
  }
  answer.socket.write(head);
  socket.write(answer.head);
  pipeline(answer.socket, socket, answer.socket, end);
}

function headOf(response: IncomingMessage, upgraded: boolean): string {
  const fields = responseHeaders(response.headers);
  const own: Record<string, string> = upgraded
    ? { connection: 'Upgrade', upgrade: response.headers.upgrade ?? 'websocket' }
    : { connection: 'close' };
  const lines = Object.entries({ ...fields, ...own, [header.source]: 'origin' }).flatMap(
    ([name, value]) => [value].flat().map((each) => `${name}: ${String(each)}`),
  );
  const status = `HTTP/1.1 ${response.statusCode ?? 0} ${response.statusMessage ?? ''}`;
  return `${[status, ...lines].join('\r\n')}\r\n\r\n`;
}

function unreachable(target: Target, error: unknown): AppError {
  return unreachableError(target.id, reasonOf(error));
}
