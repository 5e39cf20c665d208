import { createWriteStream } from 'node:fs';
import { resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { AuditVerdict } from '../../common/domain/relay/views.ts';
import { AppError } from '../../common/errors/app-error.ts';
import { auditLines } from '../admin/audit-lines.ts';
import { adminClientOf, adminOptions } from './admin-client.ts';
import {
  dataDirOption,
  parseCommand,
  requiredText,
  text,
  UsageError,
  type ParsedCommand,
  type Terminal,
} from './command.ts';
import { whereItRuns } from './where.ts';

/** `audit verify|export`: of the running relay, or of its data directory while none runs. */
export async function audit(args: readonly string[], terminal: Terminal): Promise<void> {
  const command = parseCommand(args, {
    ...dataDirOption,
    ...adminOptions,
    out: { type: 'string' },
  });
  const [verb, ...rest] = command.positionals;
  if (verb !== 'verify' && verb !== 'export') {
    throw new UsageError('audit is followed by verify or export');
  }
  if (rest.length > 0) throw new UsageError(`"${rest[0]}" is one argument too many`);
  const dataDir = resolve(requiredText(command, 'data-dir'));
  if (verb === 'verify') {
    say(await verify(dataDir, command), terminal);
    return;
  }
  const out = text(command, 'out');
  if (out === undefined) throw new UsageError('audit export --out FILE');
  await exportTo(resolve(out), dataDir, command);
  terminal.out(`The audit log is in ${resolve(out)}.`);
}

async function verify(dataDir: string, command: ParsedCommand): Promise<AuditVerdict> {
  return whereItRuns(dataDir, {
    stored: (store) => store.audit.verify(),
    running: async () => {
      const client = await adminClientOf(command);
      return client.call('GET', '/api/audit/verify', AuditVerdict);
    },
  });
}

async function exportTo(file: string, dataDir: string, command: ParsedCommand): Promise<void> {
  const target = (): NodeJS.WritableStream => createWriteStream(file, { mode: 0o600, flags: 'wx' });
  try {
    await whereItRuns(dataDir, {
      stored: (store) => pipeline(Readable.from(auditLines(store.audit)), target()),
      running: async () => {
        const client = await adminClientOf(command);
        await pipeline(await client.stream('/api/audit/lines'), target());
      },
    });
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'EEXIST') throw thrown;
    throw new AppError('CONFLICT', { value: file }, { cause: thrown });
  }
}

function say(verdict: AuditVerdict, terminal: Terminal): void {
  if (verdict.intact) {
    terminal.out(`The audit log is whole: ${verdict.rows} entries.`);
    terminal.out(`Last hash (entry ${verdict.headSeq}): ${verdict.head}`);
    return;
  }
  const { brokenSeq: entry, reason } = verdict;
  throw new AppError('AUDIT_BROKEN', { entry, reason });
}
