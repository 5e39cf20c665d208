import type { Authority } from '../ca/authority.ts';
import { openAuthority } from '../ca/authority.ts';
import { issueCertificate, publicPem } from '../ca/certificate.ts';
import { pemOf, testKey, type TestIdentity } from './identity.ts';

/** A client certificate that a test makes by itself, with the CA of a relay's data directory or another one. */
export async function forgeIdentity(
  like: TestIdentity,
  authority: Authority,
  life: { notBefore: number; notAfter: number },
): Promise<TestIdentity> {
  const key = await testKey();
  const { pem } = await issueCertificate(
    {
      commonName: like.deviceId,
      publicKeyPem: publicPem(key),
      notBefore: life.notBefore,
      notAfter: life.notAfter,
      altNames: [{ kind: 'uri', value: `urn:causeway:device:${like.deviceId}` }],
      usage: 'client',
    },
    authority.issuer,
  );
  return { ...like, key: pemOf(key), cert: pem };
}

/** The CA that a relay uses, opened by a test. */
export function authorityOf(dataDir: string): Promise<Authority> {
  return openAuthority(dataDir, Date.now);
}
