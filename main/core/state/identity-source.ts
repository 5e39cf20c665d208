import { X509Certificate } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import type { Logger } from '../../../common/domain/log.ts';
import { AppError } from '../../../common/errors/app-error.ts';
import type { IdentityFiles, TunnelConfig } from '../config/tunnel-config.ts';
import { endpointText, requireMatch, type DeviceIdentity, type Endpoint } from '../tunnel/index.ts';
import type { IdentityKeeper } from './identity.ts';

/** How often certificate files are looked at. */
const LOOK_MS = 5_000;

export interface IdentitySourceOptions {
  readonly keeper: Pick<IdentityKeeper, 'list'>;
  readonly config: TunnelConfig | null;
  /** The files have changed. */
  readonly onChange: () => void;
  readonly log: Logger;
  /** Milliseconds between two looks; for testing. */
  readonly lookMs?: number;
}

/** Who this device is to each relay, in the order of preference: by enrolment, or by the files that a `config.yaml` names. */
export interface IdentitySource {
  list(): readonly DeviceIdentity[];
  stop(): void;
}

/** Throws CONFIG_INVALID when the files do not fit together, or it is not known which relay they are for. */
export async function openIdentitySource(options: IdentitySourceOptions): Promise<IdentitySource> {
  const { keeper, config, log } = options;
  const files = config?.identityFiles ?? null;
  const order = config?.relays?.toSorted((a, b) => a.priority - b.priority) ?? null;
  const endpoints = (): readonly Endpoint[] =>
    order?.map(({ endpoint }) => endpoint) ?? keeper.list().map(({ endpoint }) => endpoint);

  if (config === null || files === null) {
    return {
      list: () => {
        const enrolled = keeper.list();
        if (order === null) return enrolled;
        return order.flatMap(({ endpoint }) => enrolled.filter((one) => isAt(one, endpoint)));
      },
      stop: () => undefined,
    };
  }
  if (endpoints().length === 0) {
    throw new AppError('CONFIG_INVALID', {
      file: config.path,
      key: 'relays',
      reason: 'missing',
      allowed: 'the relay that client_cert is for',
    });
  }

  let stamp = await stampOf(files);
  let shown = await readFiles(files, config.path);
  const look = async (): Promise<void> => {
    const next = await stampOf(files);
    if (next === stamp) return;
    stamp = next;
    try {
      shown = await readFiles(files, config.path);
      log.info({ file: files.certificate }, 'certificate files read again');
      options.onChange();
    } catch (error) {
      // Half of a change: the other half is on its way, and what was read before still holds.
      log.warn({ err: error }, 'certificate files not taken');
    }
  };
  const timer = setInterval(() => {
    look().catch((err: unknown) => log.warn({ err }, 'certificate files cannot be read'));
  }, options.lookMs ?? LOOK_MS);
  timer.unref();
  return {
    list: () => endpoints().map((endpoint) => ({ ...shown, endpoint })),
    stop: () => clearInterval(timer),
  };
}

function isAt(identity: DeviceIdentity, endpoint: Endpoint): boolean {
  return endpointText(identity.endpoint) === endpointText(endpoint);
}

async function stampOf(files: IdentityFiles): Promise<string> {
  const stats = await Promise.all(Object.values(files).map((file: string) => stat(file)));
  return stats.map(({ mtimeMs, size, ino }) => `${mtimeMs} ${size} ${ino}`).join('\n');
}

async function readFiles(
  files: IdentityFiles,
  file: string,
): Promise<Omit<DeviceIdentity, 'endpoint'>> {
  const [certificate, privateKey, ca] = await Promise.all([
    readFile(files.certificate, 'utf8'),
    readFile(files.key, 'utf8'),
    readFile(files.ca, 'utf8'),
  ]);
  try {
    requireMatch(certificate, ca, privateKey);
  } catch (cause) {
    const params = {
      file,
      key: 'security.mTLS',
      reason: 'value',
      allowed: 'a client_cert of client_key that ca_cert has signed',
    };
    throw new AppError('CONFIG_INVALID', params, { cause });
  }
  const name = /^CN=(.+)$/m.exec(new X509Certificate(certificate).subject)?.[1] ?? 'device';
  return {
    deviceId: name,
    tunnel: '',
    domains: [],
    certificate,
    privateKey,
    ca,
    renewable: false,
  };
}
