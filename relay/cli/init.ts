import { mkdir } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { AppError } from '../../common/errors/app-error.ts';
import { resetPassword } from '../admin/accounts.ts';
import { openAdminKey } from '../admin/key.ts';
import { openAuthority, writeWhole } from '../ca/authority.ts';
import { selfSignedPublic } from '../ca/server-certificate.ts';
import {
  dataDirOption,
  parseCommand,
  requiredText,
  text,
  UsageError,
  type Terminal,
} from './command.ts';
import { databaseFile } from '../store/database.ts';
import { openStore } from '../store/index.ts';
import { FIRST_USER, sayPassword } from './admin.ts';
import { RelaySettings, settingsFile } from './settings.ts';

/**
 * Makes a data directory: CA, admin key, console user, settings, and a self-signed public certificate where none is named.
 * What was cut off goes on where it was. Throws `CONFLICT` when there is one already.
 */
export async function init(args: readonly string[], terminal: Terminal): Promise<void> {
  const command = parseCommand(args, {
    ...dataDirOption,
    host: { type: 'string' },
    name: { type: 'string' },
    'fixed-ip': { type: 'string' },
    'public-cert': { type: 'string' },
    'public-key': { type: 'string' },
  });
  const dataDir = resolve(requiredText(command, 'data-dir'));
  const host = requiredText(command, 'host');
  const cert = text(command, 'public-cert');
  const key = text(command, 'public-key');
  if ((cert === undefined) !== (key === undefined)) {
    throw new UsageError('--public-cert and --public-key go together');
  }
  const own = cert === undefined || key === undefined;
  const settings = RelaySettings.safeParse({
    name: text(command, 'name') ?? host,
    controlHost: host,
    fixedIp: text(command, 'fixed-ip') ?? null,
    publicTls: own
      ? { cert: 'public.crt', key: 'public.key' }
      : { cert: resolve(cert), key: resolve(key) },
  });
  if (!settings.success) {
    const issue = settings.error.issues[0];
    throw new UsageError(
      `${issue?.path.join('.') ?? 'settings'}: ${issue?.message ?? 'not valid'}`,
    );
  }
  const file = settingsFile(dataDir);
  if (existsSync(file)) throw new AppError('CONFLICT', { value: file });

  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  // Until there is a database the CA has signed nothing: a run that was cut off goes on here.
  const isUnused = !existsSync(databaseFile(dataDir));
  const authority = await openAuthority(dataDir, Date.now, { isUnused });
  await openAdminKey(dataDir);
  if (own) {
    const made = await selfSignedPublic([host], Date.now());
    await writeWhole(join(dataDir, 'public.key'), made.key, 0o600);
    await writeWhole(join(dataDir, 'public.crt'), made.cert, 0o644);
  }
  const store = openStore(dataDir);
  const password = await resetPassword(store, FIRST_USER, Date.now()).finally(() => store.close());
  // Last, because its presence says that the directory is complete.
  await writeWhole(file, `${JSON.stringify(settings.data, null, 2)}\n`, 0o600);

  terminal.out(`Relay "${settings.data.name}" is set up in ${dataDir}.`);
  terminal.out(`CA fingerprint (SHA-256): ${authority.fingerprint}`);
  if (own) {
    terminal.out(
      'The public certificate is self-signed: put one from a public authority into publicTls of relay.json before WeCom is to reach it.',
    );
  }
  sayPassword(FIRST_USER, password, terminal);
  terminal.out(`Next: relay start --data-dir ${dataDir}`);
}
