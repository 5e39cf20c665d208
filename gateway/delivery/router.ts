import type { InboundMessage } from '../../common/domain/inbound.ts';

/** First target of the group that a message goes to, for its row; null keeps the message in the inbox only. */
export type Router = (message: InboundMessage) => string | null;
