import { createCipheriv, createHash, createDecipheriv, randomBytes, randomInt } from 'node:crypto';

/** Credentials of an app's callback, as practice mode prints them. */
export interface Credentials {
  readonly token: string;
  readonly encodingAESKey: string;
  readonly receiveId: string;
}

export interface SignedCallback {
  readonly query: string;
  readonly body: string;
  readonly msgId: string;
}

/**
 * WeCom's side of a callback in plain node:crypto (WeCom D90968), written from the page and sharing nothing with the gateway or the
 * simulator, so that a test does not compare the product with itself.
 */
export function sign(token: string, timestamp: string, nonce: string, encrypt: string): string {
  const parts = [token, timestamp, nonce, encrypt].toSorted((a, b) =>
    Buffer.compare(Buffer.from(a), Buffer.from(b)),
  );
  return createHash('sha1').update(parts.join('')).digest('hex');
}

function encrypt(credentials: Credentials, message: string): string {
  const key = Buffer.from(`${credentials.encodingAESKey}=`, 'base64');
  const text = Buffer.from(message);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(text.length);
  const plain = Buffer.concat([randomBytes(16), length, text, Buffer.from(credentials.receiveId)]);
  const pad = 32 - (plain.length % 32);
  const cipher = createCipheriv('aes-256-cbc', key, key.subarray(0, 16)).setAutoPadding(false);
  return Buffer.concat([
    cipher.update(Buffer.concat([plain, Buffer.alloc(pad, pad)])),
    cipher.final(),
  ]).toString('base64');
}

/** Decrypts an `Encrypt` field and gives the message in it. */
export function decrypt(credentials: Credentials, encrypted: string): string {
  const key = Buffer.from(`${credentials.encodingAESKey}=`, 'base64');
  const decipher = createDecipheriv('aes-256-cbc', key, key.subarray(0, 16)).setAutoPadding(false);
  const plain = Buffer.concat([
    decipher.update(Buffer.from(encrypted, 'base64')),
    decipher.final(),
  ]);
  const length = plain.readUInt32BE(16);
  return plain.subarray(20, 20 + length).toString();
}

/** A signed, encrypted text message of an app, with a MsgId of its own. */
export function signedTextCallback(
  credentials: Credentials,
  content: string,
  now = Date.now(),
  from = 'zhangsan',
): SignedCallback {
  const msgId = String(7_000_000_000_000_000_000n + BigInt(randomInt(2 ** 47)));
  const message =
    `<xml><ToUserName><![CDATA[${credentials.receiveId}]]></ToUserName><FromUserName><![CDATA[${from}]]></FromUserName>` +
    `<CreateTime>${Math.floor(now / 1000)}</CreateTime><MsgType><![CDATA[text]]></MsgType>` +
    `<Content><![CDATA[${content}]]></Content><MsgId>${msgId}</MsgId><AgentID>1000002</AgentID></xml>`;
  return signedCallback(credentials, message, msgId, now);
}

/** Signs and encrypts any plaintext as an app's callback. */
export function signedCallback(
  credentials: Credentials,
  message: string,
  msgId: string,
  now = Date.now(),
): SignedCallback {
  const timestamp = String(Math.floor(now / 1000));
  const nonce = randomBytes(8).toString('hex');
  const encrypted = encrypt(credentials, message);
  const query = new URLSearchParams({
    msg_signature: sign(credentials.token, timestamp, nonce, encrypted),
    timestamp,
    nonce,
  });
  const body =
    `<xml><ToUserName><![CDATA[${credentials.receiveId}]]></ToUserName><AgentID><![CDATA[1000002]]></AgentID>` +
    `<Encrypt><![CDATA[${encrypted}]]></Encrypt></xml>`;
  return { query: query.toString(), body, msgId };
}

/** Reads an encrypted passive reply: checks its signature and gives its plaintext. Throws where either does not hold. */
export function openReply(credentials: Credentials, xml: string): string {
  const field = (name: string): string => {
    const match = new RegExp(`<${name}>(?:<!\\[CDATA\\[)?([^<\\]]*)(?:\\]\\]>)?</${name}>`).exec(
      xml,
    );
    if (match?.[1] === undefined) throw new Error(`no ${name} in the reply`);
    return match[1];
  };
  const encrypted = field('Encrypt');
  const expected = sign(credentials.token, field('TimeStamp'), field('Nonce'), encrypted);
  if (expected !== field('MsgSignature'))
    throw new Error('the signature of the reply does not hold');
  return decrypt(credentials, encrypted);
}
