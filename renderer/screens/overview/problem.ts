import {
  certificateTone,
  daysLeft,
  type CertificateInfo,
} from '../../../common/domain/certificate.ts';
import type { Snapshot } from '../../../common/domain/snapshot.ts';
import { configProblem } from '../../../common/domain/config-file.ts';
import { tunnelTone, type Tone } from '../../../common/domain/tunnel.ts';
import type { ErrorInfo } from '../../../common/errors/app-error.ts';
import type { MessageKey } from '../../../common/i18n/bundle.ts';
import type { TranslateParams } from '../../../common/i18n/translate.ts';
import type { ScreenName } from '../../app/screen-names.ts';
import { needsToken } from '../../app/needs-token.ts';
import { relayProblem, type RelayProblem } from './relay-problem.ts';
import { isFailing } from '../../app/target-condition.ts';
import { targetCounts } from '../../causeway/view.ts';

/** What the notice's button does. */
export type Remedy =
  | { readonly act: 'connect' }
  | {
      readonly act: 'open';
      readonly screen: ScreenName;
      readonly param?: string;
      readonly words: MessageKey;
    }
  /** Puts what has to be typed elsewhere on the clipboard. */
  | { readonly act: 'copy'; readonly value: string; readonly words: MessageKey };

/** The one thing that an operator should look at first, and what mends it. */
export interface Problem {
  readonly tone: Exclude<Tone, 'ok' | 'busy'>;
  /** Words for it: an error's own, or a title and a sentence of the overview. */
  readonly words:
    | { readonly error: ErrorInfo }
    | { readonly title: MessageKey; readonly text: MessageKey; readonly params: TranslateParams };
  readonly retryAt: number | null;
  /** The bot that it concerns, by its name, and since when. */
  readonly about?: { readonly bot: string; readonly since: number };
  readonly remedies: readonly Remedy[];
}

const enrol: Remedy = { act: 'open', screen: 'enrol', words: 'overview.do.enrol' };
const authFile: Remedy = { act: 'open', screen: 'enrol', words: 'overview.do.authFile' };
const bots: Remedy = { act: 'open', screen: 'bots', words: 'overview.do.bots' };
const routes: Remedy = { act: 'open', screen: 'routes', words: 'overview.do.routes' };
const logs: Remedy = { act: 'open', screen: 'logs', words: 'overview.do.logs' };
const certificates: Remedy = {
  act: 'open',
  screen: 'certificates',
  words: 'overview.do.certificates',
};
const relays: Remedy = { act: 'open', screen: 'tunnel', words: 'overview.do.relays' };
const settings: Remedy = { act: 'open', screen: 'settings', words: 'overview.do.settings' };
const connect: Remedy = { act: 'connect' };

/** The gravest problem of a snapshot at `now`; null when there is none. What stops callbacks comes first. */
export function findProblem(snapshot: Snapshot, now: number): Problem | null {
  return (
    storeProblem(snapshot) ??
    tunnelProblem(snapshot) ??
    relayTrouble(snapshot, 'bad') ??
    certificateProblem(snapshot.certificates, now, 'bad') ??
    targetProblem(snapshot) ??
    sendingProblem(snapshot) ??
    relayTrouble(snapshot, 'warn') ??
    pendingProblem(snapshot) ??
    fileProblem(snapshot) ??
    warning(snapshot) ??
    certificateProblem(snapshot.certificates, now, 'warn') ??
    noBots(snapshot)
  );
}

function storeProblem({ gateway }: Snapshot): Problem | null {
  if (gateway.store.state === 'ok') return null;
  return { tone: 'bad', words: { error: gateway.store.error }, retryAt: null, remedies: [logs] };
}

function tunnelProblem({ tunnel: { state, request } }: Snapshot): Problem | null {
  switch (state.phase) {
    case 'unenrolled':
      return request === undefined ? said('idle', 'unenrolled', {}, [enrol]) : asked(request);
    case 'stopped':
      return said('idle', 'stopped', {}, [connect]);
    case 'waiting':
      return {
        tone: 'bad',
        words: { error: state.error },
        retryAt: state.retryAt,
        remedies: [connect, logs],
      };
    case 'refused':
      return {
        tone: 'bad',
        words: { error: state.error },
        retryAt: state.retryAt,
        remedies: [needsToken.has(state.error.code) ? enrol : connect, logs],
      };
    case 'connecting':
    case 'online':
      return null;
    default:
      return state satisfies never;
  }
}

/** An auth file is on its way; what stands in its way is said before it. */
function asked({ error }: NonNullable<Snapshot['tunnel']['request']>): Problem {
  if (error === null) return said('idle', 'authFile', {}, [authFile]);
  return { tone: 'bad', words: { error }, retryAt: null, remedies: [authFile, logs] };
}

function relayTrouble(snapshot: Snapshot, tone: 'bad' | 'warn'): Problem | null {
  const found = relayProblem(snapshot);
  return found?.tone === tone ? said(tone, found.name, found.params, [relays]) : null;
}

function certificateProblem(
  all: readonly CertificateInfo[],
  now: number,
  tone: 'bad' | 'warn',
): Problem | null {
  const found = all.find(
    (each) => certificateTone(each, now) === tone && (tone === 'bad' || isLate(each, now)),
  );
  if (found === undefined) return null;
  const days = daysLeft(found, now);
  const role = `overview.certificate.${found.role}` as const;
  if (now >= found.notAfter) return said('bad', 'expired', { role }, [certificates]);
  return said(tone, 'expiring', { role, count: days }, [certificates]);
}

/** Amber begins where renewal falls due, so one that renews by itself is worth a word only when that has not happened. */
function isLate({ renewAt }: CertificateInfo, now: number): boolean {
  return renewAt === null || now > renewAt + GRACE_MS;
}

/** How long a due renewal may take before it is called late, milliseconds. */
const GRACE_MS = 86_400_000;

function targetProblem(snapshot: Snapshot): Problem | null {
  const { total, failing } = targetCounts(snapshot);
  if (failing === 0) return null;
  const names = snapshot.targets.filter(isFailing).map((target) => target.id);
  return said(
    failing === total ? 'bad' : 'warn',
    'targets',
    { names: names.join(', '), count: failing },
    [routes, logs],
  );
}

/** The oldest of what keeps a bot from sending: nobody sees it but who waits for the messages. */
function sendingProblem({ gateway, bots: all }: Snapshot): Problem | null {
  const [first] = gateway.problems.toSorted((a, b) => a.since - b.since);
  if (first === undefined) return null;
  const { bot, since, error } = first;
  const name = all.find(({ id }) => id === bot)?.name ?? '';
  const ip = error.code === 'UNTRUSTED_IP' ? error.params['ip'] : undefined;
  return {
    tone: 'bad',
    words: { error },
    retryAt: null,
    about: { bot: name === '' ? bot : name, since },
    remedies: [
      ...(typeof ip === 'string' && ip !== ''
        ? [{ act: 'copy', value: ip, words: 'overview.do.copyIp' } as const]
        : []),
      { act: 'open', screen: 'bots', param: bot, words: 'overview.do.bot' },
    ],
  };
}

function warning({ tunnel: { state } }: Snapshot): Problem | null {
  if (state.phase !== 'online' || tunnelTone(state) !== 'warn') return null;
  if (state.sessions.live < state.sessions.wanted)
    return said('warn', 'links', { ...state.sessions }, [logs]);
  return said('warn', 'clock', { seconds: Math.round(Math.abs(state.clockSkewMs ?? 0) / 1000) }, [
    logs,
  ]);
}

/** Nothing is lost yet, and nothing would come back once it is. */
function pendingProblem({ tunnel: { links = [] } }: Snapshot): Problem | null {
  const found = links.find(({ pending }) => pending !== undefined);
  if (found?.pending === undefined) return null;
  const params = { relay: found.name ?? found.endpoint, code: found.pending.code };
  return said('warn', 'pending', params, [relays, logs]);
}

function fileProblem({ settings: { files = [] } }: Snapshot): Problem | null {
  const found = files.find(({ error }) => error !== null);
  if (found?.error == null) return null;
  const { reason, words } = configProblem({ file: found.path, ...found.error.params });
  return said('warn', 'config', { ...words, problem: `config.problem.${reason}` }, [
    settings,
    logs,
  ]);
}

function noBots({ bots: all }: Snapshot): Problem | null {
  return all.length === 0 ? said('idle', 'noBots', {}, [bots]) : null;
}

type Said =
  | 'unenrolled'
  | 'authFile'
  | 'stopped'
  | 'expired'
  | 'expiring'
  | 'targets'
  | 'links'
  | 'clock'
  | 'noBots'
  | 'pending'
  | 'config'
  | RelayProblem['name'];

function said(
  tone: Problem['tone'],
  name: Said,
  params: TranslateParams,
  remedies: readonly Remedy[],
): Problem {
  return {
    tone,
    words: {
      title: `overview.problem.${name}.title`,
      text: `overview.problem.${name}.text`,
      params,
    },
    retryAt: null,
    remedies,
  };
}
