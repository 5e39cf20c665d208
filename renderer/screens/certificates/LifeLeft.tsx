import type { ReactElement } from 'react';
import {
  certificateTone,
  daysLeft,
  type CertificateInfo,
} from '../../../common/domain/certificate.ts';
import { useTranslate } from '../../app/locale.tsx';
import { Pill } from '../../components/index.ts';

type Life = Pick<CertificateInfo, 'notBefore' | 'notAfter'>;

/** How much of a certificate's life is left, or that it is over. */
export function LifeLeft(props: { certificate: Life; now: number }): ReactElement {
  const { certificate, now } = props;
  const t = useTranslate();
  return (
    <Pill tone={certificateTone(certificate, now)}>
      {now >= certificate.notAfter
        ? t('certificates.expired')
        : t('certificates.daysLeft', { count: daysLeft(certificate, now) })}
    </Pill>
  );
}
