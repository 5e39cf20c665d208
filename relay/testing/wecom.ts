import { createHash, randomBytes } from 'node:crypto';
import type { PublicCall } from './public.ts';

/** A signed callback as WeCom sends it. What it carries is random: nobody here could decrypt it. */
export interface SignedCall extends PublicCall {
  readonly path: string;
  readonly body: string;
}

export interface SignInput {
  readonly token: string;
  readonly path: string;
  /** Seconds since the epoch; now unless told. */
  readonly timestamp?: number;
  readonly format?: 'xml' | 'json';
  readonly encrypt?: string;
}

/** The signature of D90930, made here apart from the gate's own. */
export function signatureOf(parts: readonly string[]): string {
  return createHash('sha1')
    .update([...parts].sort().join(''))
    .digest('hex');
}

export function signedCall(input: SignInput): SignedCall {
  const encrypt = input.encrypt ?? randomBytes(96).toString('base64');
  const timestamp = String(input.timestamp ?? Math.floor(Date.now() / 1000));
  const nonce = String(randomBytes(4).readUInt32BE());
  const query = new URLSearchParams({
    msg_signature: signatureOf([input.token, timestamp, nonce, encrypt]),
    timestamp,
    nonce,
  });
  const isJson = input.format === 'json';
  return {
    path: `${input.path}?${query.toString()}`,
    method: 'POST',
    headers: { 'content-type': isJson ? 'application/json' : 'text/xml' },
    body: isJson
      ? JSON.stringify({ encrypt })
      : `<xml><ToUserName><![CDATA[ww1]]></ToUserName><Encrypt><![CDATA[${encrypt}]]></Encrypt></xml>`,
  };
}

/** WeCom's check of a callback address: a GET with `echostr`. */
export function signedEcho(input: SignInput): PublicCall {
  const echostr = randomBytes(48).toString('base64');
  const timestamp = String(input.timestamp ?? Math.floor(Date.now() / 1000));
  const nonce = '1234567';
  const query = new URLSearchParams({
    msg_signature: signatureOf([input.token, timestamp, nonce, echostr]),
    timestamp,
    nonce,
    echostr,
  });
  return { path: `${input.path}?${query.toString()}` };
}
