import * as z from 'zod';
import { access, accessOptions } from './access.ts';
import { adminClientOf, adminOptions, type AdminClient } from './admin-client.ts';
import { held, recovery } from './attention.ts';
import {
  dataDirOption,
  parseCommand,
  text,
  texts,
  UsageError,
  type ParsedCommand,
  type Terminal,
} from './command.ts';

const Device = z.object({
  id: z.string(),
  hostname: z.string(),
  platform: z.string(),
  version: z.string(),
  certificateNotAfter: z.number(),
  revokedAt: z.number().nullable(),
  online: z.boolean(),
});
const Tunnel = z.object({
  name: z.string(),
  domains: z.array(z.string()),
  devices: z.array(Device),
  sessions: z.number(),
});
type Tunnel = z.infer<typeof Tunnel>;

/** `tunnel create|list|token|revoke|domain|access|recovery|held`: each talks to the relay that runs on the data directory. */
export async function tunnel(args: readonly string[], terminal: Terminal): Promise<void> {
  const command = parseCommand(args, {
    ...dataDirOption,
    ...adminOptions,
    domain: { type: 'string', multiple: true },
    ...accessOptions,
    ttl: { type: 'string' },
    json: { type: 'boolean' },
  });
  const [verb, subject, ...rest] = command.positionals;
  const group = verb !== undefined && Object.hasOwn(groups, verb) ? groups[verb] : undefined;
  if (group !== undefined) {
    await group(command, terminal);
    return;
  }
  const run = verb !== undefined && Object.hasOwn(verbs, verb) ? verbs[verb] : undefined;
  if (run === undefined)
    throw new UsageError(
      'tunnel is followed by create, list, token, revoke, domain, access, recovery or held',
    );
  if (rest.length > 0) throw new UsageError(`"${rest[0]}" is one argument too many`);
  const open = (): Promise<AdminClient> => adminClientOf(command);
  await run({ command, subject, open, terminal });
}

/** `tunnel domain add|remove NAME DOMAIN`. */
async function domain(command: ParsedCommand, terminal: Terminal): Promise<void> {
  const [, verb, name, subject, ...rest] = command.positionals;
  const known = verb === 'add' || verb === 'remove';
  if (!known || name === undefined || subject === undefined || rest.length > 0) {
    throw new UsageError('tunnel domain add|remove NAME DOMAIN');
  }
  const client = await adminClientOf(command);
  const path = `/api/tunnels/${encodeURIComponent(name)}/domains${verb === 'add' ? '' : '/remove'}`;
  await client.call('POST', path, z.null(), { domain: subject });
  terminal.out(
    verb === 'add' ? `Tunnel "${name}" serves ${subject}.` : `${subject} is no longer bound.`,
  );
}

/** Commands with words of their own. */
const groups: Readonly<
  Record<string, (command: ParsedCommand, terminal: Terminal) => Promise<void>>
> = { domain, access, recovery, held };

interface Verb {
  readonly command: ParsedCommand;
  readonly subject: string | undefined;
  readonly open: () => Promise<AdminClient>;
  readonly terminal: Terminal;
}

const verbs: Readonly<Record<string, (verb: Verb) => Promise<void>>> = {
  create: async ({ command, subject, open, terminal }) => {
    if (subject === undefined) throw new UsageError('tunnel create NAME --domain DOMAIN');
    const domains = texts(command, 'domain');
    if (domains.length === 0) throw new UsageError('--domain is missing');
    const client = await open();
    const made = await client.call('POST', '/api/tunnels', Tunnel, { name: subject, domains });
    terminal.out(`Tunnel "${made.name}" serves ${made.domains.join(', ')}.`);
    terminal.out(`Next: relay tunnel token ${made.name}`);
  },
  list: async ({ command, open, terminal }) => {
    const client = await open();
    const { tunnels } = await client.call(
      'GET',
      '/api/tunnels',
      z.object({ tunnels: z.array(Tunnel) }),
    );
    if (command.values['json'] === true) terminal.out(JSON.stringify({ tunnels }, null, 2));
    else if (tunnels.length === 0) terminal.out('There is no tunnel yet.');
    else for (const one of tunnels) for (const line of describe(one)) terminal.out(line);
  },
  token: async ({ command, subject, open, terminal }) => {
    if (subject === undefined) throw new UsageError('tunnel token NAME');
    const ttlMs = parseDuration(text(command, 'ttl') ?? '1h');
    const client = await open();
    const path = `/api/tunnels/${encodeURIComponent(subject)}/tokens`;
    const { token } = await client.call('POST', path, z.object({ token: z.string() }), { ttlMs });
    terminal.out(token);
  },
  revoke: async ({ subject, open, terminal }) => {
    if (subject === undefined) throw new UsageError('tunnel revoke DEVICE');
    const client = await open();
    await client.call('POST', `/api/devices/${encodeURIComponent(subject)}/revoke`, z.null());
    terminal.out(`Device ${subject} is revoked and cut off.`);
  },
};

function describe(one: Tunnel): string[] {
  const sessions = one.sessions === 1 ? '1 session' : `${one.sessions} sessions`;
  const devices = one.devices.map((device) => {
    const state = device.revokedAt !== null ? 'revoked' : device.online ? 'online' : 'offline';
    const until = new Date(device.certificateNotAfter).toISOString().slice(0, 10);
    return `  ${device.id}  ${state.padEnd(7)}  ${device.hostname} (${device.platform}, ${device.version}), certificate until ${until}`;
  });
  return [`${one.name}  ${one.domains.join(' ')}  ${sessions}`, ...devices];
}

const units: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** `90s`, `30m`, `1h`, `7d` in milliseconds. Throws {@link UsageError}. */
export function parseDuration(words: string): number {
  const match = /^([1-9][0-9]{0,5})([smhd])$/.exec(words);
  if (match === null) throw new UsageError(`"${words}" is no duration; write 90s, 30m, 1h or 7d`);
  return Number(match[1]) * (units[match[2] ?? ''] ?? 0);
}
