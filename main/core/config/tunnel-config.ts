import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { AppError } from '../../../common/errors/app-error.ts';
import type { Endpoint } from '../tunnel/index.ts';
import type { SecretSource } from './fields.ts';
import { configError, MAX_CONFIG_BYTES, type ConfigProblem, type Refused } from './parse.ts';
import { pathText, type Path } from './positions.ts';
import { parseTunnelYaml, type ParsedTunnelYaml } from './tunnel-yaml.ts';

/** Where the guide puts the file; read when it is there and nothing else was named. */
export const DEFAULT_TUNNEL_CONFIG = '/etc/tunnel/config.yaml';

/** Where a `config.yaml` is looked for, and whether it has to be there. */
export interface TunnelConfigPlace {
  /** Absolute. */
  readonly path: string;
  readonly required: boolean;
}

/** The file that was named, which has to be there, else the guide's place. */
export function tunnelConfigPlace(named?: string): TunnelConfigPlace {
  return named === undefined
    ? { path: DEFAULT_TUNNEL_CONFIG, required: false }
    : { path: resolve(named), required: true };
}

/** Longest PEM file that is read, bytes. */
const MAX_PEM_BYTES = 256 * 1024;

/** How the proxy is chosen: by the system, by the environment, none, or this one. */
export type ProxyChoice =
  | 'system'
  | 'environment'
  | 'none'
  | { readonly url: string; readonly username?: string; readonly password?: string };

export interface RelayConfig {
  readonly endpoint: Endpoint;
  /** The lowest is preferred; equal ones in the order of the file. */
  readonly priority: number;
  readonly wss: Endpoint | null;
  readonly caSha256: string | null;
}

/** Paths of the PEM files that take the place of the enrolled identity. */
export interface IdentityFiles {
  readonly certificate: string;
  readonly key: string;
  readonly ca: string;
}

/** Everything that a `config.yaml` says; what it leaves out is null and decided elsewhere. */
export interface TunnelConfig {
  /** Absolute path: the source that locked values show. */
  readonly path: string;
  /** Absolute paths of the other files that it names. */
  readonly files: readonly string[];
  readonly protocol: 'h2' | 'wss' | null;
  readonly heartbeatMs: number | null;
  readonly compression: boolean | null;
  /** PEM. */
  readonly publicCa: string | null;
  readonly identityFiles: IdentityFiles | null;
  /** PEM of the relay's CA for a first contact without a token. */
  readonly ca: string | null;
  readonly relays: readonly RelayConfig[] | null;
  readonly proxy: ProxyChoice | null;
  readonly bind: string | null;
  readonly healthCheck: {
    readonly path: string | null;
    readonly intervalMs: number | null;
    readonly retries: number | null;
    readonly failures: number | null;
  };
}

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Reads a `config.yaml` and what it points to. Throws CONFIG_INVALID {file, line, column, key, reason, allowed} for the first
 * of its problems, and {file, reason} where it cannot be read.
 */
export function readTunnelConfig(file: string, env: Env): TunnelConfig {
  const checked = checkTunnelConfig(file, env);
  if ('problems' in checked) throw configError(resolve(file), checked.problems);
  return checked;
}

/** {@link readTunnelConfig} with all the problems. Throws CONFIG_INVALID {file, reason} where the file cannot be read. */
export function checkTunnelConfig(file: string, env: Env): TunnelConfig | Refused {
  const path = resolve(file);
  const parsed = parseTunnelYaml(readText(path, MAX_CONFIG_BYTES));
  if ('problems' in parsed) return parsed;
  const problems: ConfigProblem[] = [];
  const config = assemble(path, parsed, env, problems);
  return problems.length > 0 ? { problems } : config;
}

/** The file at a place, or null where there is none and need not be. Throws as {@link readTunnelConfig}. */
export function findTunnelConfig(place: TunnelConfigPlace, env: Env): TunnelConfig | null {
  if (!place.required && statSync(place.path, { throwIfNoEntry: false }) === undefined) return null;
  return readTunnelConfig(place.path, env);
}

/** Where an auth file's certificate is picked up, and by what that relay is known; null where the file does not say both. */
export function pickupRelay(
  config: TunnelConfig | null,
): { host: string; port: number; trust: { sha256: string } | { pem: string } } | null {
  if (config === null) return null;
  const [first] = config.relays?.toSorted((a, b) => a.priority - b.priority) ?? [];
  if (first === undefined) return null;
  if (first.caSha256 !== null) return { ...first.endpoint, trust: { sha256: first.caSha256 } };
  return config.ca === null ? null : { ...first.endpoint, trust: { pem: config.ca } };
}

/** Setting → file that fixes it, for the console. */
export function lockedByTunnelConfig(config: TunnelConfig | null): Record<string, string> {
  if (config === null) return {};
  const set: readonly (readonly [string, boolean])[] = [
    ['tunnel.protocol', config.protocol !== null],
    ['tunnel.heartbeat', config.heartbeatMs !== null],
    ['tunnel.compression', config.compression !== null],
    ['tunnel.identity', config.identityFiles !== null],
    ['tunnel.relays', config.relays !== null],
    ['tunnel.proxy', config.proxy !== null],
    ['tunnel.bind', config.bind !== null],
    ['tunnel.healthCheck', Object.values(config.healthCheck).some((value) => value !== null)],
  ];
  return Object.fromEntries(set.flatMap(([key, is]) => (is ? [[key, config.path]] : [])));
}

function readText(path: string, limit: number): string {
  try {
    if (statSync(path).size > limit) throw new AppError('TOO_LARGE', { limit });
    return readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
    throw new AppError('CONFIG_INVALID', { file: path, reason: code }, { cause });
  }
}

function assemble(
  path: string,
  { values, locate }: ParsedTunnelYaml,
  env: Env,
  problems: ConfigProblem[],
): TunnelConfig {
  const base = dirname(path);
  const report = (at: Path, allowed: string): void =>
    void problems.push({ ...locate(at), key: pathText(at), reason: 'value', allowed });
  const pem = (at: Path, name: string | undefined, check: (text: string) => unknown) => {
    if (name === undefined) return null;
    try {
      const content = readText(resolve(base, name), MAX_PEM_BYTES);
      check(content);
      return content;
    } catch {
      report(at, 'a PEM file that can be read');
      return null;
    }
  };
  const certificate = (text: string): unknown => new X509Certificate(text);
  const mtls = values.security?.mTLS;
  const at = (key: string): Path => ['security', 'mTLS', key];
  const ca = pem(at('ca_cert'), mtls?.ca_cert, certificate);
  pem(at('client_cert'), mtls?.client_cert, certificate);
  pem(at('client_key'), mtls?.client_key, (text) => createPrivateKey(text));
  return {
    path,
    files: filesOf(values).map((name) => resolve(base, name)),
    protocol: values.transport?.protocol ?? null,
    heartbeatMs: values.transport?.heartbeat ?? null,
    compression: values.transport?.compression ?? null,
    publicCa: pem(['transport', 'public_ca'], values.transport?.public_ca, certificate),
    identityFiles:
      mtls?.client_cert === undefined || mtls.client_key === undefined || mtls.ca_cert === undefined
        ? null
        : {
            certificate: resolve(base, mtls.client_cert),
            key: resolve(base, mtls.client_key),
            ca: resolve(base, mtls.ca_cert),
          },
    ca,
    relays:
      values.relays?.map((relay, index) => ({
        endpoint: { ...relay.endpoint, host: relay.endpoint.host.toLowerCase() },
        priority: relay.priority ?? index,
        wss: relay.wss ?? null,
        caSha256: relay.ca_sha256?.toLowerCase() ?? null,
      })) ?? null,
    proxy: proxyOf(values.proxy, base, env, report),
    bind: values.bind ?? null,
    healthCheck: {
      path: values.health_check?.path ?? null,
      intervalMs: values.health_check?.interval ?? null,
      retries: values.health_check?.retries ?? null,
      failures: values.health_check?.failures ?? null,
    },
  };
}

function filesOf({ transport, security, proxy }: ParsedTunnelYaml['values']): string[] {
  const { client_cert: certificate, client_key: key, ca_cert: ca } = security?.mTLS ?? {};
  const password = typeof proxy === 'object' ? proxy.password : undefined;
  const secret = typeof password === 'object' && 'file' in password ? password.file : undefined;
  return [transport?.public_ca, certificate, key, ca, secret].filter((name) => name !== undefined);
}

function proxyOf(
  proxy: ParsedTunnelYaml['values']['proxy'],
  base: string,
  env: Env,
  report: (at: Path, allowed: string) => void,
): ProxyChoice | null {
  if (proxy === undefined) return null;
  if (typeof proxy === 'string') return proxy;
  const { url, username } = proxy;
  if (username === undefined || proxy.password === undefined) return { url };
  const password = readSecret(proxy.password, base, env);
  if (password === null) report(['proxy', 'password'], 'a file or variable that is there');
  return { url, username, password: password ?? '' };
}

function readSecret(source: SecretSource, base: string, env: Env): string | null {
  if (typeof source === 'string') return source;
  if ('env' in source) return env[source.env] ?? null;
  try {
    return readText(resolve(base, source.file), MAX_PEM_BYTES).trim();
  } catch {
    return null;
  }
}
