import type { Authority } from './authority.ts';
import { BACKDATE, generateRsaKey } from './authority.ts';
import { hostAltName, issueCertificate, publicPem } from './certificate.ts';

const SERVER_LIFE = 30 * 86_400_000;
const PUBLIC_LIFE = 397 * 86_400_000;

export interface ServerCertificate {
  readonly cert: string;
  /** PKCS #8 PEM; kept in memory only. */
  readonly key: string;
  readonly notAfter: number;
  /** From when on it is to be replaced: two thirds of its life. */
  readonly renewAt: number;
}

/** A certificate for the control port, signed by the relay's CA; made anew at each start and long before it expires. */
export async function issueServer(
  authority: Authority,
  host: string,
  now: number,
): Promise<ServerCertificate> {
  const key = await generateRsaKey(2048);
  const notAfter = now + SERVER_LIFE;
  const { pem } = await issueCertificate(
    {
      commonName: host.length > 64 ? 'Causeway relay' : host,
      publicKeyPem: publicPem(key),
      notBefore: now - BACKDATE,
      notAfter,
      altNames: [hostAltName(host)],
      usage: 'server',
    },
    authority.issuer,
  );
  return {
    cert: pem,
    key: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
    notAfter,
    renewAt: now + (SERVER_LIFE * 2) / 3,
  };
}

/**
 * A self-signed certificate for the public port, for a relay that has none from a public authority yet: browsers and
 * WeCom do not accept it. Names are DNS names or IP addresses.
 */
export async function selfSignedPublic(
  names: readonly string[],
  now: number,
): Promise<{ readonly cert: string; readonly key: string }> {
  const key = await generateRsaKey(2048);
  const { pem } = await issueCertificate(
    {
      commonName: (names[0] ?? 'causeway').slice(0, 64),
      publicKeyPem: publicPem(key),
      notBefore: now - BACKDATE,
      notAfter: now + PUBLIC_LIFE,
      altNames: names.map(hostAltName),
      usage: 'server',
    },
    { selfSigned: key },
  );
  return { cert: pem, key: key.export({ type: 'pkcs8', format: 'pem' }).toString() };
}
