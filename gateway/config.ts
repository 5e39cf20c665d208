import type { BotKind, LateReply } from '../common/domain/bot.ts';
import type { Balance, GroupMember, Route } from '../common/domain/route.ts';

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
  /** Sending of a self-built app: all three are needed. */
  readonly corpId?: string;
  readonly corpSecret?: string;
  readonly agentId?: number;
  /** WeCom's API of a private deployment; the public one when left out. */
  readonly apiBase?: string;
  /** How its messages leave; as {@link GatewayOptions.egress} decides when left out. */
  readonly egress?: 'direct' | 'relay';
  /** Robots that carry a message while this one's minute is used up, first to last. */
  readonly overflow?: readonly string[];
  /** Where a late answer goes; by the bot's kind when left out. */
  readonly lateReply?: LateReply;
  /** Files that members send to this smart bot are fetched as they come and kept for a day. */
  readonly fetchMedia?: boolean;
  /** Target of everything this bot receives; null keeps it in the inbox. */
  readonly target: string | null;
}

/** What of a target is left out has its default: weight 1, priority 0, no health check, 30 s, 1024 in flight, not draining. */
export interface TargetConfig {
  readonly id: string;
  /** Empty for a target whose subscribers connect to `/api/ws` with a key of theirs. */
  readonly url: string;
  /** Signing secret, `whsec_` and base64 (Standard Webhooks). */
  readonly secret?: string;
  readonly weight?: number;
  readonly priority?: number;
  /** Path that answers 2xx or 3xx while the target can work; it is asked every 10 s. */
  readonly healthCheck?: string;
  /** How long it may take for one message, milliseconds. */
  readonly timeoutMs?: number;
  readonly maxInFlight?: number;
  /** Takes nothing new; what it works on ends undisturbed. */
  readonly draining?: boolean;
  /** Whether a 500 speaks against the target and not only against the message; true when left out. */
  readonly failOn500?: boolean;
}

/** A plain internal service that is reached through the tunnel by host and path. */
export interface ServiceConfig {
  readonly id: string;
  /** Host that a request must ask for, lower case, without port; null takes any. */
  readonly host: string | null;
  /** Path prefix, whole segments: `/shop` takes `/shop` and `/shop/…`. */
  readonly path: string;
  /** Takes the prefix off what the target gets. */
  readonly stripPath: boolean;
  /** Targets with a URL; a path of theirs goes in front. */
  readonly targets: readonly GroupMember[];
  readonly balance: Balance;
  /** Whether upgrades are passed on; true when left out. */
  readonly websocket?: boolean;
  /** Till the response's head, milliseconds; 60 s when left out. */
  readonly timeoutMs?: number;
}

/** `[compression]` of the configuration; callbacks are never compressed. */
export interface CompressionConfig {
  readonly enabled: boolean;
  /** Shorter responses stay as they are, bytes. */
  readonly minSize: number;
  /** 1 to 9. */
  readonly level: number;
}

/** `[connection_pool]`, for each target. */
export interface PoolConfig {
  readonly maxIdle: number;
  readonly maxOpen: number;
  readonly idleTimeoutMs: number;
}

/** A key of the management API; only its hash is known here. */
export interface ApiKeyConfig {
  readonly id: string;
  /** Lower hex SHA-256 of the key. */
  readonly hash: string;
  readonly scopes: readonly ('read' | 'send' | 'admin')[];
  /** WebSocket target that its holder serves: on `/api/ws` it gets that target's messages and answers them. */
  readonly target?: string;
}

/**
 * What becomes of a signed callback from an address that WeCom's own list lacks: `any` nobody looks · `warn` it is counted and taken ·
 * `wecom` its connection is cut.
 */
export type CallbackSourceMode = 'any' | 'warn' | 'wecom';

/** Everything an operator decides; replaced as a whole by {@link Gateway.reconfigure}. */
export interface GatewayConfig {
  readonly bots: readonly BotConfig[];
  readonly targets: readonly TargetConfig[];
  /** In the order in which they are tried; none when left out. */
  readonly routes?: readonly Route[];
  readonly services?: readonly ServiceConfig[];
  /** 50 idle, 200 open, 30 minutes when left out. */
  readonly connectionPool?: PoolConfig;
  /** Off when left out. */
  readonly compression?: CompressionConfig;
  /** Connections of the management port, and streams of the tunnel; 10,000 when left out. */
  readonly maxConnections?: number;
  /** Networks (CIDR) that targets may be in although they are link-local or a cloud's metadata service. */
  readonly allowedTargetNetworks?: readonly string[];
  /** Bot that `/wecom/callback` without a name serves; null serves none. */
  readonly defaultBot: string | null;
  readonly apiKeys: readonly ApiKeyConfig[];
  /** Greatest |now − timestamp| of a callback, milliseconds; 0 accepts any age. */
  readonly callbackMaxAgeMs: number;
  /** `warn` when left out. */
  readonly callbackSources?: CallbackSourceMode;
  /** Hosts whose webhooks may be called; a configured webhook's own host is always allowed. */
  readonly retentionMs: number;
  /** Greatest size of the store, bytes; 0 or left out for none. */
  readonly storeMaxBytes?: number;
  /** After this age the text of a message goes and its row stays, milliseconds; 0 or left out keeps it. */
  readonly redactMs?: number;
  /** Reverse proxies (addresses or CIDR) whose X-Forwarded-For is believed, for the log. */
  readonly trustedProxies?: readonly string[];
  /** Path of the health check beside `/api/health`. */
  readonly healthPath?: string;
}
