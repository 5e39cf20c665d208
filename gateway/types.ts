import type { IncomingHttpHeaders } from 'node:http2';
import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import type { TargetState } from '../common/domain/bot.ts';
import type { CardUpdated } from '../common/domain/card/card-update.ts';
import type { GatewayView } from '../common/domain/gateway.ts';
import type { MessageDetail, MessageQuery, MessageRow } from '../common/domain/history.ts';
import type { Logger } from '../common/domain/log.ts';
import type { Service, ServiceFigures, ServiceView } from '../common/domain/service.ts';
import type { InboundMessage, ServiceReply } from '../common/domain/inbound.ts';
import type {
  OutboxRow,
  OutgoingMessage,
  SendOptions,
  SendQuota,
  SendResult,
  SendStatus,
} from '../common/domain/outgoing.ts';
import type { StreamFeed, StreamView } from '../common/domain/stream.ts';
import type { ErrorInfo } from '../common/errors/app-error.ts';
import type { MessageSelection } from '../common/domain/replay.ts';
import type { GatewayConfig } from './config.ts';
import type { CredentialHits } from './ingress/credential-hits.ts';
import type { SpooledFile } from './media/spool.ts';
import type { Replays } from './replay/replays.ts';
import type { BalancingPolicies } from './delivery/balancing/policies.ts';
import type { Timers } from './sending/outbox/timers.ts';
import type { TunnelStream } from './tunnel-stream.ts';
import type { MediaDownload, MediaType } from './wecom/index.ts';

export type * from './config.ts';
export type * from './tunnel-stream.ts';

/** What is known of a target now. */
export interface TargetHealth {
  /** Result of what was last sent to it; null before the first message. */
  readonly healthy: boolean | null;
  readonly state: TargetState;
  readonly inFlight: number;
  /** Milliseconds since the epoch; null while it is not ejected. */
  readonly ejectedUntil: number | null;
  readonly ejectedSince: number | null;
  /** What went wrong last; null while nothing is wrong. */
  readonly failure: { readonly at: number; readonly error: ErrorInfo } | null;
  readonly breaker: 'closed' | 'open' | 'half_open';
  /** Over the last minutes, milliseconds. */
  readonly p99Ms: number | null;
  readonly subscribers: number;
}

/** The way out to WeCom. */
export interface Egress {
  readonly via: 'direct' | 'relay';
  /** Address that WeCom sees; null while unknown. */
  ip(): string | null;
  /** For undici's `request(url, { dispatcher })`. */
  dispatcher(): Dispatcher;
  /** This way or that, for bots that insist; its dispatcher throws TUNNEL_OFFLINE where that way is closed. */
  choose?(via: 'direct' | 'relay'): Egress;
}

/** Published services as they are stored, by whoever holds the configuration. */
export interface ServiceEditor {
  list(): ServiceView[];
  /** Throws BAD_INPUT, NOT_FOUND {kind: 'target'}, BUSY, SETTINGS_LOCKED. */
  save(service: Service): Promise<void>;
  /** Throws NOT_FOUND, SETTINGS_LOCKED. */
  remove(id: string): Promise<void>;
}

export interface GatewayOptions {
  /** Directory of the inbox's database. */
  readonly dataDir: string;
  readonly config: GatewayConfig;
  /** Where the management API and the callback listen; port 0 takes a free one. */
  readonly listen: { readonly host: string; readonly port: number };
  readonly log: Logger;
  readonly egress: Egress;
  readonly version: string;
  /** Figures of health, breakers, retries and probes other than the usual ones. */
  readonly balancing?: BalancingPolicies;
  /** Where the management API has published services stored; without it they can be read there only. */
  readonly services?: ServiceEditor;
  /** Milliseconds since the epoch; for testing. */
  readonly now?: () => number;
  /** Timers and waits of the outbox; for testing. */
  readonly sending?: { readonly timers?: Timers; readonly retryDelaysMs?: readonly number[] };
}

/** {@link SendOptions} and what the caller's side adds. */
export interface SendRequestOptions extends SendOptions {
  /** `Idempotency-Key` with who gave it: the same key and message within 24 hours is sent once. */
  readonly idempotency?: { readonly owner: string; readonly key: string };
  /** How long to wait for WeCom's answer, milliseconds. */
  readonly waitMs?: number;
}

/** The queue, as an operator handles it. */
export interface OutboxControl {
  list(query: { readonly bot?: string | undefined; readonly limit: number }): {
    rows: OutboxRow[];
    total: number;
  };
  /** Queues an ended message again. Throws NOT_FOUND, CONFLICT. */
  retry(id: string): Promise<void>;
  /** Takes a message back that has not left. Throws NOT_FOUND, CONFLICT. */
  cancel(id: string): Promise<void>;
}

/** Files to and from WeCom. */
export interface MediaTransfer {
  /** Uploads a file once for this bot while WeCom keeps it. Throws MEDIA_REFUSED and what a call throws. */
  upload(bot: string, file: MediaInput): Promise<MediaUploaded>;
  /** The body has to be read or destroyed. Throws WECOM_REFUSED {errcode} and what a call throws. */
  download(bot: string, mediaId: string, range?: string): Promise<MediaDownload>;
}

export interface MediaInput {
  readonly type: MediaType;
  /** File name that users see. */
  readonly name: string;
  readonly body: AsyncIterable<Uint8Array>;
}

export interface MediaUploaded {
  readonly mediaId: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  /** Whether an earlier upload of the same bytes serves. */
  readonly cached: boolean;
}

/** An answer of an internal service that came too late for a passive reply. */
export interface LateAnswer {
  readonly bot: string;
  readonly message: InboundMessage;
  readonly reply: ServiceReply;
  /** The smart bot's response_url, where the callback had one: a credential, good for one hour. */
  readonly responseUrl: string | null;
}

/** A gateway that runs. Nothing of it is global, so that several run in one process. */
export interface Gateway {
  /** `http://host:port` of the management API. */
  readonly address: string;
  /**
   * Serves one request that came through the tunnel: callbacks and `/api/health`, never the management API.
   * `body` is what it carries, where that is not the stream's own. Takes the stream over; a CONNECT to `UPGRADE_AUTHORITY` carries an HTTP/1.1 upgrade.
   */
  handleStream(stream: TunnelStream, headers: IncomingHttpHeaders, body?: Readable): void;
  reconfigure(config: GatewayConfig): void;
  /**
   * Sends one message through a robot or an app. It is stored first; resolves with what WeCom answered, also where it
   * refused, or after some seconds with `outcome: 'queued'`. Throws `AppError`: BOT_NOT_FOUND, SEND_NOT_SUPPORTED,
   * WEBHOOK_MISSING, APP_CREDENTIALS_MISSING, BAD_INPUT, MESSAGE_EMPTY, MESSAGE_TOO_LONG, BUSY, CONFLICT,
   * STORE_UNAVAILABLE.
   */
  send(bot: string, message: OutgoingMessage, options?: SendRequestOptions): Promise<SendResult>;
  /** Where an outgoing message stands. Throws NOT_FOUND. */
  sendStatus(id: string): SendStatus;
  /** What is left of a bot's minute, and how long a message would wait. */
  quota(bot: string): SendQuota;
  readonly outbox: OutboxControl;
  readonly media: MediaTransfer;
  /** Takes an app's message back within 24 hours. Throws NOT_FOUND, CONFLICT, WECOM_REFUSED and what a call throws. */
  recall(id: string): Promise<void>;
  /**
   * Changes a card of an app that was sent before, once within 72 hours; `update` is a `CardUpdate`. Throws BOT_NOT_FOUND,
   * SEND_NOT_SUPPORTED, APP_CREDENTIALS_MISSING, BAD_INPUT, WECOM_REFUSED, UNTRUSTED_IP, and what a call throws.
   */
  updateCard(bot: string, update: unknown): Promise<CardUpdated>;
  /** {@link Replays.redrive} */
  redrive(selection: MessageSelection): Promise<number>;
  readonly replays: Pick<Replays, 'start' | 'list' | 'get' | 'cancel' | 'onChange'>;
  /** File `n` (from 0) of a message to a smart bot, decrypted. Throws as {@link InboundMedia.open}. */
  openMedia(message: string, n: number): Promise<SpooledFile>;
  /** By bot: callbacks under each pair of keys since the start, or since the keys were changed. */
  credentialHits(): ReadonlyMap<string, CredentialHits>;
  /** Feeds the stream that answers a message. Throws NOT_FOUND, CONFLICT {reason}, MEDIA_REFUSED, STORE_UNAVAILABLE. */
  feedStream(message: string, feed: StreamFeed): Promise<StreamView>;
  /** Throws NOT_FOUND. */
  streamView(message: string): StreamView;
  /** Sends a late answer as the bot's `lateReply` says; null where it says none. */
  sendLate(late: LateAnswer): Promise<SendResult | null>;
  listMessages(query: MessageQuery): { rows: MessageRow[]; more: boolean };
  /** Throws `NOT_FOUND`. */
  getMessage(id: string): MessageDetail;
  /** Rows as they come and change; not coalesced. Returns the function that unsubscribes. */
  onMessage(listener: (row: MessageRow) => void): () => void;
  /**
   * Hands `body`, a JSON value, to a subscriber of a WebSocket target and resolves with what it answers. Throws NOT_FOUND,
   * CONFLICT for an HTTP target, BUSY, TARGET_UNREACHABLE, TARGET_TIMEOUT, TARGET_REFUSED.
   */
  postToTarget(target: string, body: unknown): Promise<unknown>;
  view(): GatewayView;
  /** What each published service does, by its id. */
  serviceFigures(): ReadonlyMap<string, ServiceFigures>;
  /** What is known of each target, by its id. */
  targetHealth(): ReadonlyMap<string, TargetHealth>;
  /** Adds series of the embedding program (tunnel up, round trip) to `/metrics`. */
  addMetrics(collect: () => Promise<string>): void;
  /** Stops taking requests, finishes those in flight (at most `drainMs`), closes the store. */
  close(drainMs?: number): Promise<void>;
}
