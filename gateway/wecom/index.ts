export { checkAppMessage } from './app-message-check.ts';
export {
  fetchCallbackIps,
  fetchToken,
  postResponse,
  PUBLIC_API,
  recallAppMessage,
  sendAppMessage,
  updateAppCard,
  type ApiWay,
  type AppAnswer,
  type TokenAnswer,
} from './app-sending.ts';
export type { ApiAnswer } from './api-call.ts';
export { requireCard } from './bot-card.ts';
export { openCallback, sealCallback, sealReply, verifyEcho } from './callback.ts';
export { maxEnvelopeBytes, parseEnvelope } from './envelope.ts';
export { decryptMedia, mediaDecipher } from './media.ts';
export { mediaUrls } from './media-urls.ts';
export {
  appUploadUrl,
  downloadMedia,
  robotUploadUrl,
  uploadMedia,
  type MediaDownload,
  type MediaType,
  type MediaUpload,
} from './media-transfer.ts';
export { parseMessage } from './message.ts';
export { renderReply } from './reply.ts';
export { checkRobotMessage } from './robot-message.ts';
export { readWebhook, sendToRobot } from './robot-sending.ts';
export { verifySealedHeader } from './sealed.ts';
export { sendSealed } from './sealed-sending.ts';
export type * from './types.ts';
