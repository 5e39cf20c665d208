import type { Dispatcher } from 'undici';
import type { BotKind } from '../../common/domain/bot.ts';
import type { ServiceReply } from '../../common/domain/inbound.ts';
import type { RobotMessage } from '../../common/domain/outgoing.ts';
import type {
  CallbackCredentials,
  Envelope,
  ParsedMessage,
  PlainReply,
  RobotAnswer,
  SealedReply,
  SignedQuery,
  WireFormat,
} from './types.ts';

export type * from './types.ts';

export declare function openCallback(
  credentials: CallbackCredentials,
  query: SignedQuery,
  encrypt: string,
): Buffer;
export declare function verifyEcho(
  credentials: CallbackCredentials,
  query: SignedQuery,
  echostr: string,
): Buffer;
export declare function parseEnvelope(body: Buffer): Envelope;
export declare function sealReply(credentials: CallbackCredentials, reply: PlainReply): SealedReply;
export declare function parseMessage(
  kind: BotKind,
  format: WireFormat,
  plaintext: Buffer,
): ParsedMessage;
export declare function renderReply(
  reply: ServiceReply,
  message: ParsedMessage,
  format: WireFormat,
  now: number,
): string;
export declare function sendToRobot(input: {
  webhook: string;
  message: RobotMessage;
  dispatcher: Dispatcher;
  timeoutMs: number;
}): Promise<RobotAnswer>;
export declare function checkRobotMessage(message: RobotMessage): void;
/** base64(AES-CBC) of the guide's §5.2 payload around an already rendered JSON text. */
export declare function sealedEnvelope(json: string, key: string): string;
export declare function verifySealedHeader(
  token: string,
  timestamp: string,
  nonce: string,
  signature: string,
): boolean;
