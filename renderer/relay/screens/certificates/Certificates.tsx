import type { ReactElement } from 'react';
import {
  certificateTone,
  daysLeft,
  type CertificateInfo,
} from '../../../../common/domain/certificate.ts';
import { useNow } from '../../../app/clock.tsx';
import { formatDate } from '../../../app/format.ts';
import { useLocale, useTranslate } from '../../../app/locale.tsx';
import {
  Chip,
  CopyValue,
  Fact,
  Facts,
  Page,
  PageHeader,
  Pill,
  Section,
  Surface,
} from '../../../components/index.ts';
import { LifeBar } from '../../../screens/certificates/LifeBar.tsx';
import certificates from '../../../screens/certificates/certificates.module.css';
import { useSnapshot } from '../../console.tsx';
import { DeviceCertificates } from './DeviceCertificates.tsx';

/** What the public, the devices and the relay trust, each with its life. */
export function Certificates(): ReactElement {
  const t = useTranslate();
  const now = useNow(60_000);
  const own = useSnapshot((snapshot) => snapshot.certificates);
  return (
    <Page>
      <PageHeader title={t('relay.nav.certificates')} summary={t('relay.certificates.summary')} />
      {own.map((certificate) => (
        <Own key={certificate.fingerprint} certificate={certificate} now={now} />
      ))}
      <DeviceCertificates now={now} />
    </Page>
  );
}

function Own(props: { certificate: CertificateInfo; now: number }): ReactElement {
  const { certificate, now } = props;
  const t = useTranslate();
  const locale = useLocale();
  const role = certificate.role === 'public' ? 'public' : 'ca';
  const expired = now >= certificate.notAfter;
  return (
    <Section
      title={t(`relay.certificates.${role}`)}
      action={
        <Pill tone={certificateTone(certificate, now)}>
          {expired
            ? t('certificates.expired')
            : t('certificates.daysLeft', { count: daysLeft(certificate, now) })}
        </Pill>
      }
    >
      <Surface>
        <div className={certificates.certificate}>
          <LifeBar certificate={certificate} now={now} />
          <Facts>
            <Fact label={t('certificates.validUntil')}>
              {formatDate(certificate.notAfter, locale)}
            </Fact>
            <Fact label={t('certificates.issuer')}>{certificate.issuer}</Fact>
            <Fact label={t('certificates.fingerprint')}>
              <CopyValue
                value={certificate.fingerprint}
                label={t('certificates.copyFingerprint')}
                keep={{ head: 17, tail: 11 }}
              />
            </Fact>
            <Fact label={t('certificates.renewal')}>
              {certificate.renewAt === null
                ? t(`relay.certificates.${role}Renewal`)
                : t('certificates.renewalAt', { date: formatDate(certificate.renewAt, locale) })}
            </Fact>
            {certificate.names.length > 0 && (
              <Fact label={t('certificates.names')} isWide>
                <span className={certificates.names}>
                  {certificate.names.map((name) => (
                    <Chip key={name} mono>
                      {name}
                    </Chip>
                  ))}
                </span>
              </Fact>
            )}
          </Facts>
        </div>
      </Surface>
    </Section>
  );
}
