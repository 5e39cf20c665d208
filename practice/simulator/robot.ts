import { createHash, randomUUID, timingSafeEqual } from 'node:crypto';
import * as z from 'zod';
import { RobotCard } from '../../common/domain/card/template-card.ts';
import { RobotMessage, robotLimits } from '../../common/domain/outgoing.ts';
import { utf8Length } from '../../common/text/utf8.ts';
import { badParameter, ok, refusals, refuse, type ApiAnswer, type Refusal } from './errcodes.ts';
import { createRing, type Ring } from './ring.ts';

/** A message that arrived in a chat. */
export interface ChatMessage {
  readonly id: number;
  /** Robot or bot that spoke. */
  readonly robot: string;
  readonly at: number;
  readonly msgtype: string;
  /** The body as it was posted. */
  readonly message: unknown;
}

export interface Robot {
  readonly name: string;
  /** The whole credential of a webhook; never shown. */
  readonly key: string;
}

/** Media uploaded for one robot; only what is shown of it is kept. */
interface Media {
  readonly name: string;
  readonly bytes: number;
  readonly type: string;
  readonly until: number;
}

interface RobotState {
  readonly robot: Robot;
  readonly messages: Ring<ChatMessage>;
  readonly media: Map<string, Media>;
  /** When the last messages were delivered, oldest first; at most a minute's worth. */
  recent: number[];
}

/** Who calls, and when. */
export interface Call {
  readonly fromIp: string;
  readonly now: number;
}

export interface Upload {
  readonly type: string;
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface RobotDesk {
  send(key: string, body: string, call: Call): ApiAnswer;
  upload(key: string, upload: Upload | null, call: Call): ApiAnswer;
  /** Messages of all robots, oldest first, after id `after`. */
  messages(after: number): ChatMessage[];
}

const MINUTE = 60_000;
const MEDIA_LIFE = 3 * 86_400_000;
const KEPT_MESSAGES = 500;
const KEPT_BYTES = 16 << 20;
const KEPT_MEDIA = 200;
const MB = 1024 * 1024;

/** The webhook of group robots (D91770, D99110) with its answers and limits. */
export function createRobotDesk(robots: readonly Robot[], nextId: () => number): RobotDesk {
  const states = robots.map((robot): RobotState => ({
    robot,
    messages: createRing(KEPT_MESSAGES, KEPT_BYTES),
    media: new Map(),
    recent: [],
  }));

  const find = (key: string): RobotState | undefined =>
    states.find(({ robot }) => sameKey(robot.key, key));

  return {
    send(key, body, { fromIp, now }) {
      const state = find(key);
      if (state === undefined) return refuse(refusals.badWebhook, fromIp, now);
      const checked = checkMessage(body, state, now);
      if (!checked.ok) return refuse(checked.refusal, fromIp, now);
      state.recent = state.recent.filter((at) => at > now - MINUTE);
      if (state.recent.length >= robotLimits.messagesPerMinute) {
        return refuse(refusals.tooOften, fromIp, now);
      }
      state.recent.push(now);
      const { message } = checked;
      const record = { id: nextId(), robot: state.robot.name, at: now, msgtype: message.msgtype };
      state.messages.add({ ...record, message: named(message, state) }, body.length);
      return ok;
    },
    upload(key, upload, { fromIp, now }) {
      // WeCom looks at the file before it looks at the key.
      if (upload === null || upload.bytes.length === 0) {
        return refuse(refusals.emptyMedia, fromIp, now);
      }
      const state = find(key);
      if (state === undefined) return refuse(refusals.badWebhook, fromIp, now);
      const { type, name, bytes } = upload;
      if (type !== 'file' && type !== 'voice') return refuse(refusals.badType, fromIp, now);
      if (bytes.length <= 5) return refuse(refusals.badFileSize, fromIp, now);
      if (bytes.length > (type === 'voice' ? 2 : 20) * MB) {
        return refuse(refusals.tooLargeMedia, fromIp, now);
      }
      const id = `practice-${randomUUID()}`;
      state.media.set(id, { name, type, bytes: bytes.length, until: now + MEDIA_LIFE });
      for (const oldest of state.media.keys()) {
        if (state.media.size <= KEPT_MEDIA) break;
        state.media.delete(oldest);
      }
      return { ...ok, type, media_id: id, created_at: String(Math.floor(now / 1000)) };
    },
    messages: (after) =>
      states
        .flatMap(({ messages }) => messages.list())
        .filter(({ id }) => id > after)
        .sort((a, b) => a.id - b.id),
  };
}

type Checked = { ok: true; message: RobotMessage } | { ok: false; refusal: Refusal };

function no(refusal: Refusal): Checked {
  return { ok: false, refusal };
}

const Typed = z.looseObject({ msgtype: z.string() });

function checkMessage(body: string, state: RobotState, now: number): Checked {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return no(refusals.badJson);
  }
  const typed = Typed.safeParse(parsed);
  if (!typed.success || !messageTypes.has(typed.data.msgtype)) return no(refusals.badType);
  const { msgtype } = typed.data;
  const content = z.looseObject({ content: z.string() }).safeParse(typed.data[msgtype]);
  if (content.success || withContent.has(msgtype)) {
    const text = content.data?.content ?? '';
    if (text === '' && !mentionsSomebody(typed.data[msgtype])) return no(refusals.emptyContent);
    if (msgtype === 'text' && utf8Length(text) > robotLimits.textBytes) {
      return no(refusals.tooLongText);
    }
    if (msgtype !== 'text' && utf8Length(text) > robotLimits.markdownBytes) {
      return no(badParameter(`${msgtype}.content exceed max length ${robotLimits.markdownBytes}`));
    }
  }
  const message = RobotMessage.safeParse(parsed);
  if (!message.success) return no(badParameter(problemOf(msgtype, typed.data[msgtype])));
  return checkParts(message.data, state, now);
}

function checkParts(message: RobotMessage, state: RobotState, now: number): Checked {
  if (message.msgtype === 'image') {
    const bytes = Buffer.from(message.image.base64, 'base64');
    if (bytes.length === 0) return no(refusals.emptyMedia);
    if (bytes.length > robotLimits.imageBytes) return no(refusals.badImageSize);
    const md5 = createHash('md5').update(bytes).digest('hex');
    if (md5 !== message.image.md5) return no(badParameter('image.md5 not match image.base64'));
  }
  if (message.msgtype === 'file' || message.msgtype === 'voice') {
    const id = message.msgtype === 'file' ? message.file.media_id : message.voice.media_id;
    const media = state.media.get(id);
    if (media === undefined || media.until <= now || media.type !== message.msgtype) {
      return no(refusals.badMediaId);
    }
  }
  return { ok: true, message };
}

const messageTypes: ReadonlySet<string> = new Set(
  RobotMessage.options.map((option) => option.shape.msgtype.value),
);
const withContent: ReadonlySet<string> = new Set(['text', 'markdown', 'markdown_v2']);

/** A text may consist of mentions alone. */
function mentionsSomebody(part: unknown): boolean {
  const mentions = z.looseObject({
    mentioned_list: z.array(z.string()).optional(),
    mentioned_mobile_list: z.array(z.string()).optional(),
  });
  const { mentioned_list = [], mentioned_mobile_list = [] } = mentions.safeParse(part).data ?? {};
  return mentioned_list.length + mentioned_mobile_list.length > 0;
}

function problemOf(msgtype: string, part: unknown): string {
  const schema = msgtype === 'template_card' ? RobotCard : z.looseObject({});
  const issue = schema.safeParse(part).error?.issues[0];
  const path = [msgtype, ...(issue?.path ?? [])].map(String).join('.');
  return `${path} is missing or invalid`;
}

/** A file message with the name of its file, as the chat shows it. */
function named(message: RobotMessage, state: RobotState): unknown {
  if (message.msgtype !== 'file') return message;
  const media = state.media.get(message.file.media_id);
  return { ...message, file: { ...message.file, name: media?.name, bytes: media?.bytes } };
}

function sameKey(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
