import type { ReactElement } from 'react';
import type { CertificateInfo } from '../../../common/domain/certificate.ts';
import { formatAbsolute, formatDate } from '../../app/format.ts';
import { useLocale, useTranslate } from '../../app/locale.tsx';
import { CopyValue, Fact, Facts, Section, Surface } from '../../components/index.ts';
import { LifeBar } from './LifeBar.tsx';
import { LifeLeft } from './LifeLeft.tsx';
import { Names } from './Names.tsx';
import styles from './certificates.module.css';

/** One certificate: its life with today on it, then what it says. */
export function Certificate(props: { certificate: CertificateInfo; now: number }): ReactElement {
  const { certificate, now } = props;
  const t = useTranslate();
  const locale = useLocale();
  const { notBefore, notAfter, renewAt, relay } = certificate;
  const role = t(`certificates.role.${certificate.role}`);
  return (
    <Section
      title={relay === undefined ? role : t('certificates.of', { role, relay })}
      action={<LifeLeft certificate={certificate} now={now} />}
    >
      <Surface>
        <div className={styles.certificate}>
          <LifeBar certificate={certificate} now={now} />
          <Facts columns="two">
            <Fact label={t('certificates.validUntil')}>
              <time
                dateTime={new Date(notAfter).toISOString()}
                title={formatAbsolute(notAfter, locale)}
              >
                {formatDate(notAfter, locale)}
              </time>
            </Fact>
            <Fact label={t('certificates.renewal')}>
              {renewAt === null
                ? t(`certificates.manual.${certificate.role}`)
                : t(renewAt < now ? 'certificates.renewalDue' : 'certificates.renewalAt', {
                    date: formatDate(renewAt, locale),
                  })}
            </Fact>
            <Fact label={t('certificates.subject')}>{certificate.subject}</Fact>
            <Fact label={t('certificates.issuer')}>{certificate.issuer}</Fact>
            <Fact label={t('certificates.fingerprint')}>
              <CopyValue
                value={certificate.fingerprint}
                label={t('certificates.copyFingerprint')}
                keep={{ head: 17, tail: 11 }}
              />
            </Fact>
            <Fact label={t('certificates.serial')}>
              <CopyValue
                value={certificate.serial}
                label={t('certificates.copySerial')}
                keep={{ head: 17, tail: 8 }}
              />
            </Fact>
            <Names names={certificate.names} />
          </Facts>
          {notBefore > now && <p className={styles.early}>{t('certificates.notYet')}</p>}
        </div>
      </Surface>
    </Section>
  );
}
