import type { ReactElement } from 'react';
import { certificateTone } from '../../common/domain/certificate.ts';
import { useNow } from '../app/clock.tsx';
import frame from '../app/Frame.module.css';
import { useTranslate } from '../app/locale.tsx';
import { Wordmark } from '../app/Wordmark.tsx';
import { cx } from '../components/cx.ts';
import { StatusShape } from '../components/StatusShape.tsx';
import {
  CertificateIcon,
  GatewayIcon,
  HelpIcon,
  LogsIcon,
  MessagesIcon,
  OverviewIcon,
  SettingsIcon,
  type IconProps,
} from '../icons/index.tsx';
import { useRelayState, useSnapshot } from './console.tsx';
import { formatHash, screenNames, useRoute, type RelayScreen } from './router.ts';
import styles from './relay.module.css';

const icons: Readonly<Record<RelayScreen, (props: IconProps) => ReactElement>> = {
  overview: OverviewIcon,
  tunnels: GatewayIcon,
  traffic: MessagesIcon,
  certificates: CertificateIcon,
  audit: LogsIcon,
  settings: SettingsIcon,
};

/** The way between screens, with a mark where somebody has to do something. */
export function Rail({ onHelp }: { onHelp: () => void }): ReactElement {
  const t = useTranslate();
  const { screen } = useRoute();
  const now = useNow(60_000);
  const version = useRelayState((state) => state.info?.version ?? '');
  const certificates = useSnapshot((snapshot) => snapshot.certificates);
  const requests = useSnapshot((snapshot) => snapshot.authRequests);
  const worn = certificates.some((each) => certificateTone(each, now) !== 'ok');
  const pending = requests.filter(({ state }) => state === 'pending').length;
  return (
    <nav className={frame.rail} aria-label={t('app.navigation')}>
      <Wordmark />
      <ul className={frame.links}>
        {screenNames.map((name) => {
          const Icon = icons[name];
          return (
            <li key={name}>
              <a
                className={cx(frame.link)}
                href={formatHash(name)}
                aria-current={name === screen ? 'page' : undefined}
              >
                <Icon />
                <span className={frame.linkText}>{t(`relay.nav.${name}`)}</span>
                {name === 'tunnels' && pending > 0 && (
                  <span
                    className={styles.count}
                    title={t('relay.auth.waiting', { count: pending })}
                  >
                    {pending}
                  </span>
                )}
                {name === 'certificates' && worn && (
                  <StatusShape tone="warn" size={10} label={t('app.certificatesMark')} />
                )}
              </a>
            </li>
          );
        })}
      </ul>
      <div className={frame.foot}>
        <button type="button" className={cx(frame.link)} onClick={onHelp}>
          <HelpIcon />
          <span className={frame.linkText}>{t('app.help.open')}</span>
          <kbd className={frame.footKey}>?</kbd>
        </button>
        <p className={frame.version}>{t('relay.version', { version })}</p>
      </div>
    </nav>
  );
}
