import type { InboundMessage } from '../../common/domain/inbound.ts';
import type { MessageContent } from '../../common/domain/message/forms.ts';

/** What a callback of one bot is checked and opened with (WeCom D90930). All of it is secret but `receiveId`. */
export interface CallbackCredentials {
  readonly token: string;
  /** 43 characters of base64; 32 bytes when decoded. */
  readonly encodingAesKey: string;
  /** CorpID of a self-built app, SuiteID of a third-party app, the empty string for a smart bot. */
  readonly receiveId: string;
}

/** The signed part of a callback's query, URL-decoded: `msg_signature`, `timestamp`, `nonce`. */
export interface SignedQuery {
  readonly signature: string;
  readonly timestamp: string;
  readonly nonce: string;
}

/** Body format of a callback; the reply has the same. */
export type WireFormat = 'xml' | 'json';

/** Casing of a JSON body's field names: smart bots write `encrypt`, apps in JSON mode `Encrypt`. */
export type FieldCasing = 'lower' | 'pascal';

/** The outer body of a callback. */
export interface Envelope {
  readonly format: WireFormat;
  /** Base64 as it stood in the body; what the signature covers. */
  readonly encrypt: string;
  /** For the reply; `pascal` for XML. */
  readonly casing: FieldCasing;
}

/** A passive reply before it is encrypted. */
export interface PlainReply {
  readonly format: WireFormat;
  readonly casing: FieldCasing;
  readonly plaintext: string;
  /** For smart bots the nonce of the callback's URL (D101033). */
  readonly nonce: string;
  /** Seconds since the epoch. */
  readonly timestamp: number;
  /** The 16 bytes before the length field; fresh ones where left out. */
  readonly random?: Buffer;
}

/** A reply as it goes into the HTTP response. */
export interface SealedReply {
  readonly contentType: string;
  readonly body: string;
}

/** A callback's plaintext, understood. The fields of {@link InboundMessage} that come from WeCom, and what a reply needs. */
export interface ParsedMessage extends Pick<
  InboundMessage,
  'type' | 'event' | 'agentId' | 'msgId' | 'createTime' | 'from' | 'chat' | 'raw'
> {
  /** Of the form that its type or event has; anything else as WeCom sent it, under camelCase names. */
  readonly content: MessageContent;
  /** Whose replies it takes: an app's (XML, or JSON under the same names), a smart bot's, or a sealed relay's. */
  readonly dialect: 'app' | 'aibot' | 'sealed';
  /** Equal for repeated deliveries of one callback, different for different callbacks. */
  readonly dedupKey: string;
  /** Smart bots: where one more answer may be posted within the hour (D101138). A credential. */
  readonly responseUrl: string | null;
  /** Smart bots: the stream a refresh poll asks for; null for anything else. */
  readonly streamId: string | null;
}

/** What WeCom answered to a group robot's message. `errmsg` is without hints, addresses and links. */
export interface RobotAnswer {
  readonly errcode: number;
  readonly errmsg: string;
  /** The address that the message came from, where WeCom names it. */
  readonly fromIp?: string;
}
