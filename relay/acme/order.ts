import acme from 'acme-client';
import type { PublicTls } from '../ingress/public-server.ts';

export interface AcmeAccount {
  /** Directory of the certificate authority (RFC 8555 §7.1.1). */
  readonly directoryUrl: string;
  /** Where it writes to when something is wrong. */
  readonly email?: string;
  /** External account binding (RFC 8555 §7.3.4), where the authority wants one. */
  readonly eab?: { readonly kid: string; readonly hmacKey: string };
}

export interface OrderOptions {
  readonly account: AcmeAccount;
  readonly accountKey: Buffer;
  readonly domain: string;
  /** Answers of HTTP-01 challenges by token; the redirect port serves them. */
  readonly challenges: Map<string, string>;
  /** Between looks at an order that is being processed, milliseconds. */
  readonly pollMs: number;
}

/** No order takes longer: the authority's own validation gives up before. */
const LIMIT_MS = 300_000;

/** Obtains a certificate for one domain by HTTP-01 (RFC 8555 §8.3), with a new RSA-2048 key. Rejects with the reason. */
export async function orderCertificate(options: OrderOptions): Promise<PublicTls> {
  const { account, domain, challenges, pollMs } = options;
  const client = new acme.Client({
    directoryUrl: account.directoryUrl,
    accountKey: options.accountKey,
    backoffAttempts: 10,
    backoffMin: pollMs,
    backoffMax: pollMs * 6,
    ...(account.eab === undefined ? {} : { externalAccountBinding: account.eab }),
  });
  const [key, csr] = await acme.crypto.createCsr({ commonName: domain, altNames: [domain] });
  const mine = new Set<string>();
  const order = client.auto({
    csr,
    termsOfServiceAgreed: true,
    ...(account.email === undefined ? {} : { email: account.email }),
    challengePriority: ['http-01'],
    // The relay need not reach itself by its public name.
    skipChallengeVerification: true,
    challengeCreateFn: async (_authorization, challenge, keyAuthorization) => {
      if (challenge.type !== 'http-01') throw new Error(`the authority offers no http-01`);
      mine.add(challenge.token);
      challenges.set(challenge.token, keyAuthorization);
    },
    challengeRemoveFn: async (_authorization, challenge) => {
      challenges.delete(challenge.token);
    },
  });
  try {
    const cert = await within(order, LIMIT_MS);
    return { cert, key: key.toString('utf8') };
  } finally {
    for (const token of mine) challenges.delete(token);
  }
}

async function within<T>(work: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('the authority did not finish in time')), ms);
    timer.unref();
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
