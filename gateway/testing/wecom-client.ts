import { randomBytes } from 'node:crypto';
import { decrypt, encrypt, getSignature } from '@wecom/crypto';
import type { BotConfig } from '../types.ts';

/** Credentials of made-up bots. */
export interface Keys {
  readonly token: string;
  readonly encodingAesKey: string;
  readonly receiveId: string;
}

export function newKeys(receiveId: string): Keys {
  const encodingAesKey = randomBytes(32)
    .toString('base64')
    .replaceAll(/[^A-Za-z0-9]/g, 'x')
    .slice(0, 43);
  return { token: randomBytes(8).toString('hex'), encodingAesKey, receiveId };
}

/** A callback as WeCom sends it, made with Tencent's own library. */
export interface SignedCallback {
  /** Path and query. */
  readonly target: string;
  readonly body: string;
  readonly nonce: string;
}

export interface CallbackParts {
  readonly path: string;
  readonly plaintext: string;
  readonly format?: 'xml' | 'json';
  readonly timestamp?: number;
  readonly nonce?: string;
}

export function signCallback(keys: Keys, parts: CallbackParts): SignedCallback {
  const timestamp = String(parts.timestamp ?? Math.floor(Date.now() / 1000));
  const nonce = parts.nonce ?? randomBytes(6).toString('hex');
  const sealed = encrypt(keys.encodingAesKey, parts.plaintext, keys.receiveId);
  const signature = getSignature(keys.token, timestamp, nonce, sealed);
  const query = new URLSearchParams({ msg_signature: signature, timestamp, nonce });
  const body =
    parts.format === 'json'
      ? JSON.stringify({ encrypt: sealed })
      : `<xml><ToUserName><![CDATA[${keys.receiveId}]]></ToUserName><Encrypt><![CDATA[${sealed}]]></Encrypt></xml>`;
  return { target: `${parts.path}?${query.toString()}`, body, nonce };
}

/** The GET with which WeCom checks an address. */
export function signEcho(keys: Keys, path: string, echo: string): string {
  const timestamp = String(Math.floor(Date.now() / 1000));
  const nonce = randomBytes(6).toString('hex');
  const echostr = encrypt(keys.encodingAesKey, echo, keys.receiveId);
  const signature = getSignature(keys.token, timestamp, nonce, echostr);
  const query = new URLSearchParams({ msg_signature: signature, timestamp, nonce, echostr });
  return `${path}?${query.toString()}`;
}

/** Opens an encrypted passive reply; throws when its signature is wrong. */
export function openReply(keys: Keys, body: string): string {
  const field = (name: string): string => {
    const xml = new RegExp(`<${name}>(?:<!\\[CDATA\\[)?([^\\]<]*)`).exec(body)?.[1];
    if (xml === undefined) throw new Error(`no ${name} in the reply`);
    return xml;
  };
  const sealed = field('Encrypt');
  const expected = getSignature(keys.token, field('TimeStamp'), field('Nonce'), sealed);
  if (expected !== field('MsgSignature')) throw new Error('signature of the reply is wrong');
  const opened = decrypt(keys.encodingAesKey, sealed);
  if (opened.id !== keys.receiveId) throw new Error('receive id of the reply is wrong');
  return opened.message;
}

let lastMsgId = 7_000_000_000_000_000_000n;

/** Plaintext of a text message of an app. */
export function textMessage(content: string, more: { msgId?: string; from?: string } = {}): string {
  lastMsgId += 1n;
  return (
    `<xml><ToUserName><![CDATA[ww1]]></ToUserName><FromUserName><![CDATA[${more.from ?? 'zhangsan'}]]></FromUserName>` +
    `<CreateTime>1700000000</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[${content}]]></Content>` +
    `<MsgId>${more.msgId ?? String(lastMsgId)}</MsgId><AgentID>1000002</AgentID></xml>`
  );
}

export function appBot(keys: Keys, more: Partial<BotConfig> = {}): BotConfig {
  return { id: 'app', kind: 'app', target: null, ...keys, ...more };
}
