import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeWhole } from '../ca/authority.ts';
import type { PublicTls } from '../ingress/public-server.ts';
import { acmeDir } from './account.ts';

/** A certificate with its key and its life, milliseconds since the epoch. */
export interface Obtained extends PublicTls {
  readonly notBefore: number;
  readonly notAfter: number;
}

/** Where the certificate of a domain is kept. Key and chain are one file, so that they always belong together. */
function fileOf(dataDir: string, domain: string): string {
  return join(acmeDir(dataDir), `${domain}.pem`);
}

const KEY =
  /-----BEGIN (?:RSA |EC )?PRIVATE KEY-----[\s\S]+?-----END (?:RSA |EC )?PRIVATE KEY-----\n?/;

/** Reads what was obtained for a domain; null when there is nothing usable. */
export async function readObtained(dataDir: string, domain: string): Promise<Obtained | null> {
  let text: string;
  try {
    text = await readFile(fileOf(dataDir, domain), 'utf8');
  } catch {
    return null;
  }
  const key = KEY.exec(text)?.[0];
  if (key === undefined) return null;
  try {
    return checkPair({ cert: text.replace(KEY, ''), key });
  } catch {
    return null;
  }
}

export async function writeObtained(
  dataDir: string,
  domain: string,
  tls: PublicTls,
): Promise<void> {
  await mkdir(acmeDir(dataDir), { recursive: true, mode: 0o700 });
  await writeWhole(fileOf(dataDir, domain), `${tls.key.trim()}\n${tls.cert.trim()}\n`, 0o600);
}

/** A certificate and key that were checked to belong together. Throws when they do not or are none. */
export function checkPair(tls: PublicTls): Obtained {
  const leaf = new X509Certificate(tls.cert);
  if (!leaf.checkPrivateKey(createPrivateKey(tls.key))) {
    throw new Error('the key is not that of the certificate');
  }
  return { ...tls, notBefore: leaf.validFromDate.getTime(), notAfter: leaf.validToDate.getTime() };
}
