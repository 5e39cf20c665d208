import * as z from 'zod';
import { HeldView, RecoveryView } from '../../common/domain/relay/views.ts';
import { adminClientOf } from './admin-client.ts';
import { UsageError, type ParsedCommand, type Terminal } from './command.ts';

/** `tunnel recovery list|approve|refuse [DEVICE]`: devices whose certificate has expired and that wait for an approval. */
export async function recovery(command: ParsedCommand, terminal: Terminal): Promise<void> {
  const { verb, subject } = words(command, ['approve', 'refuse'], 'recovery', 'DEVICE');
  const client = await adminClientOf(command);
  if (subject !== undefined) {
    const path = `/api/recoveries/${encodeURIComponent(subject)}/${verb}`;
    await client.call('POST', path, z.null());
    terminal.out(
      verb === 'approve'
        ? `Device ${subject} gets its new certificate the next time it asks.`
        : `Device ${subject} is refused a new certificate.`,
    );
    return;
  }
  const answer = z.object({ recoveries: z.array(RecoveryView) });
  const found = await client.call('GET', '/api/recoveries', answer);
  if (command.values['json'] === true) terminal.out(JSON.stringify(found, null, 2));
  else if (found.recoveries.length === 0) terminal.out('No expired certificate waits for renewal.');
  else {
    for (const { deviceId, state, hostname, tunnel, expiredAt } of found.recoveries) {
      const since = day(expiredAt);
      terminal.out(`${deviceId}  ${state.padEnd(9)}  ${hostname} of ${tunnel}, expired ${since}`);
    }
  }
}

/** `tunnel held list|deliver|forget [NAME]`: callbacks that are held while no client is connected. */
export async function held(command: ParsedCommand, terminal: Terminal): Promise<void> {
  const { verb, subject } = words(command, ['deliver', 'forget'], 'held', 'NAME');
  const client = await adminClientOf(command);
  if (subject !== undefined && verb === 'deliver') {
    await client.call('POST', `/api/held/${encodeURIComponent(subject)}/deliver`, z.null());
    terminal.out(`What is held for "${subject}" is tried again now.`);
    return;
  }
  if (subject !== undefined) {
    const path = `/api/held/${encodeURIComponent(subject)}/forget`;
    const { count } = await client.call('POST', path, z.object({ count: z.int() }));
    terminal.out(`${count} held for "${subject}" are dropped.`);
    return;
  }
  const answer = z.object({ tunnels: z.record(z.string(), HeldView) });
  const found = await client.call('GET', '/api/held', answer);
  const rows = Object.entries(found.tunnels);
  if (command.values['json'] === true) terminal.out(JSON.stringify(found, null, 2));
  else if (rows.length === 0) terminal.out('Nothing is held.');
  else {
    for (const [name, { count, bytes, oldestAt, expiresAt }] of rows) {
      const span = `oldest ${time(oldestAt)}, dropped ${time(expiresAt)}`;
      terminal.out(`${name}  ${count} callbacks  ${bytes} bytes  ${span}`);
    }
  }
}

/** Verb and subject of a command that lists where it is given no other verb. Throws {@link UsageError}. */
function words(
  { positionals }: ParsedCommand,
  verbs: readonly string[],
  noun: string,
  what: string,
): { readonly verb: string; readonly subject?: string } {
  const [, verb = 'list', subject, ...rest] = positionals;
  const lists = verb === 'list' && subject === undefined;
  const changes = verbs.includes(verb) && subject !== undefined;
  if ((!lists && !changes) || rest.length > 0) {
    throw new UsageError(`tunnel ${noun} list, or tunnel ${noun} ${verbs.join('|')} ${what}`);
  }
  return subject === undefined ? { verb } : { verb, subject };
}

function day(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

function time(at: number): string {
  return new Date(at).toISOString().slice(0, 19).replace('T', ' ');
}
