export const SUBSCRIBE_PATH = '/api/ws';
/** Close codes (RFC 6455 §7.4.2) of subscribers whose key is good no more, and whose target is gone. */
export const KEY_REVOKED = 4401;
export const TARGET_REMOVED = 4404;
/** What a subscriber may leave unread, bytes. */
export const MAX_BUFFERED_BYTES = 1 << 20;
