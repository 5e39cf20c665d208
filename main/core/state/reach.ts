import { isDeepStrictEqual } from 'node:util';
import type { ProxyChoice, TunnelConfig } from '../config/tunnel-config.ts';
import {
  createDialer,
  endpointText,
  environmentProxy,
  parsePacResult,
  parseProxyUrl,
  type Endpoint,
  type Environment,
  type LinkWay,
  type ProxySource,
} from '../tunnel/index.ts';
import type { HostPorts } from '../types.ts';

/**
 * How this device reaches its relays, by what `config.yaml` says. Where it says nothing: over TCP, or as a WebSocket to
 * `publicEndpoint`, the relay's public address that a `config.toml` may name; by the system's proxy, or the environment's
 * where the host cannot ask the system.
 */
export function wayOf(
  config: TunnelConfig | null,
  host: Pick<HostPorts, 'resolveProxy'>,
  env: Environment,
  publicEndpoint?: Endpoint,
): LinkWay {
  const said = saidIn(config);
  const transport = said.protocol ?? (publicEndpoint === undefined ? 'h2' : 'wss');
  const wss = new Map(said.wss);
  return {
    transport,
    heartbeatMs: said.heartbeatMs ?? undefined,
    compression: said.compression,
    dialer: createDialer({
      protocol: transport,
      proxy: proxySource(said.proxy, host, env),
      wssEndpoint: (control) => wss.get(endpointText(control)) ?? publicEndpoint,
      ...(said.bind === null ? {} : { bind: said.bind }),
      ...(said.publicCa === null ? {} : { publicCa: said.publicCa }),
    }),
  };
}

/** Whether two files make connections in the same way, so that those that there are may stay. */
export function isSameWay(one: TunnelConfig | null, other: TunnelConfig | null): boolean {
  return isDeepStrictEqual(saidIn(one), saidIn(other));
}

/** All that a file says of how connections are made. */
function saidIn(config: TunnelConfig | null) {
  return {
    protocol: config?.protocol ?? null,
    heartbeatMs: config?.heartbeatMs ?? null,
    compression: config?.compression ?? false,
    publicCa: config?.publicCa ?? null,
    proxy: config?.proxy ?? 'system',
    bind: config?.bind ?? null,
    wss: (config?.relays ?? []).flatMap(({ endpoint, wss }) =>
      wss === null ? [] : [[endpointText(endpoint), wss] as const],
    ),
  } as const;
}

function proxySource(
  choice: ProxyChoice,
  { resolveProxy }: Pick<HostPorts, 'resolveProxy'>,
  env: Environment,
): ProxySource {
  if (choice === 'none') return async () => ['direct'];
  if (choice === 'environment') return environmentProxy(env);
  if (choice === 'system') {
    if (resolveProxy === undefined) return environmentProxy(env);
    return async (target) => parsePacResult(await resolveProxy(`https://${endpointText(target)}/`));
  }
  const proxy = parseProxyUrl(choice.url);
  const { username, password } = choice;
  const credentials =
    username === undefined || password === undefined ? null : { username, password };
  return async () => [proxy === null ? 'direct' : { ...proxy, credentials }];
}
