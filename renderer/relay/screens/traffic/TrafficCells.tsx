import type { ReactElement } from 'react';
import type { TrafficRow, UpgradeView } from '../../../../common/domain/relay/views.ts';
import type { Tone } from '../../../../common/domain/tunnel.ts';
import { isErrorCode } from '../../../../common/errors/codes.ts';
import type { MessageKey } from '../../../../common/i18n/bundle.ts';
import type { Translate } from '../../../../common/i18n/translate.ts';
import type { Locale } from '../../../../common/domain/settings.ts';
import { formatAbsolute, formatBytes, formatClock, formatDuration } from '../../../app/format.ts';
import { useLocale, useTranslate } from '../../../app/locale.tsx';
import { StatusShape } from '../../../components/index.ts';
import styles from './traffic.module.css';

/** Columns by their keys in the bundle (`relay.traffic.<id>`). */
export const trafficColumns = [
  { id: 'time', className: styles.time },
  { id: 'request', className: styles.request },
  { id: 'host', className: styles.host },
  { id: 'answer', className: undefined },
  { id: 'from', className: styles.from },
  { id: 'way', className: styles.way },
  { id: 'duration', className: styles.duration },
] as const;

/** One request: when, what, how it was answered and where its time went. */
export function TrafficCells({ row }: { row: TrafficRow }): ReactElement {
  const t = useTranslate();
  const locale = useLocale();
  const total = [row.relayMs, row.tunnelMs, row.answerMs]
    .flatMap((ms) => (ms === null ? [] : [ms]))
    .reduce((sum, ms) => sum + ms, 0);
  return (
    <>
      <span role="gridcell" className={styles.time} title={formatAbsolute(row.at, locale)}>
        {formatClock(row.at, locale)}
      </span>
      <span role="gridcell" className={styles.request} title={`${row.method} ${row.path}`}>
        <span className={styles.method}>{row.method}</span> {row.path}
      </span>
      <span role="gridcell" className={styles.host} title={row.host}>
        {row.host}
      </span>
      <span role="gridcell" title={reasonWords(row, t)}>
        <StatusShape tone={toneOf(row)} size={10} /> {answerWords(row, t)}
      </span>
      <span role="gridcell" className={styles.from}>
        {row.source === null || row.source === 'none' ? '–' : t(`relay.source.${row.source}`)}
      </span>
      <span role="gridcell" className={styles.way}>
        {row.upgrade === null ? <Way row={row} total={total} /> : <Carried upgrade={row.upgrade} />}
      </span>
      <span role="gridcell" className={styles.duration}>
        {durationWords(row, total, locale)}
      </span>
    </>
  );
}

/** What a WebSocket has carried, each way; while it is open that is not known. */
function Carried({ upgrade }: { upgrade: UpgradeView }): ReactElement {
  const t = useTranslate();
  const locale = useLocale();
  if (upgrade.durationMs === null) return <>WebSocket</>;
  const bytes = {
    received: formatBytes(upgrade.received, locale),
    sent: formatBytes(upgrade.sent, locale),
  };
  return (
    <span title={t('relay.traffic.carried', bytes)}>
      ↑ {bytes.received} ↓ {bytes.sent}
    </span>
  );
}

/** A WebSocket's is how long it was open. */
function durationWords({ upgrade }: TrafficRow, total: number, locale: Locale): string {
  const ms = upgrade === null ? total : (upgrade.durationMs ?? 0);
  return ms === 0 ? '–' : formatDuration(ms, locale);
}

/** Where the time went, as a bar of three parts; the words are on it. */
function Way({ row, total }: { row: TrafficRow; total: number }): ReactElement {
  const t = useTranslate();
  const locale = useLocale();
  const parts = [
    { id: 'relay', className: styles.partRelay, ms: row.relayMs },
    { id: 'tunnel', className: styles.partTunnel, ms: row.tunnelMs },
    { id: 'answer', className: styles.partAnswer, ms: row.answerMs },
  ] as const;
  const words = parts
    .flatMap(({ id, ms }) =>
      ms === null ? [] : [`${t(`relay.way.${id}`)} ${formatDuration(ms, locale)}`],
    )
    .join(' · ');
  return (
    <span className={styles.bar} role="img" aria-label={words} title={words}>
      {parts.map(({ id, className, ms }) => (
        <span
          key={id}
          className={className}
          style={{ width: `${total === 0 || ms === null ? 0 : (ms / total) * 100}%` }}
        />
      ))}
    </span>
  );
}

function toneOf({ status, source, upgrade }: TrafficRow): Tone {
  if (upgrade !== null) return upgradeTone(upgrade);
  if (source === 'none') return 'bad';
  if (status === null) return 'busy';
  if (status >= 500) return 'bad';
  return status >= 400 ? 'warn' : 'ok';
}

/** RFC 6455 §7.4.1: 1000 and 1001 are ends in good order; one without a code broke off. */
function upgradeTone({ durationMs, code }: UpgradeView): Tone {
  if (durationMs === null) return 'busy';
  if (code === null) return 'warn';
  return code > 1001 && code < 3000 && code !== 1005 ? 'warn' : 'ok';
}

function answerWords({ status, source, upgrade }: TrafficRow, t: Translate): string {
  if (upgrade !== null) {
    if (upgrade.durationMs === null) return t('relay.traffic.open');
    return upgrade.code === null ? t('relay.traffic.dropped') : `101 · ${upgrade.code}`;
  }
  if (source === 'none') return t('relay.traffic.dropped');
  return status === null ? t('relay.traffic.underWay') : String(status);
}

function reasonWords({ reason, upgrade }: TrafficRow, t: Translate): string {
  if (upgrade?.code != null) return t('relay.traffic.closed', { code: upgrade.code });
  if (reason === null) return '';
  return isErrorCode(reason)
    ? t(`errors.${reason}.what`)
    : t(dropped[reason] ?? 'relay.drop.other');
}

const dropped: Readonly<Record<string, MessageKey>> = {
  busy: 'relay.drop.busy',
  internal: 'relay.drop.other',
  tunnel_offline: 'relay.drop.offline',
  agent_lost: 'relay.drop.lost',
  answer_timeout: 'relay.drop.late',
  client_gone: 'relay.drop.client',
};
