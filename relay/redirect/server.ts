import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { listenOn } from '../listen.ts';
import { hostOf } from '../registry/domain-name.ts';
import type { Listen } from '../types.ts';

export interface RedirectOptions {
  readonly listen: Listen;
  /** Tunnel of an authority; null for an unknown host. */
  readonly find: (authority: string) => string | null;
  /** Port of the HTTPS addresses it points to; 443 is left out. */
  readonly publicPort: () => number;
  /** Answer of an ACME HTTP-01 challenge (RFC 8555 §8.3); null for an unknown token. */
  readonly challenge: (token: string) => string | null;
}

export interface RedirectServer {
  readonly address: AddressInfo;
  readonly close: () => Promise<void>;
}

const CHALLENGE_PATH = '/.well-known/acme-challenge/';
const AUTHORITY = /^[a-z0-9.-]+(?::[0-9]{1,5})?$/i;
/** What may stand in a `Location` as it came: no control characters, no spaces, nothing beyond ASCII. */
const TARGET = /^\/[\x21-\x7e]*$/;

/**
 * Plain HTTP on port 80: answers ACME challenges, sends known hosts to their HTTPS address by 308 (RFC 9110 §15.4.9: the
 * method stays), and knows nothing else. Nothing of it reaches a tunnel. Throws `PORT_IN_USE`.
 */
export async function openRedirect(options: RedirectOptions): Promise<RedirectServer> {
  const server = createServer(
    {
      maxHeaderSize: 8 * 1024,
      headersTimeout: 5_000,
      requestTimeout: 10_000,
      connectionsCheckingInterval: 2_000,
    },
    (request, response) => answer(request, response, options),
  );
  server.maxConnections = 1_000;
  const closed = new Promise<void>((resolve) => {
    server.once('close', resolve);
  });
  await listenOn(server, options.listen);
  return {
    address: server.address() as AddressInfo,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: RedirectOptions,
): void {
  const path = request.url ?? '';
  const host = request.headers.host ?? '';
  response.shouldKeepAlive = false;
  response.setHeader('cache-control', 'no-store');
  if (path.startsWith(CHALLENGE_PATH) && ['GET', 'HEAD'].includes(request.method ?? '')) {
    const text = options.challenge(path.slice(CHALLENGE_PATH.length));
    if (text === null) response.writeHead(404).end();
    else response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(text);
    return;
  }
  if (!AUTHORITY.test(host) || !TARGET.test(path)) {
    response.writeHead(400).end();
    return;
  }
  if (options.find(host) === null) {
    response.writeHead(404).end();
    return;
  }
  const port = options.publicPort();
  const suffix = port === 443 ? '' : `:${port}`;
  response.writeHead(308, { location: `https://${hostOf(host)}${suffix}${path}` }).end();
}
