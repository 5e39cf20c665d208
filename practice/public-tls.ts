import { join } from 'node:path';
import { createPki, isUsable, type Pki } from './pki.ts';
import { readPrivate, writePrivate } from './private-file.ts';

/** Names under which practice mode is public: this machine's own, and one that reads like a real one. */
export const practiceNames = ['127.0.0.1', 'localhost', 'bot.practice.localhost'] as const;

export interface PublicTls extends Pki {
  /** Path of the CA's PEM, for `curl --cacert`. */
  readonly caFile: string;
}

/** The certificate kept in `dir`, or a new one where it is missing, damaged or has less than a month left. */
export async function keepPublicTls(dir: string, now: number): Promise<PublicTls> {
  const files = {
    ca: join(dir, 'public-ca.pem'),
    cert: join(dir, 'public-cert.pem'),
    key: join(dir, 'public-key.pem'),
  };
  const wanted = { now, names: practiceNames };
  const [ca, cert, key] = await Promise.all([
    readPrivate(files.ca),
    readPrivate(files.cert),
    readPrivate(files.key),
  ]);
  if (ca !== null && cert !== null && key !== null && isUsable({ ca, cert, key }, wanted)) {
    return { ca, cert, key, caFile: files.ca };
  }
  const made = await createPki(wanted);
  await writePrivate(files.key, made.key);
  await writePrivate(files.cert, made.cert);
  await writePrivate(files.ca, made.ca);
  return { ...made, caFile: files.ca };
}
