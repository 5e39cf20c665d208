import { createHash, randomBytes, randomUUID } from 'node:crypto';
import * as z from 'zod';
import { badParameter, ok, refusals, refuse, type ApiAnswer, type Refusal } from './errcodes.ts';
import type { Faults } from './faults.ts';
import { createRing } from './ring.ts';
import type { Call, ChatMessage, Upload } from './robot.ts';

/** A self-built app as the admin console of WeCom knows it. */
export interface App {
  readonly name: string;
  readonly corpId: string;
  readonly secret: string;
  readonly agentId: number;
  /** Members that exist; all do where left out. */
  readonly members?: readonly string[];
}

/** A file that was uploaded, whole. */
export interface AppFile {
  readonly name: string;
  readonly type: string;
  readonly bytes: Uint8Array;
}

/** The API of self-built apps (D91039, D90236, D90253, D90254, D94867, D94888) with its answers. */
export interface AppDesk {
  getToken(corpId: string, secret: string, call: Call): ApiAnswer;
  send(token: string, body: string, call: Call): ApiAnswer;
  recall(token: string, body: string, call: Call): ApiAnswer;
  updateCard(token: string, body: string, call: Call): ApiAnswer;
  upload(token: string, upload: Upload | null, call: Call): ApiAnswer;
  media(token: string, id: string, call: Call): AppFile | ApiAnswer;
  callbackIps(token: string, call: Call): ApiAnswer;
  /** Every token that was given out ends now. */
  expireTokens(): void;
  messages(after: number): ChatMessage[];
}

const TOKEN_SECONDS = 7200;
const MEDIA_LIFE_MS = 3 * 86_400_000;
const RECALL_MS = 86_400_000;
const UPDATE_MS = 3 * 86_400_000;
const KEPT_MEDIA = 50;
const KEPT_TOKENS = 500;
const KEPT_SENT = 2_000;
const MB = 1024 * 1024;
const limits: Readonly<Record<string, number>> = {
  image: 10 * MB,
  voice: 2 * MB,
  video: 10 * MB,
  file: 20 * MB,
};
const types: ReadonlySet<string> = new Set(
  [
    'text image voice video file textcard news mpnews markdown miniprogram_notice template_card',
  ].flatMap((line) => line.split(' ')),
);

const Sent = z.looseObject({
  agentid: z.int(),
  msgtype: z.string(),
  touser: z.string().optional(),
  toparty: z.string().optional(),
  totag: z.string().optional(),
  enable_duplicate_check: z.int().optional(),
  duplicate_check_interval: z.int().optional(),
});
const MediaPart = z.looseObject({ media_id: z.string() });
const TextPart = z.looseObject({ content: z.string() });

interface Token {
  readonly app: App;
  readonly value: string;
  readonly until: number;
}

export function createAppDesk(apps: readonly App[], nextId: () => number, faults: Faults): AppDesk {
  const tokens = new Map<string, Token>();
  const expired = new Set<string>();
  const files = new Map<string, AppFile & { readonly corpId: string; readonly until: number }>();
  const sent = new Map<string, { readonly app: App; readonly at: number }>();
  /** Cards that may still be changed, by their response_code. */
  const cards = new Map<string, { readonly app: App; readonly until: number }>();
  const repeats = new Map<string, { readonly until: number; readonly msgId: string }>();
  const kept = createRing<ChatMessage>(2_000, 16 << 20);

  /** The app that a token stands for, or why it stands for none. */
  function appOf(token: string, now: number): App | Refusal {
    if (faults.has('busy')) return refusals.busy;
    if (faults.has('rate_limit')) return refusals.tooOften;
    if (token === '') return refusals.noToken;
    if (faults.has('token_expired')) return refusals.tokenExpired;
    if (faults.has('token_invalid')) return refusals.tokenInvalid;
    const known = tokens.get(token);
    if (known === undefined) {
      return expired.has(token) ? refusals.tokenExpired : refusals.tokenInvalid;
    }
    if (known.until <= now) return refusals.tokenExpired;
    if (faults.has('untrusted_ip')) return refusals.untrustedIp;
    return known.app;
  }

  function using(token: string, call: Call, work: (app: App) => ApiAnswer | Refusal): ApiAnswer {
    const app = appOf(token, call.now);
    const answer = isRefusal(app) ? app : work(app);
    return isRefusal(answer) ? refuse(answer, call.fromIp, call.now) : answer;
  }

  function place(app: App, body: string, now: number): ApiAnswer | Refusal {
    const message = read(Sent, body);
    if (message === null) return refusals.badJson;
    const { agentid, msgtype, touser = '', toparty = '', totag = '' } = message;
    if (agentid !== app.agentId) return refusals.foreignAgent;
    if (!types.has(msgtype)) return refusals.badType;
    if (`${touser}${toparty}${totag}` === '') return refusals.noRecipients;
    const text = TextPart.safeParse(message[msgtype]);
    if (text.success && text.data.content === '') return refusals.emptyContent;
    const media = MediaPart.safeParse(message[msgtype]);
    if (media.success && !fileOf(media.data.media_id, app, now)) return refusals.badMediaId;
    const users = touser === '' || touser === '@all' ? [] : touser.split('|');
    const missing = users.filter(
      (user) => app.members !== undefined && !app.members.includes(user),
    );
    if (users.length > 0 && missing.length === users.length && `${toparty}${totag}` === '') {
      return refusals.allInvalid;
    }
    const repeat = repeatOf(message, now);
    const msgId = repeat ?? randomBytes(24).toString('base64url');
    if (repeat === null) {
      sent.set(msgId, { app, at: now });
      trim(sent, KEPT_SENT);
      const record = { id: nextId(), robot: app.name, at: now, msgtype };
      kept.add({ ...record, message }, body.length);
    }
    const code = randomBytes(24).toString('base64url');
    if (msgtype === 'template_card') {
      cards.set(code, { app, until: now + UPDATE_MS });
      trim(cards, KEPT_SENT);
    }
    return {
      ...ok,
      ...(msgtype === 'template_card' ? { response_code: code } : {}),
      // Ids come back lower-cased.
      invaliduser: missing.join('|').toLowerCase(),
      invalidparty: '',
      invalidtag: '',
      msgid: msgId,
    };
  }

  /** With enable_duplicate_check the msgid of the message that this one repeats; else null. */
  function repeatOf(message: z.infer<typeof Sent>, now: number): string | null {
    if (message.enable_duplicate_check !== 1) return null;
    const key = createHash('sha256').update(JSON.stringify(message)).digest('hex');
    const known = repeats.get(key);
    if (known !== undefined && known.until > now) return known.msgId;
    const msgId = randomBytes(24).toString('base64url');
    repeats.set(key, { until: now + (message.duplicate_check_interval ?? 1800) * 1000, msgId });
    trim(repeats, KEPT_SENT);
    return null;
  }

  function fileOf(id: string, app: App, now: number): AppFile | null {
    const file = files.get(id);
    return file === undefined || file.until <= now || file.corpId !== app.corpId ? null : file;
  }

  return {
    getToken(corpId, secret, { fromIp, now }) {
      const no = (refusal: Refusal): ApiAnswer => refuse(refusal, fromIp, now);
      if (faults.has('busy')) return no(refusals.busy);
      if (faults.has('rate_limit')) return no(refusals.tooOften);
      const ofCorp = apps.filter((app) => app.corpId === corpId);
      if (ofCorp.length === 0) return no(refusals.badCorpId);
      const app = ofCorp.find((candidate) => candidate.secret === secret);
      if (app === undefined) return no(refusals.badSecret);
      const known = [...tokens.values()].find((token) => token.app === app && token.until > now);
      const value = known?.value ?? randomBytes(48).toString('base64url');
      const until = known?.until ?? now + TOKEN_SECONDS * 1000;
      tokens.set(value, { app, value, until });
      trim(tokens, KEPT_TOKENS);
      return { ...ok, access_token: value, expires_in: Math.ceil((until - now) / 1000) };
    },
    send: (token, body, call) => using(token, call, (app) => place(app, body, call.now)),
    recall: (token, body, call) =>
      using(token, call, (app) => {
        const wanted = read(z.looseObject({ msgid: z.string() }), body);
        const message = wanted === null ? undefined : sent.get(wanted.msgid);
        const young = message !== undefined && message.at > call.now - RECALL_MS;
        if (wanted === null || message?.app !== app || !young) return refusals.notRecallable;
        sent.delete(wanted.msgid);
        return ok;
      }),
    updateCard: (token, body, call) =>
      using(token, call, (app) => {
        const update = read(z.looseObject({ response_code: z.string(), agentid: z.int() }), body);
        if (update === null) return refusals.badJson;
        if (update.agentid !== app.agentId) return refusals.foreignAgent;
        const card = cards.get(update.response_code);
        if (card?.app !== app || card.until <= call.now) {
          return badParameter('response_code is invalid, expired or used');
        }
        cards.delete(update.response_code);
        return { ...ok, invaliduser: [] };
      }),
    upload: (token, upload, call) =>
      using(token, call, (app) => {
        if (upload === null || upload.bytes.length === 0) return refusals.emptyMedia;
        const limit = limits[upload.type];
        if (limit === undefined) return refusals.badType;
        if (upload.bytes.length <= 5) return refusals.badFileSize;
        if (upload.bytes.length > limit) return refusals.tooLargeMedia;
        const id = `practice-${randomUUID()}`;
        const { name, type, bytes } = upload;
        files.set(id, { name, type, bytes, corpId: app.corpId, until: call.now + MEDIA_LIFE_MS });
        trim(files, KEPT_MEDIA);
        const created = String(Math.floor(call.now / 1000));
        return { ...ok, type, media_id: id, created_at: created };
      }),
    media(token, id, call) {
      const app = appOf(token, call.now);
      const found = isRefusal(app) ? app : (fileOf(id, app, call.now) ?? refusals.badMediaId);
      return isRefusal(found) ? refuse(found, call.fromIp, call.now) : found;
    },
    callbackIps: (token, call) =>
      using(token, call, () => ({ ...ok, ip_list: ['127.0.0.1', '101.226.103.0/25'] })),
    expireTokens() {
      for (const value of tokens.keys()) expired.add(value);
      tokens.clear();
    },
    messages: (after) => kept.list().filter(({ id }) => id > after),
  };
}

function isRefusal(value: unknown): value is Refusal {
  return Array.isArray(value);
}

function read<T>(schema: z.ZodType<T>, body: string): T | null {
  try {
    return schema.parse(JSON.parse(body));
  } catch {
    return null;
  }
}

/** Forgets the oldest beyond `most`. */
function trim(map: Map<string, unknown>, most: number): void {
  for (const oldest of map.keys()) {
    if (map.size <= most) break;
    map.delete(oldest);
  }
}
