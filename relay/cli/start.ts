import { resolve } from 'node:path';
import { pino } from 'pino';
import type { Logger } from '../../common/domain/log.ts';
import { AppError } from '../../common/errors/app-error.ts';
import { timing } from '../../common/tunnel/protocol.ts';
import type { AcmeAccount } from '../acme/order.ts';
import { watchCertificateFiles, type CertificateFiles } from '../ingress/certificate-files.ts';
import { createRelay, type RunningRelay } from '../relay.ts';
import type { Listen } from '../types.ts';
import {
  dataDirOption,
  parseCommand,
  requiredText,
  text,
  UsageError,
  type ParsedCommand,
  type Terminal,
} from './command.ts';
import {
  parseListen,
  readAdminTls,
  readPublicTls,
  readSettings,
  tlsFiles,
  type RelaySettings,
} from './settings.ts';
import { version } from '../../common/version.ts';

/**
 * Runs a relay until a signal ends it: SIGTERM and SIGINT drain, a second one ends at once; SIGHUP reads the
 * certificates again. Logs are JSON lines on stderr; stdout gets one line once all ports listen.
 */
export async function start(args: readonly string[], terminal: Terminal): Promise<void> {
  const command = parseCommand(args, {
    ...dataDirOption,
    'listen-public': { type: 'string' },
    'listen-control': { type: 'string' },
    'listen-admin': { type: 'string' },
    'listen-redirect': { type: 'string' },
    'log-level': { type: 'string', default: 'info' },
  });
  const dataDir = resolve(requiredText(command, 'data-dir'));
  const level = requiredText(command, 'log-level');
  if (!['debug', 'info', 'warn', 'error'].includes(level)) {
    throw new UsageError('--log-level is one of debug, info, warn, error');
  }
  const settings = await readSettings(dataDir);
  const log = pino({ level, base: { service: 'causeway-relay' } }, pino.destination(2));
  const redirect = text(command, 'listen-redirect') ?? settings.listen.redirect;
  const adminTls = await readAdminTls(dataDir, settings);
  const relay = await createRelay(
    {
      dataDir,
      listen: {
        public: {
          ...listenOf(command, 'listen-public', settings.listen.public),
          shared: settings.listen.sharePublic,
        },
        control: listenOf(command, 'listen-control', settings.listen.control),
        admin: listenOf(command, 'listen-admin', settings.listen.admin),
        ...(redirect === undefined
          ? {}
          : { redirect: listenOf(command, 'listen-redirect', redirect) }),
      },
      controlHost: settings.controlHost,
      ...(settings.publicPort === undefined ? {} : { publicPort: settings.publicPort }),
      ...acmeOf(settings),
      trustedProxies: settings.trustedProxies,
      proxyProtocol: settings.proxyProtocol,
      hstsSeconds: settings.hstsSeconds,
      publicNames: settings.publicNames,
      publicTls: await readPublicTls(dataDir, settings),
      ...(adminTls === null ? {} : { adminTls }),
      adminHosts: settings.adminHosts,
      name: settings.name,
      fixedIp: settings.fixedIp,
      egressAllow: settings.egressAllow,
      recoveryDays: settings.recoveryDays,
      recovery: settings.recovery,
      acceptRamp: true,
      log,
      version,
    },
    { limits: definedOnly(settings.limits) },
  );
  const { addresses } = relay;
  terminal.out(
    `Relay listens: public ${addresses.public}, control ${addresses.control}, admin ${addresses.admin}`,
  );
  const files = watchFiles(relay, dataDir, settings, log);
  try {
    await untilSignal(relay, () => {
      for (const one of files) void one.reload();
    });
  } finally {
    for (const one of files) one.close();
  }
}

/** Certificates are taken from their files again as these change. */
function watchFiles(
  relay: RunningRelay,
  dataDir: string,
  settings: RelaySettings,
  log: Logger,
): CertificateFiles[] {
  const shown = watchCertificateFiles({
    name: 'public',
    ...tlsFiles(dataDir, settings.publicTls),
    read: async () => readPublicTls(dataDir, await readSettings(dataDir)),
    apply: (tls) => relay.reloadPublicTls(tls),
    onBroken: () => relay.publicTlsBroken(),
    log,
  });
  if (settings.adminTls === undefined) return [shown];
  const admin = watchCertificateFiles({
    name: 'admin',
    ...tlsFiles(dataDir, settings.adminTls),
    read: async () => {
      const tls = await readAdminTls(dataDir, await readSettings(dataDir));
      if (tls === null) throw new AppError('CONFIG_INVALID', { key: 'adminTls' });
      return tls;
    },
    apply: (tls) => relay.reloadAdminTls(tls),
    onBroken: () => undefined,
    log,
  });
  return [shown, admin];
}

function acmeOf({ acme }: RelaySettings): { acme?: AcmeAccount } {
  if (acme === undefined) return {};
  const { directoryUrl, email, eab } = acme;
  return { acme: { directoryUrl, ...definedOnly({ email, eab }) } };
}

/** The same without the keys that have no value. */
function definedOnly<T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(value).filter(([, one]) => one !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

function listenOf(command: ParsedCommand, option: string, setting: string): Listen {
  const given = text(command, option);
  const listen = parseListen(given ?? setting);
  if (listen === null) throw new UsageError(`--${option} is host:port`);
  return listen;
}

async function untilSignal(relay: RunningRelay, onHangUp: () => void): Promise<void> {
  const done = Promise.withResolvers<void>();
  let signals = 0;
  const onEnd = (): void => {
    signals += 1;
    if (signals === 1) relay.close(timing.drain).then(done.resolve, done.reject);
    else done.resolve();
  };
  process.on('SIGTERM', onEnd);
  process.on('SIGINT', onEnd);
  process.on('SIGHUP', onHangUp);
  try {
    await done.promise;
  } finally {
    process.removeListener('SIGTERM', onEnd);
    process.removeListener('SIGINT', onEnd);
    process.removeListener('SIGHUP', onHangUp);
  }
}
