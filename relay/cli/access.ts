import * as z from 'zod';
import { TunnelAccess } from '../../common/domain/relay/tunnel-rules.ts';
import { adminClientOf } from './admin-client.ts';
import { texts, UsageError, type ParsedCommand, type Terminal } from './command.ts';

const Answer = z.object({
  access: TunnelAccess,
  domains: z.record(z.string(), TunnelAccess),
});

/** Options of {@link access}. */
export const accessOptions = {
  path: { type: 'string', multiple: true },
  source: { type: 'string', multiple: true },
  open: { type: 'boolean' },
  inherit: { type: 'boolean' },
} as const;

/**
 * `tunnel access NAME [--domain DOMAIN]`: shows the white-lists of a tunnel and of its domains; with `--path` and `--source` sets
 * both lists, with `--open` empties them, with `--inherit` lets a domain have the tunnel's.
 */
export async function access(command: ParsedCommand, terminal: Terminal): Promise<void> {
  const [, name, ...rest] = command.positionals;
  if (name === undefined || rest.length > 0) throw new UsageError('tunnel access NAME');
  const [domain, ...others] = texts(command, 'domain');
  if (others.length > 0) throw new UsageError('--domain names one domain');
  const change = changeOf(command, domain);
  const client = await adminClientOf(command);
  const path = `/api/tunnels/${encodeURIComponent(name)}/access`;
  if (change !== undefined) {
    const body = domain === undefined ? { access: change } : { domain, access: change };
    await client.call('POST', path, z.null(), body);
  }
  const found = await client.call('GET', path, Answer);
  if (command.values['json'] === true) terminal.out(JSON.stringify(found, null, 2));
  else {
    terminal.out(`${name}  ${words(found.access)}`);
    for (const [one, own] of Object.entries(found.domains)) terminal.out(`  ${one}  ${words(own)}`);
  }
}

/** What is to be set; undefined where nothing is. Throws {@link UsageError}. */
function changeOf(
  command: ParsedCommand,
  domain: string | undefined,
): TunnelAccess | null | undefined {
  const lists = { paths: texts(command, 'path'), sources: texts(command, 'source') };
  const given = lists.paths.length + lists.sources.length > 0;
  const [open, inherit] = [command.values['open'] === true, command.values['inherit'] === true];
  if (Number(given) + Number(open) + Number(inherit) > 1) {
    throw new UsageError('--path and --source, --open, or --inherit: one of the three');
  }
  if (inherit && domain === undefined) throw new UsageError('--inherit goes with --domain');
  if (inherit) return null;
  return given || open ? lists : undefined;
}

function words({ paths, sources }: TunnelAccess): string {
  const list = (what: string, of: readonly string[]): string =>
    of.length === 0 ? `any ${what}` : `${what}s ${of.join(' ')}`;
  return `${list('path', paths)}, ${list('source', sources)}`;
}
