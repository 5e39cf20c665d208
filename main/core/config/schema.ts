import * as z from 'zod';
import {
  BotEgress,
  BotId,
  BotKind,
  CallbackToken,
  CorpId,
  EncodingAesKey,
  LateReply,
  TargetId,
} from '../../../common/domain/bot.ts';
import { Balance, HashBy, RouteId } from '../../../common/domain/route.ts';
import {
  duration,
  endpoint,
  flag,
  integer,
  oneOf,
  oneOrMore,
  secret,
  size,
  table,
  text,
  word,
} from './fields.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;

const named = 'lower-case letters, digits, "-" and "_", beginning with a letter or digit';
const botId = word(BotId, `a bot's name: ${named}`);
const targetId = word(TargetId, `a target's name: ${named}`);
const path = text('a path that begins with "/"', (value) => /^\/[\x21-\x7e]{0,255}$/.test(value));
const httpUrl = text('an address that begins with http:// or https://', (value) =>
  /^https?:$/.test(URL.parse(value)?.protocol ?? ''),
);
const label = text('a text of 1 to 128 characters', (value) => /^.{1,128}$/su.test(value));
const weight = integer(1, 100);
const priority = integer(0, 9);
const members = oneOrMore(
  z.union(
    [targetId, table({ id: targetId, weight: weight.optional(), priority: priority.optional() })],
    {
      error: () => 'a target\'s name, or { id = "…", weight = 1, priority = 0 }',
    },
  ),
  "a target's name",
  32,
);

/** `[server]` (guide §4.2). */
const Server = table({
  port: integer(0, 65_535).optional(),
  worker_threads: integer(1, 128).optional(),
  max_connections: integer(1, 1_000_000).optional(),
});

/** `[tunnel]` (guide §4.2). */
const Tunnel = table({
  endpoint: endpoint('host:port').optional(),
  retry_interval: duration(100, 10 * MINUTE, '100ms to 10m').optional(),
  health_check: path.optional(),
});

/** `[logging]` (guide §4.2). */
const Logging = table({
  level: oneOf(['debug', 'info', 'warn', 'error']).optional(),
  format: oneOf(['json', 'text']).optional(),
  output: oneOrMore(
    text(
      '"stdout", "stderr" or a file by its absolute path',
      (value) => value === 'stdout' || value === 'stderr' || /^(\/|[A-Za-z]:[\\/])./.test(value),
    ),
    '"stdout", "stderr" or a file by its absolute path',
    8,
  ).optional(),
});

/** `[connection_pool]` (guide §4.3). */
const ConnectionPool = table({
  max_idle: integer(0, 10_000).optional(),
  max_open: integer(1, 10_000).optional(),
  idle_timeout: duration(1_000, DAY, '1s to 1d').optional(),
});

/** `[compression]` (guide §4.3). */
const Compression = table({
  enabled: flag().optional(),
  min_size: integer(0, 1 << 30).optional(),
  level: integer(1, 9).optional(),
});

const Bot = table({
  id: botId,
  kind: oneOf(BotKind.options),
  name: text('a text of up to 64 characters', (value) => value.length <= 64).optional(),
  token: secret().optional(),
  encoding_aes_key: secret().optional(),
  receive_id: text('a text of up to 64 characters', (value) => value.length <= 64).optional(),
  previous_token: secret().optional(),
  previous_encoding_aes_key: secret().optional(),
  webhook: secret().optional(),
  corp_id: word(CorpId, 'a CorpID: letters, digits, "-" and "_"').optional(),
  corp_secret: secret().optional(),
  agent_id: integer(0, 2 ** 31 - 1).optional(),
  egress: oneOf(BotEgress.options).optional(),
  overflow: oneOrMore(botId, "a robot's name", 16).optional(),
  late_reply: word(LateReply, '"response_url", "app", "none", "robot:NAME"').optional(),
  api_base: httpUrl.optional(),
  fetch_media: flag().optional(),
  target: targetId.optional(),
  default: flag().optional(),
});

const Target = table({
  id: targetId,
  url: httpUrl.optional(),
  websocket: flag().optional(),
  weight: weight.optional(),
  priority: priority.optional(),
  secret: secret().optional(),
  health_check: path.optional(),
  timeout: duration(100, 2 * MINUTE, '100ms to 2m').optional(),
  max_in_flight: integer(1, 10_000).optional(),
  fail_on_500: flag().optional(),
});

const Route = table({
  id: word(RouteId, `a route's name: ${named}`).optional(),
  name: text('a text of up to 64 characters', (value) => value.length <= 64).optional(),
  enabled: flag().optional(),
  bot: oneOrMore(botId, "a bot's name").optional(),
  type: oneOrMore(label, "a message's type").optional(),
  event: oneOrMore(label, "an event's name").optional(),
  text: oneOrMore(label, 'a keyword').optional(),
  pattern: text(
    'a regular expression of up to 256 characters',
    (value) => value.length <= 256,
  ).optional(),
  sender: oneOrMore(label, 'a UserID').optional(),
  chat: oneOrMore(label, "a chat's id").optional(),
  target: targetId.optional(),
  targets: members.optional(),
  balance: oneOf(Balance.options).optional(),
  hash_by: oneOf(HashBy.options).optional(),
});

const Service = table({
  id: targetId,
  host: text('a host name').optional(),
  path: path.optional(),
  strip_path: flag().optional(),
  target: targetId.optional(),
  targets: members.optional(),
  balance: oneOf(Balance.options).optional(),
  websocket: flag().optional(),
  timeout: duration(100, 10 * MINUTE, '100ms to 10m').optional(),
});

const network = text('a network such as "10.0.0.0/8" or an IP address', (value) =>
  /^[0-9a-fA-F:.]+(\/\d{1,3})?$/.test(value),
);

const Security = table({
  callback_max_age: duration(0, DAY, '"0" accepts any age, at most 1d').optional(),
  callback_addresses: oneOf(['any', 'warn', 'wecom']).optional(),
  admin_listen: endpoint('host:port').optional(),
  trusted_proxies: oneOrMore(network, 'a network or an IP address').optional(),
  allowed_target_networks: oneOrMore(network, 'a network or an IP address').optional(),
});

const Storage = table({
  engine: oneOf(['sqlite']).optional(),
  path: text('a directory by its absolute path', (value) =>
    /^(\/|[A-Za-z]:[\\/])./.test(value),
  ).optional(),
  retention: duration(DAY, 3650 * DAY, '1d to 3650d').optional(),
  max_size: size(0, 2 ** 50, '"0" sets no limit').optional(),
  redact_after: duration(0, 3650 * DAY, '"0" keeps the text as long as the message').optional(),
});

const hash = text('the SHA-256 of the key, 64 hex digits', (value) => /^[0-9a-f]{64}$/.test(value));
const ApiKey = table({
  id: text('a text of 1 to 64 characters', (value) => /^.{1,64}$/u.test(value)),
  hash,
  scopes: oneOrMore(oneOf(['read', 'send', 'admin']), '"read", "send" or "admin"', 3),
  target: targetId.optional(),
});
const Api = table({
  keys: z
    .array(ApiKey, { error: () => 'a list of tables' })
    .max(100)
    .optional(),
});

const tables = <S extends z.ZodType>(item: S) =>
  z
    .array(item, { error: () => 'a list of tables' })
    .max(1000, { error: () => 'up to 1000 tables' });

/** `/etc/gateway/config.toml`: the keys of the deployment guide and ours (DESIGN §6). */
export const ConfigSchema = table({
  server: Server.optional(),
  tunnel: Tunnel.optional(),
  logging: Logging.optional(),
  connection_pool: ConnectionPool.optional(),
  compression: Compression.optional(),
  bots: tables(Bot).optional(),
  targets: tables(Target).optional(),
  routes: tables(Route).optional(),
  services: tables(Service).optional(),
  security: Security.optional(),
  storage: Storage.optional(),
  api: Api.optional(),
});
export type ConfigValues = z.output<typeof ConfigSchema>;

/** What secrets of a bot must look like once they are read; anything else is refused like a wrong key. */
export const secretRules = {
  token: [CallbackToken, 'up to 32 letters and digits'],
  encoding_aes_key: [EncodingAesKey, '43 letters and digits'],
  previous_token: [CallbackToken, 'up to 32 letters and digits'],
  previous_encoding_aes_key: [EncodingAesKey, '43 letters and digits'],
  webhook: [z.url({ protocol: /^https?$/ }), 'an address that begins with https://'],
  corp_secret: [z.string().regex(/^[A-Za-z0-9_-]{1,256}$/), 'letters, digits, "-" and "_"'],
} as const satisfies Record<string, readonly [z.ZodType, string]>;
