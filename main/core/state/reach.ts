import type { ProxyChoice, TunnelConfig } from '../config/tunnel-config.ts';
import {
  createDialer,
  endpointText,
  environmentProxy,
  parsePacResult,
  parseProxyUrl,
  type Dialer,
  type Endpoint,
  type Environment,
  type ProxySource,
} from '../tunnel/index.ts';
import type { HostPorts } from '../types.ts';

/** How this device reaches its relays. */
export interface Reach {
  readonly transport: 'h2' | 'wss';
  readonly dialer: Dialer;
}

/**
 * By what `config.yaml` says. Where it says nothing: over TCP, or as a WebSocket to `publicEndpoint`, the relay's public address
 * that a `config.toml` may name; by the system's proxy, or the environment's where the host cannot ask the system.
 */
export function createReach(
  config: TunnelConfig | null,
  host: Pick<HostPorts, 'resolveProxy'>,
  env: Environment,
  publicEndpoint?: Endpoint,
): Reach {
  const transport = config?.protocol ?? (publicEndpoint === undefined ? 'h2' : 'wss');
  const wss = new Map(
    config?.relays?.flatMap((relay) =>
      relay.wss === null ? [] : [[endpointText(relay.endpoint), relay.wss] as const],
    ),
  );
  return {
    transport,
    dialer: createDialer({
      protocol: transport,
      proxy: proxySource(config?.proxy ?? 'system', host, env),
      wssEndpoint: (control) => wss.get(endpointText(control)) ?? publicEndpoint,
      ...(config?.bind == null ? {} : { bind: config.bind }),
      ...(config?.publicCa == null ? {} : { publicCa: config.publicCa }),
    }),
  };
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
