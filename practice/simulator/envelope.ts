import * as z from 'zod';
import {
  CodecError,
  encryptMessage,
  openMessage,
  signature,
  type CallbackSecrets,
} from './codec.ts';
import { readElement, writeXml } from './xml.ts';

/** `xml` for apps, `json` for smart bots. */
export type EnvelopeFormat = 'xml' | 'json';

/** One signed request, ready to be sent as often as needed with the same bytes. */
export interface SealedCallback {
  /** `msg_signature=…&timestamp=…&nonce=…`, URL-encoded. */
  readonly query: string;
  readonly body: string;
  readonly contentType: string;
  readonly nonce: string;
}

export interface SealOptions {
  readonly format: EnvelopeFormat;
  /** Seconds since the epoch. */
  readonly timestamp: number;
  readonly nonce: string;
  readonly agentId: string;
}

/** Encrypts and signs a plaintext as WeCom posts it (D90930, D101033). */
export function sealCallback(
  secrets: CallbackSecrets,
  plaintext: string,
  options: SealOptions,
): SealedCallback {
  const timestamp = String(options.timestamp);
  const encrypt = encryptMessage(secrets, plaintext);
  const query = new URLSearchParams({
    msg_signature: signature(secrets.token, timestamp, options.nonce, encrypt),
    timestamp,
    nonce: options.nonce,
  }).toString();
  if (options.format === 'json') {
    const body = JSON.stringify({ encrypt });
    return { query, body, contentType: 'application/json', nonce: options.nonce };
  }
  const fields = { ToUserName: secrets.receiveId, AgentID: options.agentId, Encrypt: encrypt };
  return { query, body: writeXml(fields), contentType: 'text/xml', nonce: options.nonce };
}

/** Query of a URL verification: `echostr` is percent-encoded, as a bare `+` would arrive as a space. */
export function sealVerification(
  secrets: CallbackSecrets,
  plaintext: string,
  options: Pick<SealOptions, 'timestamp' | 'nonce'>,
): string {
  const timestamp = String(options.timestamp);
  const echostr = encryptMessage(secrets, plaintext);
  const sign = signature(secrets.token, timestamp, options.nonce, echostr);
  const fields = { msg_signature: sign, timestamp, nonce: options.nonce, echostr };
  return Object.entries(fields)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&');
}

const JsonReply = z.object({
  encrypt: z.string(),
  msgsignature: z.string(),
  timestamp: z.union([z.int(), z.string()]),
  nonce: z.string(),
});

/**
 * Opens a passive reply as WeCom would: envelope, signature, then content. Throws {@link CodecError}; -40002 where the
 * body is not such an envelope, or where a smart bot's reply does not carry the callback's own nonce (D101033).
 */
export function openReply(
  secrets: CallbackSecrets,
  body: string,
  callback: { readonly format: EnvelopeFormat; readonly nonce: string },
): string {
  if (callback.format === 'xml') return openMessage(secrets, readXmlReply(body));
  const parsed = JsonReply.safeParse(parseJson(body));
  if (!parsed.success) throw new CodecError(-40002, 'reply is not the JSON envelope');
  const { encrypt, msgsignature, timestamp, nonce } = parsed.data;
  if (nonce !== callback.nonce) throw new CodecError(-40002, 'reply carries another nonce');
  return openMessage(secrets, {
    encrypt,
    nonce,
    signature: msgsignature,
    timestamp: String(timestamp),
  });
}

function readXmlReply(body: string): Parameters<typeof openMessage>[1] {
  const text = body.trim();
  const encrypt = readElement(text, 'Encrypt');
  const sign = readElement(text, 'MsgSignature');
  const timestamp = readElement(text, 'TimeStamp');
  const nonce = readElement(text, 'Nonce');
  if (
    !text.startsWith('<xml>') ||
    !text.endsWith('</xml>') ||
    encrypt === null ||
    sign === null ||
    timestamp === null ||
    nonce === null
  ) {
    throw new CodecError(-40002, 'reply is not the XML envelope');
  }
  return { encrypt, signature: sign, timestamp, nonce };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
