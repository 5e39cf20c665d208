import type { ReactElement } from 'react';
import { certificateTone } from '../../common/domain/certificate.ts';
import type { Tone } from '../../common/domain/tunnel.ts';
import { cx } from '../components/cx.ts';
import { StatusShape } from '../components/StatusShape.tsx';
import {
  BotIcon,
  CertificateIcon,
  EnrolIcon,
  HelpIcon,
  LogsIcon,
  MessagesIcon,
  OverviewIcon,
  RoutesIcon,
  SendIcon,
  ServicesIcon,
  SettingsIcon,
  TunnelIcon,
  type IconProps,
} from '../icons/index.tsx';
import { useNow } from './clock.tsx';
import { useConsoleState, useSnapshot } from './console.tsx';
import { useTranslate } from './locale.tsx';
import { formatHash, useRoute } from './router.ts';
import { screens } from './screens.ts';
import { type ScreenName } from './screen-names.ts';
import { Wordmark } from './Wordmark.tsx';
import styles from './Frame.module.css';

const icons: Readonly<Record<ScreenName, (props: IconProps) => ReactElement>> = {
  overview: OverviewIcon,
  messages: MessagesIcon,
  send: SendIcon,
  bots: BotIcon,
  routes: RoutesIcon,
  services: ServicesIcon,
  tunnel: TunnelIcon,
  certificates: CertificateIcon,
  logs: LogsIcon,
  settings: SettingsIcon,
  enrol: EnrolIcon,
};

/** The way between screens. Certificates carry a mark when one runs out. */
export function Rail({ onHelp }: { onHelp: () => void }): ReactElement {
  const t = useTranslate();
  const { screen } = useRoute();
  const unenrolled = useSnapshot((snapshot) => snapshot.tunnel.state.phase === 'unenrolled');
  const certificates = useWorstCertificate();
  const version = useConsoleState((state) => state.info?.version ?? '');
  const names = [...screens.keys()].filter((name) => name !== 'enrol');
  return (
    <nav className={styles.rail} aria-label={t('app.navigation')}>
      <Wordmark />
      <ul className={styles.links}>
        {(unenrolled ? (['enrol', ...names] as const) : names).map((name) => {
          const Icon = icons[name];
          return (
            <li key={name}>
              <a
                className={cx(styles.link)}
                href={formatHash(name)}
                aria-current={name === screen ? 'page' : undefined}
              >
                <Icon />
                <span className={styles.linkText}>{t(`nav.${name}`)}</span>
                {name === 'certificates' && certificates !== 'ok' && (
                  <StatusShape tone={certificates} size={10} label={t('app.certificatesMark')} />
                )}
              </a>
            </li>
          );
        })}
      </ul>
      <div className={styles.foot}>
        <button type="button" className={cx(styles.link)} onClick={onHelp}>
          <HelpIcon />
          <span className={styles.linkText}>{t('app.help.open')}</span>
          <kbd className={styles.footKey}>?</kbd>
        </button>
        <p className={styles.version}>{t('app.version', { version })}</p>
      </div>
    </nav>
  );
}

function useWorstCertificate(): Tone {
  const now = useNow(60_000);
  const certificates = useSnapshot((snapshot) => snapshot.certificates);
  const tones = certificates.map((certificate) => certificateTone(certificate, now));
  if (tones.includes('bad')) return 'bad';
  return tones.includes('warn') ? 'warn' : 'ok';
}
