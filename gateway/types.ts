import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { Dispatcher } from 'undici';
import type { BotKind } from '../common/domain/bot.ts';
import type { GatewayView } from '../common/domain/gateway.ts';
import type { MessageDetail, MessageQuery, MessageRow } from '../common/domain/history.ts';
import type { Logger } from '../common/domain/log.ts';
import type { RobotMessage, SendResult } from '../common/domain/outgoing.ts';

/** A bot with its secrets, as the gateway works with it. */
export interface BotConfig {
  readonly id: string;
  readonly kind: BotKind;
  readonly token?: string;
  readonly encodingAesKey?: string;
  /** CorpID for apps; the empty string for smart bots. */
  readonly receiveId: string;
  /** The pair that is being replaced; both are accepted while it is set. */
  readonly previousToken?: string;
  readonly previousEncodingAesKey?: string;
  /** Whole webhook address of a group robot, key included: a credential. */
  readonly webhook?: string;
  /** Target of everything this bot receives; null keeps it in the inbox. */
  readonly target: string | null;
}

export interface TargetConfig {
  readonly id: string;
  readonly url: string;
  /** Signing secret, `whsec_` and base64 (Standard Webhooks). */
  readonly secret?: string;
}

/** A key of the management API; only its hash is known here. */
export interface ApiKeyConfig {
  readonly id: string;
  /** Lower hex SHA-256 of the key. */
  readonly hash: string;
  readonly scopes: readonly ('read' | 'send' | 'admin')[];
}

/** Everything an operator decides; replaced as a whole by {@link Gateway.reconfigure}. */
export interface GatewayConfig {
  readonly bots: readonly BotConfig[];
  readonly targets: readonly TargetConfig[];
  /** Bot that `/wecom/callback` without a name serves; null serves none. */
  readonly defaultBot: string | null;
  readonly apiKeys: readonly ApiKeyConfig[];
  /** Greatest |now − timestamp| of a callback, milliseconds; 0 accepts any age. */
  readonly callbackMaxAgeMs: number;
  /** Hosts whose webhooks may be called; a configured webhook's own host is always allowed. */
  readonly retentionMs: number;
}

/** The way out to WeCom. */
export interface Egress {
  readonly via: 'direct' | 'relay';
  /** Address that WeCom sees; null while unknown. */
  ip(): string | null;
  /** For undici's `request(url, { dispatcher })`. */
  dispatcher(): Dispatcher;
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
  /** Milliseconds since the epoch; for testing. */
  readonly now?: () => number;
}

/** A gateway that runs. Nothing of it is global, so that several run in one process. */
export interface Gateway {
  /** `http://host:port` of the management API. */
  readonly address: string;
  /**
   * Serves one request that came through the tunnel: callbacks and `/api/health`, never the management API.
   * Takes the stream over; a CONNECT to `UPGRADE_AUTHORITY` carries an HTTP/1.1 upgrade.
   */
  handleStream(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void;
  reconfigure(config: GatewayConfig): void;
  /**
   * Sends one message through a robot. Resolves with what WeCom answered, also where it refused.
   * Throws `AppError`: BOT_NOT_FOUND, SEND_NOT_SUPPORTED, WEBHOOK_MISSING, MESSAGE_EMPTY, MESSAGE_TOO_LONG.
   */
  send(bot: string, message: RobotMessage): Promise<SendResult>;
  /** What is left of a robot's minute. */
  quota(bot: string): { remaining: number; resetAt: number };
  listMessages(query: MessageQuery): { rows: MessageRow[]; more: boolean };
  /** Throws `NOT_FOUND`. */
  getMessage(id: string): MessageDetail;
  /** Rows as they come and change; not coalesced. Returns the function that unsubscribes. */
  onMessage(listener: (row: MessageRow) => void): () => void;
  view(): GatewayView;
  /** Health of each target by id; null before the first message to it. */
  targetHealth(): ReadonlyMap<string, boolean | null>;
  /** Adds series of the embedding program (tunnel up, round trip) to `/metrics`. */
  addMetrics(collect: () => Promise<string>): void;
  /** Stops taking requests, finishes those in flight (at most `drainMs`), closes the store. */
  close(drainMs?: number): Promise<void>;
}
