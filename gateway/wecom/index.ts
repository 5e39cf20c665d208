export { openCallback, sealReply, verifyEcho } from './callback.ts';
export { maxEnvelopeBytes, parseEnvelope } from './envelope.ts';
export { decryptMedia } from './media.ts';
export { parseMessage } from './message.ts';
export { renderReply } from './reply.ts';
export { checkRobotMessage } from './robot-message.ts';
export { sendToRobot } from './robot-sending.ts';
export { sealedEnvelope, sealedPayload, verifySealedHeader } from './sealed.ts';
export type * from './types.ts';
