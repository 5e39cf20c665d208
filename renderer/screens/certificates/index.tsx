import type { ReactElement } from 'react';
import { CertificateRole } from '../../../common/domain/certificate.ts';
import { useNow } from '../../app/clock.tsx';
import { useSnapshot } from '../../app/console.tsx';
import { useTranslate } from '../../app/locale.tsx';
import { navigate } from '../../app/router.ts';
import { Button, EmptyState, Page, PageHeader, Surface } from '../../components/index.ts';
import { Certificate } from './Certificate.tsx';

const MINUTE = 60_000;

/** Every certificate that the way depends on, with how much of its life is left. */
export default function Certificates(): ReactElement {
  const t = useTranslate();
  const now = useNow(MINUTE);
  const certificates = useSnapshot((snapshot) => snapshot.certificates);
  const ordered = CertificateRole.options.flatMap((role) =>
    certificates.filter((certificate) => certificate.role === role),
  );
  return (
    <Page>
      <PageHeader title={t('nav.certificates')} summary={t('certificates.summary')} />
      {ordered.length === 0 ? (
        <Surface>
          <EmptyState
            title={t('certificates.empty.title')}
            text={t('certificates.empty.text')}
            action={
              <Button variant="primary" onPress={() => navigate('enrol')}>
                {t('app.setUp')}
              </Button>
            }
          />
        </Surface>
      ) : (
        ordered.map((certificate) => (
          <Certificate
            key={`${certificate.fingerprint} ${certificate.relay ?? ''}`}
            certificate={certificate}
            now={now}
          />
        ))
      )}
    </Page>
  );
}
