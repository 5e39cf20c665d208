import type { ReactElement } from 'react';
import type { CertificateInfo } from '../../../../common/domain/certificate.ts';
import { useNow } from '../../../app/clock.tsx';
import { formatDate } from '../../../app/format.ts';
import { useLocale, useTranslate } from '../../../app/locale.tsx';
import {
  CopyValue,
  Fact,
  Facts,
  Page,
  PageHeader,
  Section,
  Surface,
} from '../../../components/index.ts';
import { LifeBar } from '../../../screens/certificates/LifeBar.tsx';
import { LifeLeft } from '../../../screens/certificates/LifeLeft.tsx';
import { Names } from '../../../screens/certificates/Names.tsx';
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
  return (
    <Section
      title={t(`relay.certificates.${role}`)}
      action={<LifeLeft certificate={certificate} now={now} />}
    >
      <Surface>
        <div className={certificates.certificate}>
          <LifeBar certificate={certificate} now={now} />
          <Facts columns="two">
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
            <Names names={certificate.names} />
          </Facts>
        </div>
      </Surface>
    </Section>
  );
}
