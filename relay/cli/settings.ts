import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import * as z from 'zod';
import { AppError } from '../../common/errors/app-error.ts';
import { RecoveryMode, SourceBlock } from '../../common/domain/relay/tunnel-rules.ts';
import { ports } from '../../common/tunnel/protocol.ts';
import { parsePattern } from '../egress/pattern.ts';
import type { PublicTls } from '../ingress/server.ts';
import type { Listen } from '../types.ts';

const LETS_ENCRYPT = 'https://acme-v02.api.letsencrypt.org/directory';

const ListenText = z.string().refine((text) => parseListen(text) !== null, 'host:port');
const EgressText = z.string().refine((text) => {
  try {
    parsePattern(text);
    return true;
  } catch {
    return false;
  }
}, 'host:port, *.host:port or host:*');

/** The file `relay.json` of a data directory. Unknown keys are errors: they are misspelt ones. */
export const RelaySettings = z.strictObject({
  name: z.string().min(1).max(64),
  /** Name or address under which devices reach the control port. */
  controlHost: z.string().min(1).max(253),
  /** Address that WeCom sees; null while it is not known. */
  fixedIp: z.union([z.ipv4(), z.ipv6()]).nullable(),
  /** Port in public addresses, where it is not the one that is listened on. */
  publicPort: z.int().min(1).max(65_535).optional(),
  listen: z
    .strictObject({
      public: ListenText.default(`0.0.0.0:${ports.public}`),
      /** Other relays on this machine, run by the same user, have the same public port. */
      sharePublic: z.boolean().default(false),
      control: ListenText.default(`0.0.0.0:${ports.control}`),
      admin: ListenText.default(`127.0.0.1:${ports.admin}`),
      /** Plain HTTP: redirects to HTTPS and answers ACME challenges; not opened unless told. */
      redirect: ListenText.optional(),
    })
    .prefault({}),
  /** PEM files, relative to this file. */
  publicTls: z
    .strictObject({ cert: z.string().min(1), key: z.string().min(1) })
    .default({ cert: 'public.crt', key: 'public.key' }),
  /** Certificates for the bound domains and the relay's own names from an ACME authority (RFC 8555); needs `listen.redirect`. */
  acme: z
    .strictObject({
      directoryUrl: z.url({ protocol: /^https?$/ }).default(LETS_ENCRYPT),
      email: z.email().optional(),
      /** The authority's terms have been read and are agreed to. */
      agreeToTerms: z.literal(true),
      eab: z.strictObject({ kid: z.string().min(1), hmacKey: z.string().min(1) }).optional(),
    })
    .optional(),
  /** The relay's own names on the public port besides `controlHost`; `acme` gets certificates for them too. */
  publicNames: z.array(z.hostname().max(253)).max(20).default([]),
  /** Days for which an expired device certificate may still be renewed with its key; 0 never. */
  recoveryDays: z.int().min(0).max(365).default(30),
  /** How: `auto` by themselves, `approve` once somebody has approved it in the console or by the command line. */
  recovery: RecoveryMode.default('auto'),
  /** Proxies in front of the public port, CIDR blocks or addresses: only they may say who the client is. */
  trustedProxies: z.array(SourceBlock).max(100).default([]),
  /** Public connections begin with a PROXY header. */
  proxyProtocol: z.boolean().default(false),
  /** Seconds of Strict-Transport-Security; 0 leaves it out. */
  hstsSeconds: z.int().min(0).max(63_072_000).default(0),
  limits: z
    .strictObject({
      // As much as a data session carries, which `fitsTunnel` sees to.
      headerBytes: z.int().min(4_096).max(61_440),
      headerCount: z.int().min(16).max(240),
      bodyBytes: z
        .int()
        .min(1_024)
        .max(1024 ** 3),
      callbackBytes: z
        .int()
        .min(16_384)
        .max(4 * 1024 ** 2),
      connections: z.int().min(10).max(60_000),
      connectionsPerSource: z.int().min(1).max(60_000),
      inFlightPerTunnel: z.int().min(1).max(60_000),
      webSocketsPerTunnel: z.int().min(0).max(60_000),
      requestsPerSecond: z.int().min(1).max(100_000).nullable(),
      headMs: z.int().min(1_000).max(120_000),
      minBodyRate: z
        .int()
        .min(0)
        .max(1024 ** 2),
      signatureMaxAgeMs: z.int().min(0).max(86_400_000),
      overloadDelayMs: z.int().min(50).max(60_000),
    })
    .partial()
    .default({}),
  /** Certificate of the admin port, PEM files relative to this file; needed where it listens beyond this machine. */
  adminTls: z.strictObject({ cert: z.string().min(1), key: z.string().min(1) }).optional(),
  /** Names under which the console is opened, besides this machine's own and those of `adminTls`. */
  adminHosts: z.array(z.string().min(1).max(253)).max(20).default([]),
  egressAllow: z.array(EgressText).max(100).default(['qyapi.weixin.qq.com:443']),
});
export type RelaySettings = z.infer<typeof RelaySettings>;

export function settingsFile(dataDir: string): string {
  return join(dataDir, 'relay.json');
}

/** `host:port`, IPv6 in brackets; null when malformed. Port 0 takes a free one. */
export function parseListen(text: string): Listen | null {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]\s]+)):([0-9]{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) return null;
  return { host: match[1] ?? match[2] ?? '', port };
}

/** Reads and checks the settings. Throws `CONFIG_INVALID` with the file, the key and what is wrong with it. */
export async function readSettings(dataDir: string): Promise<RelaySettings> {
  const file = settingsFile(dataDir);
  let value: unknown;
  try {
    value = JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    const reason = missing ? 'the file does not exist; run "relay init" first' : 'it is not JSON';
    throw new AppError('CONFIG_INVALID', { file, reason }, { cause });
  }
  const parsed = RelaySettings.safeParse(value);
  if (parsed.success) return consistent(file, parsed.data);
  const issue = parsed.error.issues[0];
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys.join(', ') : null;
  throw new AppError('CONFIG_INVALID', {
    file,
    key: unknown ?? (issue?.path.join('.') || 'relay.json'),
    reason: issue?.message ?? 'not valid',
  });
}

/** Settings that need each other. */
function consistent(file: string, settings: RelaySettings): RelaySettings {
  if (settings.acme !== undefined && settings.listen.redirect === undefined) {
    const reason = 'acme proves domains over plain HTTP: set it, to 0.0.0.0:80 as a rule';
    throw new AppError('CONFIG_INVALID', { file, key: 'listen.redirect', reason });
  }
  if (settings.proxyProtocol && settings.trustedProxies.length === 0) {
    const reason = 'proxyProtocol believes whoever connects: name the proxies';
    throw new AppError('CONFIG_INVALID', { file, key: 'trustedProxies', reason });
  }
  return settings;
}

/** Where a certificate and its key are, which the settings name relative to their own file. */
export function tlsFiles(
  dataDir: string,
  files: RelaySettings['publicTls'],
): { readonly cert: string; readonly key: string } {
  const base = dirname(settingsFile(dataDir));
  return { cert: resolve(base, files.cert), key: resolve(base, files.key) };
}

/** Reads the public certificate and key. Throws `CONFIG_INVALID`. */
export function readPublicTls(dataDir: string, settings: RelaySettings): Promise<PublicTls> {
  return readTls(dataDir, 'publicTls', settings.publicTls);
}

/** Reads the admin port's certificate and key; null where it has none. Throws `CONFIG_INVALID`. */
export async function readAdminTls(
  dataDir: string,
  { adminTls }: RelaySettings,
): Promise<PublicTls | null> {
  return adminTls === undefined ? null : readTls(dataDir, 'adminTls', adminTls);
}

async function readTls(
  dataDir: string,
  name: 'publicTls' | 'adminTls',
  files: RelaySettings['publicTls'],
): Promise<PublicTls> {
  const paths = tlsFiles(dataDir, files);
  const read = async (key: 'cert' | 'key'): Promise<string> => {
    const file = paths[key];
    try {
      return await readFile(file, 'utf8');
    } catch (cause) {
      throw new AppError(
        'CONFIG_INVALID',
        { file, key: `${name}.${key}`, reason: 'the file cannot be read' },
        { cause },
      );
    }
  };
  return { cert: await read('cert'), key: await read('key') };
}
