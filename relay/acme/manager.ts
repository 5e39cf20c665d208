import { isIP } from 'node:net';
import { createSecureContext, type SecureContext } from 'node:tls';
import type { Logger } from '../../common/domain/log.ts';
import type { Metrics } from '../metrics.ts';
import { hostOf } from '../registry/domain-name.ts';
import { openAccountKey } from './account.ts';
import { checkPair, readObtained, writeObtained, type Obtained } from './certificate-file.ts';
import { orderCertificate, type AcmeAccount } from './order.ts';

/** What is known of one domain's certificate. Times are milliseconds since the epoch. */
export interface AcmeState {
  readonly domain: string;
  readonly notAfter: number | null;
  /** When it is ordered next, at the earliest; null while nothing is due. */
  readonly nextTryAt: number | null;
  readonly lastError: string | null;
}

/** Certificates of the bound domains and of the relay's own names, obtained and renewed by themselves. */
export interface AcmeManager {
  /** The context of a name that has a certificate which has not expired. */
  readonly contextFor: (serverName: string) => SecureContext | undefined;
  /** PEM chain of the first of the domains that has such a one; null when none has. */
  readonly certificateOf: (domains: readonly string[]) => string | null;
  /** PEM chains of all certificates that it has. */
  readonly chains: () => string[];
  readonly challenge: (token: string) => string | null;
  readonly state: () => AcmeState[];
  /** Looks now what is due; resolves when all of it was tried. */
  readonly check: () => Promise<void>;
  readonly close: () => void;
}

export interface AcmeManagerOptions {
  readonly dataDir: string;
  readonly account: AcmeAccount;
  /** Wanted names; wildcards, addresses and names without a dot are skipped, since HTTP-01 cannot prove them. */
  readonly domains: () => readonly string[];
  readonly metrics: Pick<Metrics, 'certificateLoads' | 'certificateExpiry'>;
  readonly log: Logger;
  readonly now: () => number;
  /** A certificate has come or was replaced. */
  readonly onChanged?: () => void;
  readonly checkMs?: number;
  readonly pollMs?: number;
}

interface Entry {
  obtained: Obtained;
  context: SecureContext;
}

interface Trouble {
  failures: number;
  nextTryAt: number;
  readonly reason: string;
}

const CHECK_MS = 60_000;
const POLL_MS = 5_000;
/** Public authorities allow five failed validations of a name in an hour; this stays far below. */
const RETRY_BASE_MS = 15 * 60_000;
const RETRY_CAP_MS = 12 * 3_600_000;

/** Reads what was obtained before and keeps looking what is due. Throws `CONFIG_INVALID` (account key). */
export async function openAcme(options: AcmeManagerOptions): Promise<AcmeManager> {
  const { dataDir, log, metrics, now } = options;
  const accountKey = await openAccountKey(dataDir);
  const challenges = new Map<string, string>();
  const entries = new Map<string, Entry>();
  const troubles = new Map<string, Trouble>();
  let closed = false;
  let running: Promise<void> | null = null;

  const take = (domain: string, obtained: Obtained): void => {
    const context = createSecureContext({ cert: obtained.cert, key: obtained.key });
    entries.set(domain, { obtained, context });
    metrics.certificateExpiry.set({ name: domain }, obtained.notAfter / 1000);
  };

  const order = async (domain: string): Promise<void> => {
    try {
      const tls = await orderCertificate({
        account: options.account,
        accountKey,
        domain,
        challenges,
        pollMs: options.pollMs ?? POLL_MS,
      });
      if (closed) return;
      const obtained = checkPair(tls);
      await writeObtained(dataDir, domain, tls);
      take(domain, obtained);
      troubles.delete(domain);
      metrics.certificateLoads.inc({ result: 'obtained' });
      log.info(
        { domain, notAfter: new Date(obtained.notAfter).toISOString() },
        'certificate obtained',
      );
      options.onChanged?.();
    } catch (thrown) {
      if (closed) return;
      const failures = (troubles.get(domain)?.failures ?? 0) + 1;
      const wait = Math.min(RETRY_CAP_MS, RETRY_BASE_MS * 2 ** (failures - 1));
      const reason = reasonOf(thrown);
      // Spread, so that many domains do not come back together.
      const nextTryAt = now() + wait * (1 + Math.random() / 4);
      troubles.set(domain, { failures, nextTryAt, reason });
      metrics.certificateLoads.inc({ result: 'refused' });
      log.error(
        { domain, reason, failures, retryInMs: Math.round(wait) },
        'certificate not obtained',
      );
    }
  };

  /** One that has expired is no better than none: that of the files may be good. */
  const validOf = (domain: string): Entry | undefined => {
    const entry = entries.get(domain);
    return entry !== undefined && now() < entry.obtained.notAfter ? entry : undefined;
  };

  const wanted = (): string[] =>
    [...new Set(options.domains())].filter(
      (domain) => !domain.startsWith('*.') && domain.includes('.') && isIP(domain) === 0,
    );

  const isDue = (domain: string): boolean => {
    const trouble = troubles.get(domain);
    if (trouble !== undefined && now() < trouble.nextTryAt) return false;
    const obtained = entries.get(domain)?.obtained;
    return obtained === undefined || now() >= renewAt(obtained);
  };

  const checkAll = async (): Promise<void> => {
    const domains = wanted();
    for (const known of [...entries.keys(), ...troubles.keys()]) {
      if (domains.includes(known)) continue;
      entries.delete(known);
      troubles.delete(known);
      metrics.certificateExpiry.remove({ name: known });
    }
    // One at a time: authorities limit orders, and nothing here is in a hurry.
    for (const domain of domains) {
      if (closed) return;
      if (!entries.has(domain)) {
        const kept = await readObtained(dataDir, domain);
        if (kept !== null && kept.notAfter > now()) take(domain, kept);
      }
      if (isDue(domain)) await order(domain);
    }
  };
  const check = (): Promise<void> => {
    running ??= checkAll().finally(() => {
      running = null;
    });
    return running;
  };
  const look = (): void => {
    check().catch((err: unknown) => log.error({ err }, 'certificates were not looked at'));
  };
  // What is on disk serves from the first connection on.
  for (const domain of wanted()) {
    const kept = await readObtained(dataDir, domain);
    if (kept !== null && kept.notAfter > now()) take(domain, kept);
  }
  const timer = setInterval(look, options.checkMs ?? CHECK_MS);
  timer.unref();

  return {
    contextFor: (serverName) => validOf(hostOf(serverName))?.context,
    certificateOf: (domains) => {
      for (const domain of domains) {
        const entry = validOf(domain);
        if (entry !== undefined) return entry.obtained.cert;
      }
      return null;
    },
    chains: () => [...entries.values()].map(({ obtained }) => obtained.cert),
    challenge: (token) => challenges.get(token) ?? null,
    state: () =>
      wanted().map((domain) => ({
        domain,
        notAfter: entries.get(domain)?.obtained.notAfter ?? null,
        nextTryAt: troubles.get(domain)?.nextTryAt ?? null,
        lastError: troubles.get(domain)?.reason ?? null,
      })),
    check,
    close: () => {
      closed = true;
      clearInterval(timer);
    },
  };
}

/** Two thirds of a certificate's life. */
function renewAt({ notBefore, notAfter }: Obtained): number {
  return notBefore + ((notAfter - notBefore) * 2) / 3;
}

/** The authority's words, short enough for a log line. */
function reasonOf(thrown: unknown): string {
  return (thrown instanceof Error ? thrown.message : String(thrown)).slice(0, 500);
}
