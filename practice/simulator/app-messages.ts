import { appEvents, systemEvents } from './app-events.ts';
import type { CallbackInput, Surroundings } from './callback-input.ts';
import { writeXml, type XmlFields } from './xml.ts';

/** Fields of each message type beyond the common ones (D90239). */
type MessageFields = (input: CallbackInput, around: Surroundings) => XmlFields;
const messageFields = new Map<string, MessageFields>(
  Object.entries({
    text: (input) => ({ Content: input.text ?? 'hello' }),
    image: (_input, { address }) => ({
      PicUrl: `${address}/media/picture.png`,
      MediaId: 'practice-image-media-id',
    }),
    voice: () => ({ MediaId: 'practice-voice-media-id', Format: 'amr' }),
    video: () => ({ MediaId: 'practice-video-media-id', ThumbMediaId: 'practice-thumb-media-id' }),
    location: () => ({
      Location_X: 23.104,
      Location_Y: 113.32,
      Scale: 15,
      Label: '广州塔',
      AppType: 'wxwork',
    }),
    link: (input, { address }) => ({
      Title: input.text ?? '安全隧道部署指南',
      Description: 'Causeway',
      Url: `${address}/`,
      PicUrl: `${address}/media/picture.png`,
    }),
  } satisfies Record<string, MessageFields>),
);

/** Who an app's message goes to. */
export interface AppIdentity {
  /** CorpID. */
  readonly receiveId: string;
  readonly agentId: string;
}

/** The plaintext XML of a message or event for a self-built app (D90239, D90240). */
export function buildAppMessage(
  app: AppIdentity,
  input: CallbackInput,
  around: Surroundings,
): string {
  const seconds = input.createTime ?? Math.floor(around.now / 1000);
  const isEvent = input.type === 'event';
  const event = input.event ?? 'enter_agent';
  const common = {
    ToUserName: app.receiveId,
    FromUserName: isEvent && systemEvents.has(event) ? 'sys' : input.from,
    CreateTime: seconds,
    MsgType: input.type,
  };
  const tail = { AgentID: Number(app.agentId) };
  if (isEvent) {
    const known = appEvents.get(event)?.(input, seconds);
    const extra = known ?? (input.eventKey === undefined ? {} : { EventKey: input.eventKey });
    return writeXml({ ...common, Event: event, ...extra, ...tail });
  }
  const content = messageFields.get(input.type)?.(input, around) ?? { Content: input.text ?? '' };
  return writeXml({ ...common, ...content, MsgId: bareId(input.msgId ?? around.newId), ...tail });
}

/** WeCom writes its ids as bare digits; an id that somebody chose may be anything. */
function bareId(id: string): bigint | string {
  return /^\d+$/.test(id) ? BigInt(id) : id;
}

/** Message types that are built with their own fields. */
export const appMessageTypes: readonly string[] = [...messageFields.keys()];
