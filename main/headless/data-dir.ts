import { accessSync, constants } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** Of a system service. */
const SERVICE_DIR = '/var/lib/causeway';

/** What the choice of a data directory depends on. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  readonly home: string;
  readonly isRoot: boolean;
  /** {@link SERVICE_DIR} is there and this user may write into it: it was made for a service that runs as this user. */
  readonly ownsServiceDir: boolean;
}

export function surroundings(env: Surroundings['env']): Surroundings {
  return {
    env,
    platform: process.platform,
    home: homedir(),
    isRoot: process.getuid?.() === 0,
    ownsServiceDir: canWrite(SERVICE_DIR),
  };
}

function canWrite(dir: string): boolean {
  try {
    accessSync(dir, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Where everything is stored: what was asked for, else `$CAUSEWAY_DATA_DIR`, else the place of a system service for root and
 * for the user that it was made for (the guide's `gateway` has no home), else the user's own (XDG Base Directory on Linux, Application Support on macOS, roaming AppData on Windows).
 */
export function chooseDataDir(asked: string | undefined, around: Surroundings): string {
  const { env, platform, home, isRoot, ownsServiceDir } = around;
  const named = asked ?? env['CAUSEWAY_DATA_DIR'];
  if (named !== undefined && named !== '') return resolve(named);
  if (platform === 'win32') {
    return join(env['APPDATA'] ?? join(home, 'AppData', 'Roaming'), 'Causeway');
  }
  if (isRoot || ownsServiceDir) return SERVICE_DIR;
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'Causeway');
  return join(env['XDG_DATA_HOME'] ?? join(home, '.local', 'share'), 'causeway');
}
