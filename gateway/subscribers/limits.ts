export const SUBSCRIBE_PATH = '/api/ws';
/** What a subscriber may leave unread, bytes. */
export const MAX_BUFFERED_BYTES = 1 << 20;
