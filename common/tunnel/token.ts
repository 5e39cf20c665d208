import * as z from 'zod';
import { AppError } from '../errors/app-error.ts';

/**
 * An enrolment token: everything a device needs in order to trust and join a relay, in one line to paste. It carries the
 * SHA-256 of the relay CA's DER, so that the first connection is already authenticated, and a one-time secret.
 */
export const EnrolmentToken = z.object({
  /** Host name or address of the relay's control port. */
  host: z.string().min(1).max(255),
  port: z.int().min(1).max(65535),
  /** Lower hex SHA-256 of the relay CA certificate's DER. */
  ca: z.string().regex(/^[0-9a-f]{64}$/),
  /** 192 random bits, base64url. */
  secret: z.string().regex(/^[A-Za-z0-9_-]{32}$/),
});
export type EnrolmentToken = z.infer<typeof EnrolmentToken>;

const PREFIX = 'cwe1_';

/** `cwe1_` and base64url (RFC 4648 §5, no padding) of the JSON. */
export function encodeToken(token: EnrolmentToken): string {
  const { host, port, ca, secret } = token;
  const bytes = new TextEncoder().encode(JSON.stringify([host, port, ca, secret]));
  return (
    PREFIX +
    btoa(String.fromCharCode(...bytes))
      .replaceAll('+', '-')
      .replaceAll('/', '_')
      .replaceAll('=', '')
  );
}

/** Reads a token as pasted, spaces and line breaks around and inside it forgiven. Throws `TOKEN_MALFORMED`. */
export function decodeToken(text: string): EnrolmentToken {
  const compact = text.replaceAll(/\s/g, '');
  if (!compact.startsWith(PREFIX)) throw new AppError('TOKEN_MALFORMED');
  try {
    const binary = atob(compact.slice(PREFIX.length).replaceAll('-', '+').replaceAll('_', '/'));
    const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
    const parts: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    const [host, port, ca, secret] = z.array(z.unknown()).length(4).parse(parts);
    return EnrolmentToken.parse({ host, port, ca, secret });
  } catch {
    throw new AppError('TOKEN_MALFORMED');
  }
}
