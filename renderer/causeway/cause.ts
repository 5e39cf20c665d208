import type { ErrorCode } from '../../common/errors/codes.ts';
import type { MessageKey } from '../../common/i18n/bundle.ts';
import type { Translate } from '../../common/i18n/translate.ts';

/** The few words under a break. Whole sentences stand in the notice below; these are read from across the room. */
const causes: Partial<Record<ErrorCode, MessageKey>> = {
  RELAY_NAME_NOT_FOUND: 'overview.cause.name',
  RELAY_REFUSED: 'overview.cause.portClosed',
  RELAY_UNREACHABLE: 'overview.cause.noRoute',
  RELAY_TIMEOUT: 'overview.cause.timeout',
  RELAY_NOT_CAUSEWAY: 'overview.cause.notRelay',
  RELAY_UNTRUSTED: 'overview.cause.untrusted',
  RELAY_CERT_EXPIRED: 'overview.cause.relayExpired',
  RELAY_WRONG_NAME: 'overview.cause.wrongName',
  PROXY_UNREACHABLE: 'overview.cause.proxy',
  PROXY_AUTH: 'overview.cause.proxy',
  PROXY_REFUSED: 'overview.cause.proxy',
  CERT_MISSING: 'overview.cause.certificate',
  CERT_EXPIRED: 'overview.cause.deviceExpired',
  CERT_NOT_YET_VALID: 'overview.cause.clock',
  CERT_REVOKED: 'overview.cause.revoked',
  CERT_UNKNOWN_CA: 'overview.cause.certificate',
  CERT_UNKNOWN_DEVICE: 'overview.cause.unknownDevice',
  CLOCK_SKEW: 'overview.cause.clock',
  PROTOCOL_VERSION: 'overview.cause.version',
  SESSION_DISPLACED: 'overview.cause.displaced',
  RELAY_DRAINING: 'overview.cause.draining',
  TARGET_UNREACHABLE: 'overview.cause.noAnswer',
  TARGET_TIMEOUT: 'overview.cause.tooSlow',
  TARGET_REFUSED: 'overview.cause.refused',
  WECOM_REFUSED: 'overview.cause.refused',
  WECOM_TIMEOUT: 'overview.cause.tooSlow',
  WECOM_UNREACHABLE: 'overview.cause.noAnswer',
};

/** A few words for an error; one without words of its own reads as a lost connection. */
export function causeWords(code: ErrorCode, t: Translate): string {
  return t(causes[code] ?? 'overview.cause.lost');
}
