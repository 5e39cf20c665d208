import type { ErrorCode } from '../../common/errors/codes.ts';

/** The relay will not take this device's certificate whatever is tried: only a new enrolment token helps. */
export const needsToken: ReadonlySet<ErrorCode> = new Set([
  'CERT_MISSING',
  'CERT_EXPIRED',
  'CERT_REVOKED',
  'CERT_UNKNOWN_CA',
  'CERT_UNKNOWN_DEVICE',
]);
