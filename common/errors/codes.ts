/**
 * Every error code that leaves a room, with what it is about. A code is stable once released: logs, metrics, support
 * tickets and the words in `i18n` are keyed by it. The two sentences an operator reads ("what happened", "what to do")
 * are `errors.<CODE>.what` and `errors.<CODE>.do` in the i18n bundle.
 */
export const errorCodes = [
  // operator contract
  'BAD_INPUT',
  'FORBIDDEN',
  'UNKNOWN_CALL',
  'TOO_LARGE',
  'BUSY',
  'NOT_FOUND',
  'CONFLICT',
  'INTERNAL',
  'CONTRACT_VERSION',
  'UNAUTHENTICATED',
  'HOST_GONE',
  // settings, secrets, configuration
  'SETTINGS_FROM_FUTURE',
  'SETTINGS_CORRUPT',
  'SETTINGS_LOCKED',
  'SECRET_STORE_UNAVAILABLE',
  'SECRET_UNREADABLE',
  'CONFIG_INVALID',
  'DATA_DIR_IN_USE',
  'PORT_IN_USE',
  // enrolment
  'NOT_ENROLLED',
  'TOKEN_MALFORMED',
  'TOKEN_UNKNOWN',
  'TOKEN_EXPIRED',
  'TOKEN_USED',
  'CSR_INVALID',
  // reaching the relay
  'RELAY_NAME_NOT_FOUND',
  'RELAY_REFUSED',
  'RELAY_UNREACHABLE',
  'RELAY_TIMEOUT',
  'RELAY_NOT_CAUSEWAY',
  'RELAY_UNTRUSTED',
  'RELAY_CERT_EXPIRED',
  'RELAY_WRONG_NAME',
  'PROXY_UNREACHABLE',
  'PROXY_AUTH',
  'PROXY_REFUSED',
  // what the relay says of this device
  'CERT_MISSING',
  'CERT_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_REVOKED',
  'CERT_UNKNOWN_CA',
  'CERT_UNKNOWN_DEVICE',
  'CERT_WRONG_TENANT',
  'CLOCK_SKEW',
  'PROTOCOL_VERSION',
  'SESSION_LOST',
  'SESSION_DISPLACED',
  'RELAY_DRAINING',
  // a public request at the relay
  'UNKNOWN_HOST',
  'TUNNEL_OFFLINE',
  'AGENT_LOST',
  'ANSWER_TIMEOUT',
  'PATH_NOT_ALLOWED',
  'SOURCE_NOT_ALLOWED',
  'BODY_TOO_LARGE',
  'HEADERS_TOO_LARGE',
  'RATE_LIMITED',
  'REQUEST_TOO_SLOW',
  'CALLBACK_REPLAYED',
  'EGRESS_NOT_ALLOWED',
  'EGRESS_UNREACHABLE',
  // callbacks at the gateway
  'BOT_NOT_FOUND',
  'SIGNATURE_INVALID',
  'CALLBACK_TOO_OLD',
  'BODY_MALFORMED',
  'AES_KEY_INVALID',
  'DECRYPT_FAILED',
  'PLAINTEXT_INVALID',
  'RECEIVE_ID_MISMATCH',
  'ENCRYPT_FAILED',
  'STORE_UNAVAILABLE',
  'TARGET_UNREACHABLE',
  'TARGET_TIMEOUT',
  'TARGET_REFUSED',
  'TARGET_REPLY_INVALID',
  'TARGET_ADDRESS_REFUSED',
  'TARGET_NOT_SUBSCRIBED',
  // sending
  'MESSAGE_EMPTY',
  'MESSAGE_TOO_LONG',
  'WEBHOOK_MISSING',
  'WEBHOOK_INVALID',
  'SEND_NOT_SUPPORTED',
  'WECOM_UNREACHABLE',
  'WECOM_TIMEOUT',
  'WECOM_ANSWER_INVALID',
  'WECOM_REFUSED',
  'UNTRUSTED_IP',
  'APP_CREDENTIALS_MISSING',
  'MESSAGE_EXPIRED',
  'MESSAGE_CANCELLED',
  'MEMBER_LIMIT',
  'MEDIA_REFUSED',
  // the relay's console
  'LOGIN_REFUSED',
  'PASSWORD_CHANGE_NEEDED',
  'PASSWORD_TOO_WEAK',
  'AUDIT_BROKEN',
  'AUTH_FILE_INVALID',
  'ENROLMENT_PENDING',
  'ENROLMENT_REFUSED',
  'RECOVERY_PENDING',
  'RECOVERY_REFUSED',
  'RELAY_ADMIN_UNREACHABLE',
] as const;

export type ErrorCode = (typeof errorCodes)[number];

const known: ReadonlySet<string> = new Set(errorCodes);

/** Whether `value` is one of {@link errorCodes}; anything that crossed a wire is asked before it is shown. */
export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && known.has(value);
}
