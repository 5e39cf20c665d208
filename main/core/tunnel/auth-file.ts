import { createHash, createPrivateKey, sign } from 'node:crypto';
import { promisify } from 'node:util';
import { AppError } from '../../../common/errors/app-error.ts';
import {
  AuthFile,
  authFileText,
  channelBinding,
  MAX_AUTH_FILE,
  pickupText,
} from '../../../common/tunnel/auth-file.ts';
import type { DeviceFacts } from '../../../common/tunnel/control.ts';
import { controlPath } from '../../../common/tunnel/protocol.ts';
import { createCsr } from '../certificates/index.ts';
import {
  askEnrolment,
  openEnrolConnection,
  type EnrolConnectionOptions,
} from './enrol-connection.ts';
import { commonNameOf } from './enrol.ts';
import type { DeviceIdentity } from './identity.ts';
import { requireMatch } from './renewal.ts';

const signAsync = promisify(sign);

export interface AuthFileInput {
  /** PKCS #8 PEM of the device's new key, which is not in the file. */
  readonly privateKey: string;
  readonly facts: DeviceFacts;
  /** Host of the relay that is meant, where it is known. */
  readonly relay?: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** Makes the auth file by which this device asks for a certificate (deployment guide §3.2). */
export async function createAuthFile(input: AuthFileInput): Promise<AuthFile> {
  const { privateKey, facts, relay, now } = input;
  const unsigned = {
    version: 1 as const,
    csr: createCsr(privateKey, commonNameOf(facts)),
    device: facts,
    createdAt: now,
    ...(relay === undefined ? {} : { relay }),
  };
  return { ...unsigned, signature: await signText(authFileText(unsigned), privateKey) };
}

/** Reads the text of an auth file. Throws `TOO_LARGE`, `AUTH_FILE_INVALID` with a `reason`. */
export function readAuthFile(text: string): AuthFile {
  if (text.length > MAX_AUTH_FILE) throw new AppError('TOO_LARGE', { limit: MAX_AUTH_FILE });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new AppError('AUTH_FILE_INVALID', { reason: 'json' });
  }
  const parsed = AuthFile.safeParse(value);
  if (parsed.success) return parsed.data;
  const field = parsed.error.issues[0]?.path.join('.') ?? '';
  throw new AppError('AUTH_FILE_INVALID', { reason: 'field', field });
}

/** Lower hex SHA-256 of the DER of a PEM request: what both consoles show, so that people can compare it. */
export function csrFingerprint(csr: string): string {
  const body = csr.replaceAll(/-----[A-Z ]+-----|\s/g, '');
  return createHash('sha256').update(Buffer.from(body, 'base64')).digest('hex');
}

export interface PickUpInput extends EnrolConnectionOptions {
  readonly csr: string;
  readonly privateKey: string;
}

/**
 * Asks the relay what became of an auth file; the proof that it is ours holds for this connection only.
 * Throws `ENROLMENT_PENDING`, `ENROLMENT_REFUSED`, `NOT_FOUND` (not uploaded), `RATE_LIMITED`, and what
 * {@link openEnrolConnection} throws.
 */
export async function pickUp(input: PickUpInput): Promise<DeviceIdentity> {
  const { csr, privateKey, endpoint } = input;
  const fingerprint = csrFingerprint(csr);
  const socket = await openEnrolConnection(input);
  const { bytes, label } = channelBinding;
  // Before HTTP/2 takes the connection over.
  const binding = socket.exportKeyingMaterial(bytes, label, Buffer.alloc(0)).toString('base64');
  const proof = await signText(pickupText(fingerprint, binding), privateKey);
  const answer = await askEnrolment(socket, controlPath.pickup, { fingerprint, proof }, input);
  requireMatch(answer.certificate, answer.ca, privateKey);
  return { ...answer, endpoint, privateKey };
}

async function signText(text: string, privateKey: string): Promise<string> {
  const signature = await signAsync('sha256', Buffer.from(text), createPrivateKey(privateKey));
  return signature.toString('base64');
}
