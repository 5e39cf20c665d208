import type { Dispatcher } from 'undici';
import type { AppMessage } from '../../common/domain/app-message.ts';
import type { CardUpdate } from '../../common/domain/card/card-update.ts';
import type { InvalidRecipients } from '../../common/domain/outgoing.ts';
import { AppError } from '../../common/errors/app-error.ts';
import { callApi, type ApiAnswer } from './api-call.ts';
import type { JsonObject } from './json.ts';

/** The public API; private deployments have one of their own. */
export const PUBLIC_API = 'https://qyapi.weixin.qq.com';

/** How a call reaches WeCom. */
export interface ApiWay {
  /** `https://qyapi.weixin.qq.com`, or the API of a private deployment. */
  readonly base: string;
  readonly dispatcher: Dispatcher;
  readonly timeoutMs: number;
}

/** Answer of gettoken (D91039): the token only where `errcode` is 0. */
export interface TokenAnswer extends Pick<ApiAnswer, 'errcode' | 'errmsg' | 'fromIp'> {
  readonly token: string;
  /** Seconds from now. */
  readonly expiresIn: number;
}

/** Asks for an access token (D91039). Throws as {@link callApi}. */
export async function fetchToken(
  way: ApiWay,
  corpId: string,
  secret: string,
): Promise<TokenAnswer> {
  const url = endpoint(way.base, 'gettoken', { corpid: corpId, corpsecret: secret });
  const { fields, ...answer } = await callApi({ ...way, url, method: 'GET' });
  const token = textOf(fields, 'access_token');
  const expiresIn = Number(fields['expires_in']);
  if (answer.errcode === 0 && (token === '' || !(expiresIn > 0))) {
    throw new AppError('WECOM_ANSWER_INVALID', { status: 200 });
  }
  return { ...answer, token, expiresIn };
}

/** What WeCom answered to an app's message. */
export interface AppAnswer extends Pick<ApiAnswer, 'errcode' | 'errmsg' | 'fromIp'> {
  readonly msgId: string | null;
  readonly responseCode: string | null;
  /** Null where every recipient was taken. */
  readonly invalid: InvalidRecipients | null;
}

/** Addresses and networks that callbacks come from (D92521, getcallbackip); they may change. Throws as {@link callApi}. */
export async function fetchCallbackIps(
  way: ApiWay,
  token: string,
): Promise<ApiAnswer & { readonly addresses: string[] }> {
  const url = endpoint(way.base, 'getcallbackip', { access_token: token });
  const answer = await callApi({ ...way, url, method: 'GET' });
  const list = answer.fields['ip_list'];
  const addresses = Array.isArray(list) ? list.filter((one) => typeof one === 'string') : [];
  if (answer.errcode === 0 && addresses.length === 0) {
    throw new AppError('WECOM_ANSWER_INVALID', { status: 200 });
  }
  return { ...answer, addresses };
}

/** Sends one message of an app (D90236). Throws as {@link callApi}. */
export async function sendAppMessage(
  way: ApiWay,
  token: string,
  agentId: number,
  message: AppMessage,
): Promise<AppAnswer> {
  const { fields, ...answer } = await postJson(way, 'message/send', token, {
    ...message,
    agentid: agentId,
  });
  const invalid = {
    users: listOf(fields, 'invaliduser'),
    parties: listOf(fields, 'invalidparty'),
    tags: listOf(fields, 'invalidtag'),
    unlicensed: listOf(fields, 'unlicenseduser'),
  };
  const anyInvalid = Object.values(invalid).some((list) => list.length > 0);
  return {
    ...answer,
    msgId: textOf(fields, 'msgid') || null,
    responseCode: textOf(fields, 'response_code') || null,
    invalid: anyInvalid ? invalid : null,
  };
}

/** Takes a message back within 24 hours (D94867). Throws as {@link callApi}. */
export async function recallAppMessage(
  way: ApiWay,
  token: string,
  msgId: string,
): Promise<ApiAnswer> {
  return postJson(way, 'message/recall', token, { msgid: msgId });
}

/**
 * Changes a card that was sent before, once within 72 hours (D94888). `invalidUsers`: members that were named and do not have it.
 * Throws as {@link callApi}.
 */
export async function updateAppCard(
  way: ApiWay,
  token: string,
  agentId: number,
  update: CardUpdate,
): Promise<ApiAnswer & { readonly invalidUsers: string[] }> {
  const body = { ...update, agentid: agentId };
  const answer = await postJson(way, 'message/update_template_card', token, body);
  const list = answer.fields['invaliduser'];
  const invalidUsers = Array.isArray(list) ? list.filter((one) => typeof one === 'string') : [];
  return { ...answer, invalidUsers };
}

/** Posts a smart bot's later answer to its response_url (D101138): once, within an hour. Throws as {@link callApi}. */
export async function postResponse(
  url: string,
  body: JsonObject,
  way: Pick<ApiWay, 'dispatcher' | 'timeoutMs'>,
): Promise<ApiAnswer> {
  if (!URL.canParse(url) || !/^https?:/i.test(url)) throw new AppError('WEBHOOK_INVALID');
  return callApi({
    ...way,
    url: new URL(url),
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

function postJson(way: ApiWay, path: string, token: string, body: JsonObject): Promise<ApiAnswer> {
  return callApi({
    ...way,
    url: endpoint(way.base, path, { access_token: token }),
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

/** `{base}/cgi-bin/{path}?…` */
export function endpoint(base: string, path: string, query: Record<string, string>): URL {
  const url = new URL(`${base.replace(/\/+$/, '')}/cgi-bin/${path}`);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url;
}

function textOf(fields: JsonObject, name: string): string {
  const value = fields[name];
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
}

function listOf(fields: JsonObject, name: string): string[] {
  return textOf(fields, name)
    .split('|')
    .filter((id) => id !== '');
}
