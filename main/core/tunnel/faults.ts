import { X509Certificate } from 'node:crypto';
import { AppError, type ErrorParams } from '../../../common/errors/app-error.ts';
import type { ErrorCode } from '../../../common/errors/codes.ts';
import { timing } from '../../../common/tunnel/protocol.ts';

/** What is known of the connection at the time of a failure. */
export interface FaultContext {
  /** `host:port`, for the operator. */
  readonly endpoint: string;
  /** PEM of the device's certificate; absent while enrolling. */
  readonly certificate?: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Relay's clock minus ours as last measured, milliseconds; null while unknown. */
  readonly skewMs?: number | null;
}

/** Node's and OpenSSL's codes; the second column is what an operator is told. */
const byCode: Readonly<Record<string, ErrorCode>> = {
  ENOTFOUND: 'RELAY_NAME_NOT_FOUND',
  EAI_AGAIN: 'RELAY_NAME_NOT_FOUND',
  EAI_FAIL: 'RELAY_NAME_NOT_FOUND',
  EAI_NODATA: 'RELAY_NAME_NOT_FOUND',
  EAI_NONAME: 'RELAY_NAME_NOT_FOUND',
  ECONNREFUSED: 'RELAY_REFUSED',
  ENETUNREACH: 'RELAY_UNREACHABLE',
  EHOSTUNREACH: 'RELAY_UNREACHABLE',
  ENETDOWN: 'RELAY_UNREACHABLE',
  EHOSTDOWN: 'RELAY_UNREACHABLE',
  EADDRNOTAVAIL: 'RELAY_UNREACHABLE',
  EACCES: 'RELAY_UNREACHABLE',
  EPERM: 'RELAY_UNREACHABLE',
  ETIMEDOUT: 'RELAY_TIMEOUT',
  EPROTO: 'RELAY_NOT_CAUSEWAY',
  CERT_HAS_EXPIRED: 'RELAY_CERT_EXPIRED',
  CERT_NOT_YET_VALID: 'CLOCK_SKEW',
  ERR_TLS_CERT_ALTNAME_INVALID: 'RELAY_WRONG_NAME',
  HOSTNAME_MISMATCH: 'RELAY_WRONG_NAME',
  UNABLE_TO_GET_ISSUER_CERT: 'RELAY_UNTRUSTED',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'RELAY_UNTRUSTED',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'RELAY_UNTRUSTED',
  SELF_SIGNED_CERT_IN_CHAIN: 'RELAY_UNTRUSTED',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'RELAY_UNTRUSTED',
  CERT_SIGNATURE_FAILURE: 'RELAY_UNTRUSTED',
  CERT_UNTRUSTED: 'RELAY_UNTRUSTED',
  CERT_REJECTED: 'RELAY_UNTRUSTED',
  CERT_CHAIN_TOO_LONG: 'RELAY_UNTRUSTED',
  INVALID_CA: 'RELAY_UNTRUSTED',
  INVALID_PURPOSE: 'RELAY_UNTRUSTED',
  PATH_LENGTH_EXCEEDED: 'RELAY_UNTRUSTED',
  ERR_TLS_CERT_ALTNAME_FORMAT: 'RELAY_WRONG_NAME',
};

/** TLS alerts (RFC 8446 §6.2) in which the relay speaks of *our* certificate; OpenSSL puts them into the error code. */
const byAlert: readonly (readonly [RegExp, ErrorCode])[] = [
  [/ALERT_NO_APPLICATION_PROTOCOL/, 'RELAY_NOT_CAUSEWAY'],
  [/ALERT_CERTIFICATE_REQUIRED/, 'CERT_MISSING'],
  [/ALERT_CERTIFICATE_EXPIRED/, 'CERT_EXPIRED'],
  [/ALERT_CERTIFICATE_REVOKED/, 'CERT_REVOKED'],
  [/ALERT_UNKNOWN_CA/, 'CERT_UNKNOWN_CA'],
  [
    /ALERT_(BAD|UNSUPPORTED)_CERTIFICATE|ALERT_CERTIFICATE_UNKNOWN|ALERT_ACCESS_DENIED/,
    'CERT_UNKNOWN_DEVICE',
  ],
];

/** Puts whatever a connection died of into one stable code. `fallback` is for deaths that say nothing. */
export function classify(
  thrown: unknown,
  context: FaultContext,
  fallback: ErrorCode = 'SESSION_LOST',
): AppError {
  if (thrown instanceof AppError) return thrown;
  const code = systemCode(thrown);
  const stable = fromCode(code) ?? fallback;
  const params = paramsOf(stable, thrown, context);
  const { skewMs = null } = context;
  if (isAboutTime(stable) && isFarOff(skewMs)) {
    return new AppError('CLOCK_SKEW', { ...params, ...skewParams(skewMs) }, { cause: thrown });
  }
  return new AppError(blameClock(stable, context), params, { cause: thrown });
}

/**
 * What the relay says of our certificate's dates, by both clocks: where they are far apart, ours is to be set right before
 * anything else is tried.
 */
export function blameSkew(error: AppError, relayClock: number | null, now: number): AppError {
  const skewMs = relayClock === null ? null : relayClock - now;
  if (!isAboutTime(error.code) || !isFarOff(skewMs)) return error;
  const reason = error.code === 'CLOCK_SKEW' ? {} : { reason: error.code };
  return new AppError(
    'CLOCK_SKEW',
    { ...error.params, ...skewParams(skewMs), ...reason },
    { cause: error },
  );
}

const aboutTime: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'CERT_EXPIRED',
  'CERT_NOT_YET_VALID',
  'RELAY_CERT_EXPIRED',
  'CLOCK_SKEW',
]);

function isAboutTime(code: ErrorCode): boolean {
  return aboutTime.has(code);
}

function isFarOff(skewMs: number | null): skewMs is number {
  return skewMs !== null && Math.abs(skewMs) > timing.clockSkewBlame;
}

function skewParams(skewMs: number): ErrorParams {
  return { seconds: Math.round(skewMs / 1000) };
}

function fromCode(code: string): ErrorCode | undefined {
  const direct = Object.hasOwn(byCode, code) ? byCode[code] : undefined;
  if (direct !== undefined) return direct;
  if (!code.startsWith('ERR_SSL_')) return undefined;
  const alert = byAlert.find(([pattern]) => pattern.test(code));
  // Any other failure of the handshake means that the peer does not speak our TLS, or no TLS at all.
  return alert === undefined ? 'RELAY_NOT_CAUSEWAY' : alert[1];
}

/** An aggregate of happy-eyeballs attempts has the code of its first member. */
function systemCode(thrown: unknown): string {
  if (typeof thrown !== 'object' || thrown === null) return '';
  if ('code' in thrown && typeof thrown.code === 'string') return thrown.code;
  if (thrown instanceof AggregateError) return systemCode(thrown.errors[0]);
  return '';
}

function paramsOf(code: ErrorCode, thrown: unknown, context: FaultContext): ErrorParams {
  const params: Record<string, string | number> = { endpoint: context.endpoint };
  const reason = systemCode(thrown);
  if (reason !== '') params['reason'] = reason;
  return params;
}

/**
 * The relay issued our certificate, so by its clock the certificate had begun. Where it has not begun by ours, ours is
 * behind; and then what looks like somebody's certificate being out of date is our clock as well.
 */
function blameClock(code: ErrorCode, context: FaultContext): ErrorCode {
  if (code !== 'RELAY_CERT_EXPIRED' && code !== 'CERT_UNKNOWN_DEVICE') return code;
  const life = context.certificate === undefined ? null : lifeOf(context.certificate);
  if (life === null) return code;
  if (context.now < life.notBefore) return 'CLOCK_SKEW';
  if (code === 'CERT_UNKNOWN_DEVICE' && context.now > life.notAfter) return 'CERT_EXPIRED';
  return code;
}

/** Validity of a PEM certificate in milliseconds; null when it cannot be read. */
export function lifeOf(pem: string): { notBefore: number; notAfter: number } | null {
  try {
    const { validFromDate, validToDate } = new X509Certificate(pem);
    return { notBefore: validFromDate.getTime(), notAfter: validToDate.getTime() };
  } catch {
    return null;
  }
}

const refusals: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'CERT_MISSING',
  'CERT_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_REVOKED',
  'CERT_UNKNOWN_CA',
  'CERT_UNKNOWN_DEVICE',
  'CERT_WRONG_TENANT',
  'CLOCK_SKEW',
  'PROTOCOL_VERSION',
  'SESSION_DISPLACED',
  'RELAY_UNTRUSTED',
  'RELAY_CERT_EXPIRED',
  'RELAY_WRONG_NAME',
]);

/** Whether trying again at once cannot help. */
export function isRefusal(code: ErrorCode): boolean {
  return refusals.has(code);
}

/** Whether it is the relay's own word about this device: then what is open ends as well. */
export function isVerdict(code: ErrorCode): boolean {
  return code.startsWith('CERT_') || code === 'SESSION_DISPLACED' || code === 'PROTOCOL_VERSION';
}

const curable: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'CERT_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CLOCK_SKEW',
  'RELAY_UNTRUSTED',
  'RELAY_CERT_EXPIRED',
  'RELAY_WRONG_NAME',
]);

/** Whether another network or a corrected clock may turn a refusal into a success. */
export function isCurableByWake(code: ErrorCode): boolean {
  return curable.has(code);
}
