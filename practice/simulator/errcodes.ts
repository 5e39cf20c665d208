import { randomInt } from 'node:crypto';

/** An answer of WeCom's API; `errcode` 0 is success. */
export interface ApiAnswer {
  readonly errcode: number;
  readonly errmsg: string;
  readonly [field: string]: string | number | readonly string[];
}

export const ok: ApiAnswer = { errcode: 0, errmsg: 'ok' };

/** What is wrong with a call, in WeCom's own words (D90313, and answers seen of the webhook). */
export const refusals = {
  badJson: [47001, 'data format error'],
  badWebhook: [93000, 'invalid webhook url'],
  badType: [40008, 'invalid message type'],
  badMediaId: [40007, 'invalid media_id'],
  badImageSize: [40009, 'invalid image size'],
  badFileSize: [40006, 'invalid file size'],
  emptyMedia: [44001, 'empty media data'],
  emptyContent: [44004, 'empty content'],
  tooLongText: [45002, 'content size out of limit'],
  tooLargeMedia: [45001, 'media size out of limit'],
  tooOften: [45009, 'api freq out of limit'],
  busy: [-1, 'system busy'],
  badSecret: [40001, 'invalid credential'],
  badCorpId: [40013, 'invalid corpid'],
  tokenInvalid: [40014, 'invalid access_token'],
  noToken: [41001, 'access_token missing'],
  tokenExpired: [42001, 'access_token expired'],
  untrustedIp: [60020, 'not allow to access from your ip'],
  foreignAgent: [301002, 'not allow operate another agent with this accesstoken'],
  allInvalid: [81013, 'user & party & tag all invalid'],
  noRecipients: [82001, 'user & party & tag all empty'],
  notRecallable: [40058, 'msgid is invalid or older than 24 hours'],
} as const satisfies Record<string, readonly [number, string]>;

export type Refusal = readonly [errcode: number, errmsg: string];

/** 40058 with what is wrong with which field. */
export function badParameter(problem: string): Refusal {
  return [40058, `${problem}. invalid Request Parameter`];
}

/** The whole errmsg: words, a hint that WeCom's support could look up, the caller's address, and where to read more. */
export function refuse([errcode, words]: Refusal, fromIp: string, now: number): ApiAnswer {
  const hint = `${Math.floor(now / 1000)}${String(randomInt(1_000_000_000)).padStart(9, '0')}`;
  const more = `https://open.work.weixin.qq.com/devtool/query?e=${errcode}`;
  return {
    errcode,
    errmsg: `${words}, hint: [${hint}], from ip: ${fromIp}, more info at ${more}`,
  };
}
