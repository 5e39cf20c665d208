import { decrypt } from '@wecom/crypto';
import { expect } from 'vitest';
import type { Gateway } from '../types.ts';
import { answered, json, SEND_KEY, startTarget } from './harness.ts';
import { newKeys, signCallback } from './wecom-client.ts';

const keys = newKeys('');

/** A smart bot whose messages go to the target `svc`. */
export const smartBot = { id: 'smart', kind: 'aibot', target: 'svc', ...keys } as const;

let serial = 0;
/** A message to {@link smartBot}, with a number of its own. */
export function message(more: object = {}): string {
  serial += 1;
  return JSON.stringify({
    msgid: `m${serial}`,
    aibotid: 'A',
    chattype: 'single',
    from: { userid: 'zhangsan' },
    msgtype: 'text',
    text: { content: 'hello' },
    ...more,
  });
}

/** Posts a callback and gives the reply's plaintext, null for an empty answer. */
export async function post(
  gateway: Gateway,
  plaintext: string,
): Promise<Record<string, unknown> | null> {
  const path = '/wecom/callback/smart';
  const { target, body } = signCallback(keys, { path, plaintext, format: 'json' });
  const answer = await answered(gateway, target, { body });
  expect(answer.status).toBe(200);
  if (answer.body === '') return null;
  const { encrypt } = JSON.parse(answer.body) as { encrypt: string };
  return JSON.parse(decrypt(keys.encodingAesKey, encrypt).message) as Record<string, unknown>;
}

/** WeCom asks what a stream has come to. */
export const poll = (gateway: Gateway, id: string, msgid = 'poll') =>
  post(gateway, message({ msgid, msgtype: 'stream', stream: { id }, text: undefined }));

/** A service says more of a stream. */
export async function feed(
  gateway: Gateway,
  id: string,
  body: object,
  status = 200,
): Promise<unknown> {
  const answer = await answered(gateway, `/api/streams/${id}`, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { authorization: `Bearer ${SEND_KEY}`, 'content-type': 'application/json' },
  });
  expect(answer.status).toBe(status);
  return JSON.parse(answer.body);
}

/** A service that answers with a stream. */
export const startStreaming = (more: object = {}) =>
  startTarget((response) => json(response, { reply: { type: 'stream', ...more } }));

/** Of the stream that a reply shows. */
export const idOf = (reply: Record<string, unknown> | null): string =>
  String((reply?.['stream'] as { id: string } | undefined)?.id);
