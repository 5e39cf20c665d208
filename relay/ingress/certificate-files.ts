import { watch, type FSWatcher } from 'node:fs';
import { basename, dirname } from 'node:path';
import { toErrorInfo } from '../../common/errors/app-error.ts';
import type { Logger } from '../../common/domain/log.ts';
import { checkPair } from '../acme/certificate-file.ts';
import type { PublicTls } from './public-server.ts';

export interface CertificateFilesOptions {
  /** What they are for, in the log: `public`, `admin`. */
  readonly name: string;
  readonly cert: string;
  readonly key: string;
  /** Reads both files. Rejects when one cannot be read. */
  readonly read: () => Promise<PublicTls>;
  /** Takes a pair that was checked. */
  readonly apply: (tls: PublicTls) => void;
  /** A pair was not taken. */
  readonly onBroken: () => void;
  readonly log: Logger;
  readonly pollMs?: number;
  readonly settleMs?: number;
}

/** Keeps a certificate that of its files. */
export interface CertificateFiles {
  /** Reads them now, whatever is known; resolves when they were looked at. */
  readonly reload: () => Promise<void>;
  readonly close: () => void;
}

/** Where the directory does not tell of changes (network file systems, mounts that are replaced as a whole). */
const POLL_MS = 60_000;
/** Tools write the certificate first and the key a moment later, or the other way round. */
const SETTLE_MS = 500;

/**
 * Watches both files, by their directories and by looking each minute. A pair that is broken, or whose halves do not belong
 * together, changes nothing: the old one stays and the log says why, once for each content.
 */
export function watchCertificateFiles(options: CertificateFilesOptions): CertificateFiles {
  const { name, read, apply, log, onBroken } = options;
  let current: string | null = null;
  let running: Promise<void> = Promise.resolve();
  let settle: NodeJS.Timeout | undefined;

  const load = async (force: boolean): Promise<void> => {
    let tls: PublicTls;
    try {
      tls = await read();
      const content = `${tls.cert}\n${tls.key}`;
      if (content === current && !force) return;
      current = content;
      checkPair(tls);
      apply(tls);
    } catch (thrown) {
      onBroken();
      const reason = thrown instanceof Error ? thrown.message : toErrorInfo(thrown).code;
      log.error({ reason }, `${name} certificate not taken; the one before stays`);
      return;
    }
    log.info({}, `${name} certificate read again`);
  };
  const reload = (force: boolean): Promise<void> => {
    running = running.then(() => load(force));
    return running;
  };
  const soon = (): void => {
    clearTimeout(settle);
    settle = setTimeout(() => void reload(false), options.settleMs ?? SETTLE_MS);
    settle.unref();
  };

  const watchers: FSWatcher[] = [];
  const files = new Set([options.cert, options.key].map((file) => basename(file)));
  for (const dir of new Set([dirname(options.cert), dirname(options.key)])) {
    try {
      // The directory and not the file: tools put a new file in the old one's place, or turn a link round.
      const watcher = watch(dir, (_event, name) => {
        if (name === null || files.has(name) || name.startsWith('..')) soon();
      });
      watcher.on('error', () => watcher.close());
      watchers.push(watcher);
    } catch (thrown) {
      log.warn({ dir, error: toErrorInfo(thrown) }, 'directory cannot be watched; it is polled');
    }
  }
  // What is served now; only changes are taken from here on.
  running = read().then(
    (tls) => {
      current = `${tls.cert}\n${tls.key}`;
    },
    () => undefined,
  );
  const poll = setInterval(() => void reload(false), options.pollMs ?? POLL_MS);
  poll.unref();
  return {
    reload: () => reload(true),
    close: () => {
      clearInterval(poll);
      clearTimeout(settle);
      for (const watcher of watchers) watcher.close();
    },
  };
}
