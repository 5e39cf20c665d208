import * as z from 'zod';
import {
  BotId,
  BotInput,
  CallbackToken,
  EncodingAesKey,
  TargetId,
  TargetInput,
} from '../domain/bot.ts';
import { MessageDetail, MessageQuery, MessageRow } from '../domain/history.ts';
import { LogEntry } from '../domain/log.ts';
import { MEDIA_CHUNK_BYTES, MediaUpload, UploadedMedia } from '../domain/media.ts';
import {
  OutboxRow,
  OutgoingMessage,
  SendOptions,
  SendQuota,
  SendResult,
} from '../domain/outgoing.ts';
import { Route, RouteId } from '../domain/route.ts';
import { Service, ServiceId, ServiceView } from '../domain/service.ts';
import { MessageSelection, ReplayRequest, ReplayView } from '../domain/replay.ts';
import { Locale, SettingsPatch } from '../domain/settings.ts';
import { Snapshot, SnapshotPatch } from '../domain/snapshot.ts';
import { call, capabilities, topic, type Contract } from './define.ts';

/** Grows when a call or topic changes in a way that an open browser tab would not understand. */
export const CONTRACT_VERSION = 4;

/** What the host tells a console when it opens. */
export const AppInfo = z.object({
  version: z.string(),
  contract: z.int(),
  capabilities: z.array(z.enum(capabilities)),
  /** Language of the system, for `locale: auto`. */
  systemLocale: Locale,
  dataDir: z.string(),
});
export type AppInfo = z.infer<typeof AppInfo>;

/**
 * The operator contract: every call and topic of the console and the tray, over Electron IPC and over a WebSocket alike.
 * One dispatcher (`main/core/api`) validates and authorises each of them whatever carried it.
 */
export const api = {
  'app.info': call(z.void(), AppInfo),
  'state.get': call(z.void(), Snapshot),
  'state.changed': topic(SnapshotPatch),

  'tunnel.enrol': call(z.object({ token: z.string().trim().min(1).max(4096) }), z.void(), 'manage'),
  /**
   * Makes the auth file to upload in the relay's console, or gives again the one that waits for its approval. With `relay`
   * (`host:port` and the SHA-256 of its CA) the certificate is picked up by itself. Throws BAD_INPUT.
   */
  'tunnel.request': call(
    z.object({
      relay: z
        .object({
          endpoint: z.string().trim().min(3).max(260),
          caSha256: z.string().regex(/^[0-9a-f]{64}$/i),
        })
        .optional(),
    }),
    z.object({ file: z.string(), fingerprint: z.string() }),
    'manage',
  ),
  /** Takes the waiting auth file back and forgets its key. Throws NOT_FOUND. */
  'tunnel.cancelRequest': call(z.void(), z.void(), 'manage'),
  'tunnel.connect': call(z.void(), z.void(), 'manage'),
  'tunnel.disconnect': call(z.void(), z.void(), 'manage'),
  /** Removes this device's certificate and key; a new enrolment token is needed afterwards. */
  'tunnel.forget': call(z.void(), z.void(), 'manage'),
  /** The same for one of several relays, by its `host:port`. Throws NOT_FOUND. */
  'tunnel.forgetRelay': call(z.object({ endpoint: z.string().max(260) }), z.void(), 'manage'),
  /**
   * Every relay by its `host:port`, the preferred one first. Nothing that is connected is touched. Throws CONFLICT where these
   * are not all of them, SETTINGS_LOCKED where a file gives the order.
   */
  'tunnel.reorderRelays': call(
    z.object({ endpoints: z.array(z.string().max(260)).max(64) }),
    z.void(),
    'manage',
  ),

  'bots.save': call(BotInput, z.void(), 'manage'),
  'bots.remove': call(z.object({ id: BotId }), z.void(), 'manage'),
  /**
   * Gives a bot new keys and goes on accepting the ones before, so that no callback is lost while they are changed in WeCom.
   * Throws NOT_FOUND, CONFLICT where an earlier pair has not been retired.
   */
  'bots.rotate': call(
    z.object({ id: BotId, token: CallbackToken, encodingAesKey: EncodingAesKey }),
    z.void(),
    'manage',
  ),
  /** No longer accepts the pair before. Throws NOT_FOUND. */
  'bots.retire': call(z.object({ id: BotId }), z.void(), 'manage'),
  'targets.save': call(TargetInput, z.void(), 'manage'),
  'targets.remove': call(z.object({ id: TargetId }), z.void(), 'manage'),
  /** A draining target takes nothing new and finishes what it has. */
  'targets.drain': call(z.object({ id: TargetId, draining: z.boolean() }), z.void(), 'manage'),
  /** Makes the key with which a WebSocket target's service subscribes; the one before it ends. Shown this once. */
  'targets.createKey': call(z.object({ id: TargetId }), z.object({ key: z.string() }), 'manage'),
  /** Replaces a route in its place, or adds it as the last. */
  'routes.save': call(Route, z.void(), 'manage'),
  'routes.remove': call(z.object({ id: RouteId }), z.void(), 'manage'),
  /** All routes in their new order; CONFLICT where these are not all of them. */
  'routes.reorder': call(z.object({ ids: z.array(RouteId).max(1000) }), z.void(), 'manage'),

  /** The published services as they are in the snapshot, for those who do not follow it. */
  'services.list': call(z.void(), z.object({ services: z.array(ServiceView) })),
  /** Publishes a service through the tunnel, or changes it. Throws NOT_FOUND, BAD_INPUT, BUSY, SETTINGS_LOCKED. */
  'services.save': call(Service, z.void(), 'manage'),
  /** Its targets stay. Throws NOT_FOUND, SETTINGS_LOCKED. */
  'services.remove': call(z.object({ id: ServiceId }), z.void(), 'manage'),

  'messages.list': call(MessageQuery, z.object({ rows: z.array(MessageRow), more: z.boolean() })),
  'messages.get': call(z.object({ id: z.string() }), MessageDetail, 'reveal'),
  /** Delivers dead letters again: those of the selection that failed. Throws STORE_UNAVAILABLE. */
  'messages.redrive': call(MessageSelection, z.object({ messages: z.int() }), 'manage'),
  /** Hands received messages over once more. Throws NOT_FOUND, BAD_INPUT, BUSY. */
  'messages.replay': call(ReplayRequest, ReplayView, 'manage'),
  'messages.replays': call(z.void(), z.object({ replays: z.array(ReplayView) })),
  'messages.cancelReplay': call(z.object({ id: z.string().max(64) }), z.void(), 'manage'),
  /** How far a replay is; coalesced, the last one for each. */
  'replay.changed': topic(z.object({ replays: z.array(ReplayView) })),
  /** New rows and changed ones, coalesced to at most four a second. */
  'messages.changed': topic(z.object({ rows: z.array(MessageRow) })),

  /** Robots and apps. Waits some seconds for WeCom's answer; `outcome: queued` leaves by itself later. */
  'send.message': call(
    z.object({ bot: BotId, message: OutgoingMessage, options: SendOptions.optional() }),
    SendResult,
    'send',
  ),
  /**
   * Begins to send a file to WeCom, whose media_id the bot's messages may then carry. Throws BUSY; SEND_NOT_SUPPORTED and MEDIA_REFUSED
   * come with the pieces.
   */
  'media.begin': call(MediaUpload, z.object({ upload: z.string() }), 'send'),
  /** The next piece; pieces come one after another. Throws NOT_FOUND, CONFLICT {offset}, MEDIA_REFUSED. */
  'media.append': call(
    z.object({
      upload: z.uuid(),
      offset: z.int().min(0),
      data: z.base64().max((MEDIA_CHUNK_BYTES * 4) / 3 + 4),
    }),
    z.void(),
    'send',
  ),
  /** All of it is there. Throws MEDIA_REFUSED, WECOM_REFUSED {errcode}, UNTRUSTED_IP and what a call throws. */
  'media.finish': call(z.object({ upload: z.uuid() }), UploadedMedia, 'send'),
  'media.abort': call(z.object({ upload: z.uuid() }), z.void(), 'send'),
  /** What is left of the robot's minute, and how long a message would wait. */
  'send.quota': call(z.object({ bot: BotId }), SendQuota),

  /** What waits to be sent, in the order in which it leaves. */
  'outbox.list': call(
    z.object({ bot: BotId.optional(), limit: z.int().min(1).max(200) }),
    z.object({ rows: z.array(OutboxRow), total: z.int() }),
  ),
  /** Sends a message again that was refused, failed or is unknown. Throws NOT_FOUND, CONFLICT. */
  'outbox.retry': call(z.object({ id: z.string().max(64) }), z.void(), 'send'),
  /** Takes a message back that has not left. Throws NOT_FOUND, CONFLICT. */
  'outbox.cancel': call(z.object({ id: z.string().max(64) }), z.void(), 'send'),

  'logs.recent': call(
    z.object({ after: z.int().optional(), limit: z.int().min(1).max(50_000) }),
    z.object({ entries: z.array(LogEntry) }),
  ),
  /** New lines, coalesced; `dropped` counts those that a slow reader missed and may fetch with `logs.recent`. */
  'logs.appended': topic(z.object({ entries: z.array(LogEntry), dropped: z.int() })),

  'settings.update': call(SettingsPatch, z.void(), 'manage'),

  'shell.revealData': call(z.void(), z.void(), 'desktop'),
  'shell.openExternal': call(z.object({ url: z.string().max(2048) }), z.void(), 'desktop'),
  'shell.quit': call(z.void(), z.void(), 'desktop'),
} as const satisfies Contract;

export type Api = typeof api;
