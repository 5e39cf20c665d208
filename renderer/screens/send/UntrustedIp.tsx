import type { ReactElement } from 'react';
import { useTranslate } from '../../app/locale.tsx';
import type { SendResult } from '../../../common/domain/outgoing.ts';
import { CopyAction } from '../../components/index.ts';
import styles from './send.module.css';

/** WeCom's errcode for an address that is not among an app's trusted ones. */
const NOT_TRUSTED = 60020;

/** The address that WeCom does not trust, where that is why a message was refused; null otherwise. */
export function untrustedIp({ errcode, error, egress }: SendResult): string | null {
  const named = error?.code === 'UNTRUSTED_IP' ? error.params['ip'] : undefined;
  if (named === undefined && errcode !== NOT_TRUSTED) return null;
  return typeof named === 'string' && named !== '' ? named : egress.ip;
}

/** The exact address to trust, where to enter it, and a button that copies it. */
export function UntrustedIp({ ip }: { ip: string }): ReactElement {
  const t = useTranslate();
  return (
    <div className={styles.untrusted}>
      <div>
        <p>
          {t('send.untrusted')} <strong className={styles.ip}>{ip}</strong>
        </p>
        <p className={styles.quiet}>{t('send.untrusted.where')}</p>
      </div>
      <CopyAction value={ip} label={t('overview.do.copyIp')} />
    </div>
  );
}
