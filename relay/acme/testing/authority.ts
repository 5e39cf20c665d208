import { createHash, createPublicKey, randomBytes, verify, type JsonWebKey } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { openAuthority, type Authority } from '../../ca/authority.ts';
import { issueCertificate } from '../../ca/certificate.ts';
import { verifyCsr } from '../../ca/csr.ts';

/** A small certificate authority that speaks RFC 8555 and validates by really fetching the challenge. */
export interface AcmeAuthority {
  readonly directoryUrl: string;
  readonly caPem: string;
  /** Orders that were placed, by domain. */
  readonly orders: readonly string[];
  /** What went wrong with requests that it refused. */
  readonly problems: readonly string[];
  /** Accounts, by the thumbprint of their key. */
  readonly accounts: ReadonlySet<string>;
  close(): Promise<void>;
}

export interface AcmeAuthorityOptions {
  /** Where its own key and certificate are. */
  readonly dir: string;
  /** Port 80 of every domain; validation waits until it is known. */
  readonly challengePort: () => number | Promise<number>;
  readonly lifeMs: () => number;
  readonly now: () => number;
}

interface Order {
  readonly domain: string;
  readonly token: string;
  readonly thumbprint: string;
  status: 'pending' | 'ready' | 'valid' | 'invalid';
  certificate: string | null;
}

interface Signed {
  readonly payload: Readonly<Record<string, unknown>> | null;
  readonly thumbprint: string;
}

/** RFC 7638: the required members in alphabetical order. */
function thumbprintOf(jwk: JsonWebKey): string {
  const members = jwk.kty === 'EC' ? ['crv', 'kty', 'x', 'y'] : ['e', 'kty', 'n'];
  const whole = Object.fromEntries(members.map((name) => [name, jwk[name]]));
  return createHash('sha256').update(JSON.stringify(whole)).digest('base64url');
}

function decode(part: unknown): string {
  return Buffer.from(String(part), 'base64url').toString('utf8');
}

class Problem extends Error {
  readonly type: string;
  readonly status: number;
  constructor(type: string, detail: string, status = 400) {
    super(detail);
    this.type = type;
    this.status = status;
  }
}

export async function startAcmeAuthority(options: AcmeAuthorityOptions): Promise<AcmeAuthority> {
  const ca = await openAuthority(options.dir, options.now);
  const nonces = new Set<string>();
  const keys = new Map<string, JsonWebKey>();
  const orders: Order[] = [];
  const problems: string[] = [];
  let base = '';

  /** Checks the JWS of a request (RFC 8555 §6.2): nonce, URL, key, signature. */
  const open = async (request: IncomingMessage): Promise<Signed> => {
    const jws = JSON.parse(await text(request)) as Record<string, string>;
    const header = JSON.parse(decode(jws['protected'])) as {
      alg: string;
      nonce: string;
      url: string;
      jwk?: JsonWebKey;
      kid?: string;
    };
    if (!nonces.delete(header.nonce)) throw new Problem('badNonce', 'unknown nonce');
    if (header.url !== `${base}${request.url}`) throw new Problem('malformed', 'url differs');
    const jwk = header.jwk ?? keys.get(String(header.kid?.split('/').at(-1)));
    if (jwk === undefined) throw new Problem('accountDoesNotExist', 'unknown account');
    if (header.alg !== 'ES256') throw new Problem('badSignatureAlgorithm', header.alg);
    const genuine = verify(
      'sha256',
      Buffer.from(`${jws['protected']}.${jws['payload']}`),
      { key: createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' },
      Buffer.from(String(jws['signature']), 'base64url'),
    );
    if (!genuine) throw new Problem('malformed', 'signature does not hold');
    const thumbprint = thumbprintOf(jwk);
    if (header.jwk !== undefined) keys.set(thumbprint, jwk);
    const payload =
      jws['payload'] === '' ? null : (JSON.parse(decode(jws['payload'])) as Signed['payload']);
    return { payload, thumbprint };
  };

  const orderOf = (path: string): Order => {
    const order = orders[Number(path.split('/').at(-1))];
    if (order === undefined) throw new Problem('malformed', 'no such order', 404);
    return order;
  };
  const orderView = (order: Order): object => {
    const at = orders.indexOf(order);
    return {
      status: order.status,
      identifiers: [{ type: 'dns', value: order.domain }],
      authorizations: [`${base}/authz/${at}`],
      finalize: `${base}/finalize/${at}`,
      ...(order.certificate === null ? {} : { certificate: `${base}/cert/${at}` }),
    };
  };
  const challengeView = (order: Order): object => ({
    type: 'http-01',
    url: `${base}/challenge/${orders.indexOf(order)}`,
    token: order.token,
    status: order.status === 'pending' || order.status === 'invalid' ? order.status : 'valid',
  });
  const authorizationView = (order: Order): object => ({
    status: order.status === 'pending' || order.status === 'invalid' ? order.status : 'valid',
    identifier: { type: 'dns', value: order.domain },
    challenges: [challengeView(order)],
  });

  const validate = async (order: Order): Promise<void> => {
    const port = await options.challengePort();
    const url = `http://127.0.0.1:${port}/.well-known/acme-challenge/${order.token}`;
    const body = await fetch(url, { headers: { host: order.domain } }).then(
      async (response) => (response.ok ? response.text() : ''),
      () => '',
    );
    order.status = body.trim() === `${order.token}.${order.thumbprint}` ? 'ready' : 'invalid';
  };

  const routes: Record<string, (request: IncomingMessage, path: string) => Promise<Answer>> = {
    directory: async () => ({
      body: {
        newNonce: `${base}/nonce`,
        newAccount: `${base}/account`,
        newOrder: `${base}/order`,
        revokeCert: `${base}/revoke`,
        keyChange: `${base}/key`,
      },
    }),
    nonce: async () => ({ body: null }),
    account: async (request) => {
      const { payload, thumbprint } = await open(request);
      if (payload?.['termsOfServiceAgreed'] !== true) {
        throw new Problem('userActionRequired', 'terms', 403);
      }
      const location = `${base}/account/${thumbprint}`;
      return { status: 201, body: { status: 'valid' }, headers: { location } };
    },
    order: async (request, path) => {
      const { payload, thumbprint } = await open(request);
      if (path !== '/order') return { body: orderView(orderOf(path)) };
      const [identifier] = (payload?.['identifiers'] ?? []) as { value: string }[];
      const order: Order = {
        domain: identifier?.value ?? '',
        token: randomBytes(24).toString('base64url'),
        thumbprint,
        status: 'pending',
        certificate: null,
      };
      orders.push(order);
      const location = `${base}/order/${orders.length - 1}`;
      return { status: 201, body: orderView(order), headers: { location } };
    },
    authz: async (request, path) => {
      await open(request);
      return { body: authorizationView(orderOf(path)) };
    },
    challenge: async (request, path) => {
      const { payload } = await open(request);
      const order = orderOf(path);
      if (payload !== null) await validate(order);
      return { body: challengeView(order) };
    },
    finalize: async (request, path) => {
      const { payload } = await open(request);
      const order = orderOf(path);
      if (order.status !== 'ready') throw new Problem('orderNotReady', order.status, 403);
      order.certificate = await sign(ca, String(payload?.['csr']), order.domain, options);
      order.status = 'valid';
      return { body: orderView(order) };
    },
    cert: async (request, path) => {
      await open(request);
      return { body: orderOf(path).certificate ?? '' };
    },
  };

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = request.url ?? '';
    const nonce = randomBytes(16).toString('base64url');
    nonces.add(nonce);
    response.setHeader('replay-nonce', nonce);
    try {
      const route = routes[path.split('/')[1] ?? ''];
      if (route === undefined) throw new Problem('malformed', 'no such resource', 404);
      const { status = 200, body, headers = {} } = await route(request, path);
      const isText = typeof body === 'string';
      const type = isText ? 'application/pem-certificate-chain' : 'application/json';
      response.writeHead(status, { 'content-type': type, ...headers });
      response.end(isText ? body : JSON.stringify(body));
    } catch (thrown) {
      const problem =
        thrown instanceof Problem ? thrown : new Problem('serverInternal', String(thrown));
      problems.push(`${path} ${problem.type}: ${problem.message}`);
      response.writeHead(problem.status, { 'content-type': 'application/problem+json' });
      response.end(
        JSON.stringify({
          type: `urn:ietf:params:acme:error:${problem.type}`,
          detail: problem.message,
        }),
      );
    }
  };
  const server = createServer((request, response) => void serve(request, response));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    directoryUrl: `${base}/directory`,
    caPem: ca.pem,
    get orders() {
      return orders.map(({ domain }) => domain);
    },
    problems,
    get accounts() {
      return new Set(keys.keys());
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Answer {
  readonly status?: number;
  readonly body: object | string | null;
  readonly headers?: Record<string, string>;
}

async function sign(
  ca: Authority,
  csr: string,
  domain: string,
  { lifeMs, now }: AcmeAuthorityOptions,
): Promise<string> {
  const base64 = Buffer.from(csr, 'base64url').toString('base64');
  const pem = `-----BEGIN CERTIFICATE REQUEST-----\n${base64.replace(/(.{64})/g, '$1\n')}\n-----END CERTIFICATE REQUEST-----\n`;
  const { pem: leaf } = await issueCertificate(
    {
      commonName: domain,
      publicKeyPem: await verifyCsr(pem),
      notBefore: now(),
      notAfter: now() + lifeMs(),
      altNames: [{ kind: 'dns', value: domain }],
      usage: 'server',
    },
    ca.issuer,
  );
  return `${leaf}${ca.pem}`;
}
