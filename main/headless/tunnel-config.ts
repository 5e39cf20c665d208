import { findTunnelConfig, readTunnelConfig, type TunnelConfig } from '../core/index.ts';

/** The `config.yaml` that was named, or the one at the guide's place; null where there is none. Throws CONFIG_INVALID. */
export function tunnelConfigOf(
  file: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): TunnelConfig | null {
  return file === undefined ? findTunnelConfig(env) : readTunnelConfig(file, env);
}
