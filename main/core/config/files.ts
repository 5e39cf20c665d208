import { existsSync } from 'node:fs';
import type { ConfigFileView } from '../../../common/domain/config-file.ts';
import type { Logger } from '../../../common/domain/log.ts';
import { AppError } from '../../../common/errors/app-error.ts';
import type { Exclusive } from '../api/exclusive.ts';
import { readConfigFile, type ConfigFile } from './config-file.ts';
import { keepFile, type KeptFile } from './kept-file.ts';
import { needsRestart } from './restart.ts';
import {
  findTunnelConfig,
  readTunnelConfig,
  type TunnelConfig,
  type TunnelConfigPlace,
} from './tunnel-config.ts';
import { watchFiles } from './watch-files.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** Where the configuration files are. */
export interface ConfigPlaces {
  readonly configFile?: string;
  readonly tunnelConfig?: TunnelConfigPlace;
}

/** What a program starts with. */
export interface FirstConfig {
  readonly gateway: ConfigFile | null;
  readonly tunnel: TunnelConfig | null;
}

/** Reads both files. Throws CONFIG_INVALID. */
export function readFirstConfig(places: ConfigPlaces, env: Env): FirstConfig {
  const { configFile, tunnelConfig } = places;
  return {
    gateway: configFile === undefined ? null : readConfigFile(configFile, env),
    tunnel: tunnelConfig === undefined ? null : findTunnelConfig(tunnelConfig, env),
  };
}

export interface ConfigFilesOptions {
  readonly places: ConfigPlaces;
  readonly env: Env;
  readonly first: FirstConfig;
  /** What a `config.toml` alone does not show. Throws CONFIG_INVALID. */
  readonly check: (next: ConfigFile) => void;
  readonly applyGateway: (next: ConfigFile) => void;
  readonly applyTunnel: (next: TunnelConfig, before: TunnelConfig | null) => Promise<void>;
  readonly onChange: () => void;
  readonly exclusive: Exclusive;
  readonly log: Logger;
  readonly now: () => number;
  /** Milliseconds between two looks at `config.yaml`; for testing. */
  readonly lookMs?: number | undefined;
}

/** The configuration files of a running program. */
export interface ConfigFiles {
  /** What is in force of `config.toml`. */
  readonly gateway: () => ConfigFile | null;
  /** What is in force of `config.yaml`. */
  readonly tunnel: () => TunnelConfig | null;
  readonly views: () => ConfigFileView[];
  /** Reads both again. Throws what the first throws that was not taken; NOT_FOUND where there is none. */
  readonly reload: () => Promise<void>;
  /** Takes `config.yaml` again whenever it or a file that it names changes, until the function that comes back is called. */
  readonly watch: () => Promise<() => void>;
}

export function keepConfigFiles(options: ConfigFilesOptions): ConfigFiles {
  const { places, env, first, exclusive } = options;
  const { configFile, tunnelConfig } = places;
  const gateway =
    configFile === undefined
      ? null
      : keepFile({
          ...options,
          path: first.gateway?.path ?? configFile,
          first: first.gateway,
          read: () => {
            const next = readConfigFile(configFile, env);
            options.check(next);
            return next;
          },
          apply: options.applyGateway,
          restart: needsRestart,
        });
  const tunnel =
    tunnelConfig === undefined
      ? null
      : keepFile({
          ...options,
          path: tunnelConfig.path,
          first: first.tunnel,
          read: () => readTunnelConfig(tunnelConfig.path, env),
          apply: options.applyTunnel,
        });

  const reload = async (): Promise<void> => {
    // A file that need not be there, and never was.
    const there = [gateway, tunnel].filter(
      (file): file is KeptFile<ConfigFile> | KeptFile<TunnelConfig> =>
        file !== null && (file !== tunnel || isThere()),
    );
    if (there.length === 0) throw new AppError('NOT_FOUND', { kind: 'config' });
    const results: PromiseSettledResult<void>[] = [];
    for (const file of there) results.push(...(await Promise.allSettled([file.reload()])));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  };
  const isThere = (): boolean =>
    tunnelConfig !== undefined &&
    (tunnelConfig.required || tunnel?.view() != null || existsSync(tunnelConfig.path));

  return {
    gateway: () => gateway?.current() ?? null,
    tunnel: () => tunnel?.current() ?? null,
    views: () => [gateway, tunnel].flatMap((file) => file?.view() ?? []),
    reload: () => exclusive(reload),
    watch: async () => {
      if (tunnel === null) return () => undefined;
      return watchFiles({
        files: () => [tunnel.path, ...(tunnel.current()?.files ?? [])],
        isWaiting: () => tunnel.view()?.error != null,
        // What was wrong is in the log and in the view.
        onChange: () => exclusive(tunnel.reload).catch(() => undefined),
        lookMs: options.lookMs,
      });
    },
  };
}
