import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Logger } from '../../../common/domain/log.ts';
import { AppError } from '../../../common/errors/app-error.ts';
import type { IdentityFiles, TunnelConfig } from '../config/tunnel-config.ts';
import { watchFiles } from '../config/watch-files.ts';
import { endpointText, requireMatch, type DeviceIdentity, type Endpoint } from '../tunnel/index.ts';
import type { IdentityKeeper } from './identity.ts';

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
  /**
   * Reads what another configuration names. Resolves with what puts it in the place of this one; throws CONFIG_INVALID as
   * {@link openIdentitySource}, and nothing is changed.
   */
  prepare(config: TunnelConfig | null): Promise<() => void>;
  stop(): void;
}

/** Throws CONFIG_INVALID when the files do not fit together, or it is not known which relay they are for. */
export async function openIdentitySource(options: IdentitySourceOptions): Promise<IdentitySource> {
  let { config } = options;
  let opened = await open(options, config);
  return {
    list: () => opened.list(),
    prepare: async (next) => {
      if (isDeepStrictEqual(sourceOf(next), sourceOf(config))) return () => undefined;
      const fresh = await open(options, next);
      return () => {
        opened.stop();
        opened = fresh;
        config = next;
      };
    },
    stop: () => opened.stop(),
  };
}

/** What of a configuration says who this device is. */
function sourceOf(config: TunnelConfig | null): unknown {
  return [config?.identityFiles ?? null, orderOf(config)];
}

function orderOf(config: TunnelConfig | null): readonly Endpoint[] | null {
  const relays = config?.relays?.toSorted((a, b) => a.priority - b.priority);
  return relays?.map(({ endpoint }) => endpoint) ?? null;
}

async function open(
  { keeper, log, onChange, lookMs }: IdentitySourceOptions,
  config: TunnelConfig | null,
): Promise<Omit<IdentitySource, 'prepare'>> {
  const files = config?.identityFiles ?? null;
  const order = orderOf(config);
  const endpoints = (): readonly Endpoint[] => order ?? keeper.list().map((one) => one.endpoint);

  if (config === null || files === null) {
    return {
      list: () => {
        const enrolled = keeper.list();
        if (order === null) return enrolled;
        return order.flatMap((endpoint) => enrolled.filter((one) => isAt(one, endpoint)));
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

  let shown: Omit<DeviceIdentity, 'endpoint'>;
  let stopped = false;
  const read = async (): Promise<void> => {
    try {
      const next = await readFiles(files, config.path);
      if (stopped) return;
      shown = next;
      log.info({ file: files.certificate }, 'certificate files read again');
      onChange();
    } catch (error) {
      // Half of a change: the other half is on its way, and what was read before still holds.
      log.warn({ err: error }, 'certificate files not taken');
    }
  };
  const unwatch = await watchFiles({ files: () => Object.values(files), onChange: read, lookMs });
  try {
    shown = await readFiles(files, config.path);
  } catch (error) {
    unwatch();
    throw error;
  }
  return {
    list: () => endpoints().map((endpoint) => ({ ...shown, endpoint })),
    stop: () => {
      stopped = true;
      unwatch();
    },
  };
}

function isAt(identity: DeviceIdentity, endpoint: Endpoint): boolean {
  return endpointText(identity.endpoint) === endpointText(endpoint);
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
