import { existsSync } from 'node:fs';
import { configProblem } from '../../../common/domain/config-file.ts';
import {
  checkConfigFile,
  checkTunnelConfig,
  DEFAULT_CONFIG,
  tunnelConfigPlace,
  type ConfigProblem,
} from '../../core/index.ts';
import { print, type CommandContext } from './context.ts';

export interface ConfigNames {
  /** A `config.toml`. */
  readonly config: string | undefined;
  /** A `config.yaml`. */
  readonly tunnelConfig: string | undefined;
}

/**
 * `config check`: the files that are named, else those at the guide's places. A line for each that can be used and for each
 * thing that is wrong; 0 where nothing is, else 1.
 */
export async function checkConfig(context: CommandContext, named: ConfigNames): Promise<number> {
  const { io, words } = context;
  const { config, tunnelConfig } = named;
  const isNamed = config !== undefined || tunnelConfig !== undefined;
  const gateway = isNamed ? config : thereIs(DEFAULT_CONFIG);
  const tunnel = isNamed ? tunnelConfig : thereIs(tunnelConfigPlace().path);
  if (gateway === undefined && tunnel === undefined) {
    const places = `${DEFAULT_CONFIG}, ${tunnelConfigPlace().path}`;
    print(io.stderr, words.t('cli.config.none', { places }));
    return 1;
  }
  const reports = [
    gateway === undefined ? true : report(context, gateway, checkConfigFile(gateway, io.env)),
    tunnel === undefined ? true : report(context, tunnel, checkTunnelConfig(tunnel, io.env)),
  ];
  return reports.every(Boolean) ? 0 : 1;
}

function thereIs(file: string): string | undefined {
  return existsSync(file) ? file : undefined;
}

function report(
  { io, words }: CommandContext,
  file: string,
  checked: { readonly path: string } | { readonly problems: readonly ConfigProblem[] },
): boolean {
  if (!('problems' in checked)) {
    print(io.stdout, words.t('cli.config.ok', { file: checked.path }));
    return true;
  }
  for (const problem of checked.problems) {
    const { reason, words: params } = configProblem({ file, ...problem });
    print(io.stderr, words.t(`config.problem.${reason}`, params));
  }
  return false;
}
