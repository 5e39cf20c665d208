import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import * as z from 'zod';
import { AppError } from '../../common/errors/app-error.ts';
import { ports } from '../../common/tunnel/protocol.ts';
import { parsePattern } from '../egress/pattern.ts';
import type { PublicTls } from '../ingress/server.ts';
import type { Listen } from '../types.ts';

const ListenText = z.string().refine((text) => parseListen(text) !== null, 'host:port');
const EgressText = z.string().refine((text) => {
  try {
    parsePattern(text);
    return true;
  } catch {
    return false;
  }
}, 'host:port, *.host:port or host:*');

/** The file `relay.json` of a data directory. Unknown keys are errors: they are misspelt ones. */
export const RelaySettings = z.strictObject({
  name: z.string().min(1).max(64),
  /** Name or address under which devices reach the control port. */
  controlHost: z.string().min(1).max(253),
  /** Address that WeCom sees; null while it is not known. */
  fixedIp: z.union([z.ipv4(), z.ipv6()]).nullable(),
  /** Port in public addresses, where it is not the one that is listened on. */
  publicPort: z.int().min(1).max(65_535).optional(),
  listen: z
    .strictObject({
      public: ListenText.default(`0.0.0.0:${ports.public}`),
      control: ListenText.default(`0.0.0.0:${ports.control}`),
      admin: ListenText.default(`127.0.0.1:${ports.admin}`),
    })
    .prefault({}),
  /** PEM files, relative to this file. */
  publicTls: z
    .strictObject({ cert: z.string().min(1), key: z.string().min(1) })
    .default({ cert: 'public.crt', key: 'public.key' }),
  egressAllow: z.array(EgressText).max(100).default(['qyapi.weixin.qq.com:443']),
});
export type RelaySettings = z.infer<typeof RelaySettings>;

export function settingsFile(dataDir: string): string {
  return join(dataDir, 'relay.json');
}

/** `host:port`, IPv6 in brackets; null when malformed. Port 0 takes a free one. */
export function parseListen(text: string): Listen | null {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]\s]+)):([0-9]{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) return null;
  return { host: match[1] ?? match[2] ?? '', port };
}

/** Reads and checks the settings. Throws `CONFIG_INVALID` with the file, the key and what is wrong with it. */
export async function readSettings(dataDir: string): Promise<RelaySettings> {
  const file = settingsFile(dataDir);
  let value: unknown;
  try {
    value = JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    const reason = missing ? 'the file does not exist; run "relay init" first' : 'it is not JSON';
    throw new AppError('CONFIG_INVALID', { file, reason }, { cause });
  }
  const parsed = RelaySettings.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys.join(', ') : null;
  throw new AppError('CONFIG_INVALID', {
    file,
    key: unknown ?? (issue?.path.join('.') || 'relay.json'),
    reason: issue?.message ?? 'not valid',
  });
}

/** Reads the public certificate and key. Throws `CONFIG_INVALID`. */
export async function readPublicTls(dataDir: string, settings: RelaySettings): Promise<PublicTls> {
  const base = dirname(settingsFile(dataDir));
  const read = async (key: 'cert' | 'key'): Promise<string> => {
    const file = resolve(base, settings.publicTls[key]);
    try {
      return await readFile(file, 'utf8');
    } catch (cause) {
      throw new AppError(
        'CONFIG_INVALID',
        { file, key: `publicTls.${key}`, reason: 'the file cannot be read' },
        { cause },
      );
    }
  };
  return { cert: await read('cert'), key: await read('key') };
}
