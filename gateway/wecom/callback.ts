import { decryptMessage, encryptMessage, keyOf } from './codec.ts';
import { checkSignature, signCiphertext } from './signature.ts';
import type { CallbackCredentials, PlainReply, SealedReply, SignedQuery } from './types.ts';
import { cdata } from './xml-text.ts';

/**
 * Checks the signature of a callback and, only where it holds, decrypts it (WeCom D90930, D90968). Returns the plaintext
 * to the byte. `encrypt` is the text that was signed: the body's Encrypt, or the URL-decoded `echostr`.
 * Throws `SIGNATURE_INVALID`, `AES_KEY_INVALID`, `DECRYPT_FAILED`, `PLAINTEXT_INVALID`, `RECEIVE_ID_MISMATCH`; each has
 * WeCom's number in `params.wecom`.
 */
export function openCallback(
  credentials: CallbackCredentials,
  query: SignedQuery,
  encrypt: string,
): Buffer {
  checkSignature(credentials, query, encrypt);
  return decryptMessage(keyOf(credentials), credentials.receiveId, encrypt);
}

/**
 * Opens the `echostr` of WeCom's GET verification. What is returned is the whole response body: no quotes, no line break,
 * no byte order mark. Throws as {@link openCallback}; a `+` that became a space is `SIGNATURE_INVALID`.
 */
export function verifyEcho(
  credentials: CallbackCredentials,
  query: SignedQuery,
  echostr: string,
): Buffer {
  return openCallback(credentials, query, echostr);
}

/** A callback as WeCom posts it. */
export interface SealedCallback {
  readonly query: Readonly<Record<'msg_signature' | 'timestamp' | 'nonce', string>>;
  readonly contentType: string;
  readonly body: string;
}

/**
 * Encrypts and signs a plaintext the way WeCom does on its side (D90930; D101033 for JSON): for replaying what was received.
 * `timestamp` is seconds since the epoch. Throws `AES_KEY_INVALID`, `ENCRYPT_FAILED`.
 */
export function sealCallback(
  credentials: CallbackCredentials,
  callback: Pick<PlainReply, 'format' | 'nonce' | 'timestamp'> & { readonly plaintext: Buffer },
): SealedCallback {
  const { receiveId, token } = credentials;
  const { nonce, plaintext, format } = callback;
  const timestamp = String(callback.timestamp);
  const encrypt = encryptMessage(keyOf(credentials), receiveId, plaintext);
  const query = {
    msg_signature: signCiphertext(token, timestamp, nonce, encrypt),
    timestamp,
    nonce,
  };
  if (format === 'json') {
    return { query, contentType: 'application/json', body: JSON.stringify({ encrypt }) };
  }
  const body =
    `<xml><ToUserName>${cdata(receiveId)}</ToUserName>` +
    `<Encrypt>${cdata(encrypt)}</Encrypt></xml>`;
  return { query, contentType: 'text/xml', body };
}

/**
 * Encrypts and signs a passive reply (WeCom D90968 §3.3, D101033), in the format and casing of the request.
 * Throws `AES_KEY_INVALID`, `ENCRYPT_FAILED`.
 */
export function sealReply(credentials: CallbackCredentials, reply: PlainReply): SealedReply {
  const { receiveId, token } = credentials;
  const plaintext = Buffer.from(reply.plaintext, 'utf8');
  const encrypt = encryptMessage(keyOf(credentials), receiveId, plaintext, reply.random);
  const signature = signCiphertext(token, String(reply.timestamp), reply.nonce, encrypt);
  if (reply.format === 'xml') {
    const body =
      `<xml><Encrypt>${cdata(encrypt)}</Encrypt><MsgSignature>${cdata(signature)}</MsgSignature>` +
      `<TimeStamp>${String(reply.timestamp)}</TimeStamp><Nonce>${cdata(reply.nonce)}</Nonce></xml>`;
    return { contentType: 'application/xml; charset=utf-8', body };
  }
  const { nonce, timestamp } = reply;
  const fields =
    reply.casing === 'lower'
      ? { encrypt, msgsignature: signature, timestamp, nonce }
      : { Encrypt: encrypt, MsgSignature: signature, TimeStamp: timestamp, Nonce: nonce };
  return { contentType: 'application/json; charset=utf-8', body: JSON.stringify(fields) };
}
