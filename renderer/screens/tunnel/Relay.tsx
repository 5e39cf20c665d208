import type { ReactElement } from 'react';
import type { RelayLinkView } from '../../../common/domain/tunnel.ts';
import { useNow } from '../../app/clock.tsx';
import { formatCountdown } from '../../app/format.ts';
import { useLocale, useTranslate } from '../../app/locale.tsx';
import { relayName, relayRole, relayTone } from '../../app/relay-role.ts';
import {
  Button,
  CopyValue,
  Duration,
  ErrorText,
  Fact,
  Facts,
  IconButton,
  Pill,
  RelativeTime,
} from '../../components/index.ts';
import { ChevronDownIcon, ChevronUpIcon } from '../../icons/index.tsx';
import { egressWords, ingressWords } from './ways.ts';
import styles from './tunnel.module.css';

interface RelayProps {
  readonly link: RelayLinkView;
  /** From 1; null where there is only one. */
  readonly place: number | null;
  /** Null where it cannot be done. */
  readonly onUp: (() => void) | null;
  readonly onDown: (() => void) | null;
  readonly onForget: (() => void) | null;
}

/** One relay: its part, how it is reached, and what is wrong with it. */
export function Relay({ link, place, onUp, onDown, onForget }: RelayProps): ReactElement {
  const t = useTranslate();
  const name = relayName(link);
  return (
    <li className={styles.relay}>
      <div className={styles.head}>
        {place !== null && (
          <span className={styles.place} title={t('tunnel.priority', { place })}>
            {place}
          </span>
        )}
        <div className={styles.who}>
          <h3 className={styles.name}>{name}</h3>
          <CopyValue value={link.endpoint} label={t('enrol.token.copyRelay')} />
        </div>
        <Pill tone={relayTone(link)}>{t(`tunnel.role.${relayRole(link)}`)}</Pill>
        <div className={styles.acts}>
          {(onUp !== null || onDown !== null) && (
            <>
              <IconButton
                size="small"
                label={t('tunnel.up', { relay: name })}
                icon={<ChevronUpIcon size={14} />}
                isDisabled={onUp === null}
                onPress={() => onUp?.()}
              />
              <IconButton
                size="small"
                label={t('tunnel.down', { relay: name })}
                icon={<ChevronDownIcon size={14} />}
                isDisabled={onDown === null}
                onPress={() => onDown?.()}
              />
            </>
          )}
          {onForget !== null && (
            <Button
              size="small"
              aria-label={t('tunnel.forget.what', { relay: name })}
              onPress={onForget}
            >
              {t('settings.forget.open')}
            </Button>
          )}
        </div>
      </div>
      <LinkFacts link={link} />
      <Trouble link={link} />
    </li>
  );
}

function LinkFacts({ link }: { link: RelayLinkView }): ReactElement {
  const t = useTranslate();
  const { state, fixedIp } = link;
  const online = state.phase === 'online' ? state : null;
  return (
    <Facts columns="four">
      <Fact label={t('tunnel.egress')}>{egressWords(link, t)}</Fact>
      <Fact label={t('tunnel.ingress')}>{ingressWords(link, t)}</Fact>
      <Fact label={t('tunnel.fixedIp')}>
        {fixedIp === null ? '–' : <CopyValue value={fixedIp} label={t('enrol.finish.copyIp')} />}
      </Fact>
      <Fact label={t('tunnel.transport')}>{t(`tunnel.transport.${link.transport}`)}</Fact>
      <Fact label={t('tunnel.sessions')}>
        {online === null
          ? '–'
          : t('overview.figure.of', { part: online.sessions.live, whole: online.sessions.wanted })}
      </Fact>
      <Fact label={t('tunnel.rtt')}>
        <Duration ms={online?.rttMs ?? null} />
      </Fact>
      <Fact label={t('tunnel.checks')}>
        {link.failures === null
          ? t('tunnel.checks.none')
          : link.failures === 0
            ? t('tunnel.checks.passing')
            : t('tunnel.checks.failing', { count: link.failures })}
      </Fact>
      <Fact label={t('tunnel.since')}>
        {online === null ? '–' : <RelativeTime at={online.since} />}
      </Fact>
    </Facts>
  );
}

/** The reason with its remedy, and when it is tried again. */
function Trouble({ link }: { link: RelayLinkView }): ReactElement | null {
  const t = useTranslate();
  const { state, untrustedSince, fixedIp } = link;
  if (state.phase === 'waiting' || state.phase === 'refused') {
    return (
      <div className={styles.trouble}>
        <ErrorText error={state.error} quiet />
        <p className={styles.next}>
          <NextTry at={state.retryAt} />
        </p>
      </div>
    );
  }
  if (untrustedSince === null) return null;
  return (
    <div className={styles.trouble}>
      <ErrorText
        error={{ code: 'UNTRUSTED_IP', params: { ip: fixedIp ?? '' } }}
        tone="warn"
        quiet
      />
      <p className={styles.next}>
        {t('tunnel.untrustedSince')} <RelativeTime at={untrustedSince} />
      </p>
    </div>
  );
}

function NextTry({ at }: { at: number }): ReactElement {
  const t = useTranslate();
  const locale = useLocale();
  const now = useNow(1000);
  return <>{t('overview.nextTry', { time: formatCountdown(at - now, locale) })}</>;
}
